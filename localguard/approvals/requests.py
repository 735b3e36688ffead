"""What the desk takes and gives: calls that wait, answers of persons, and how each wait ends.

Values only. An approval request stands for all calls that are identical, as `call_digest` of
`policy.grants` tells; each live one among them is a `Waiting`, which is settled exactly once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from localguard.policy.calls import Arguments, Call
from localguard.policy.conditions import Condition
from localguard.policy.decisions import Allow, Ask, Decision, Deny

Scope = Literal["once", "minutes", "session", "switch"]
"""How long a person's answer holds: this call, 15 minutes, while the client runs, until the profile
is switched."""

State = Literal["waiting", "sending", "held"]

How = Literal[
    "allowed", "granted", "denied", "stopped", "cancelled", "ended", "switched", "changed", "lapsed"
]


@dataclass(frozen=True, slots=True)
class Matter:
    """What is asked: the call with its facts, the Ask it got, and the digest an answer binds to."""

    call: Call
    ask: Ask
    digest: str
    profile: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A person's answer. `who` names the process that gave it, for the record and for others.

    `arguments` take the place of the call's; `reason` goes to the model with a no. `when` is the
    pattern of arguments that a lasting answer covers; None is exactly those of this call. `receipt`
    is the proof of a sign-in for this very request, checked by whoever hands the answer in; only
    the record of the answer holds it.
    """

    allow: bool
    who: str
    scope: Scope = "once"
    reason: str | None = None
    arguments: Arguments | None = None
    when: tuple[Condition, ...] | None = None
    receipt: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """An answer was taken; `words` say what became of it."""

    request: str
    words: str


@dataclass(frozen=True, slots=True)
class Stale:
    """The request is not as it was when it was answered; `why` says who decided or what changed."""

    request: str
    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer was not taken, and `why`. The request is as it was."""

    request: str
    why: str


Reply = Taken | Stale | Refused


@dataclass(frozen=True, slots=True)
class Released:
    """The call may go. `arguments` are those a person put in the place of the call's, if any."""

    request: str
    allow: Allow
    who: str
    arguments: Arguments | None = None


@dataclass(frozen=True, slots=True)
class Turned:
    """The call is denied: by a person, by a storm of denials, or by the policy as it is now."""

    request: str
    deny: Deny
    who: str | None = None


@dataclass(frozen=True, slots=True)
class Expired:
    """The budget has ended and nothing was executed. `until` is when the request lapses (epoch)."""

    request: str
    ask: Ask
    until: float


Settled = Released | Turned | Expired


@dataclass(frozen=True, slots=True)
class Waiting:
    """One live call. `id` is its id in the audit log, `budget` the seconds that its client waits.

    `settle` is called once, unless the call is withdrawn. `progress` tells the client that it still
    waits, in words; None where it gave no token. `size` is that of the call's frame in bytes.
    """

    id: str
    budget: float
    settle: Callable[[Settled], None]
    progress: Callable[[str], None] | None = None
    size: int = 0


@dataclass(frozen=True, slots=True)
class Pending:
    """A request as it is now. `id` is that of the call that opened it.

    An answer is given to one `revision` (see `transitions`). `count` is how many identical calls
    wait, `left` the seconds until the client of the next one stops waiting. `opened` and `until`
    are since the epoch, `until` being when it lapses. `who` gave the last answer to it, if any did.
    """

    id: str
    matter: Matter
    revision: int
    state: State
    count: int
    opened: float
    until: float
    left: float
    who: str | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """A request that is closed. `missed` says that nobody answered it in time."""

    id: str
    server: str
    item: str
    how: How
    who: str | None
    at: float
    missed: bool


class Rejudge(Protocol):
    """Judges a held call by the policy, pins and clock of now."""

    def __call__(self, call: Call) -> tuple[Decision, Matter | None]:
        """The decision, and for an Ask the matter as it is now."""
        ...


class Judge(Protocol):
    """The same, for arguments that a person wrote too: they must fit the pinned schema."""

    def __call__(self, call: Call, *, edited: bool = False) -> tuple[Decision, Matter | None]:
        """As `Rejudge`; `edited` says that a person wrote the arguments."""
        ...


def question_of(ask: Ask) -> str:
    """What a person was asked: a yes to it is none to another question about the same call."""
    rule = ask.by if ask.rule is None else ask.rule.lasting_name
    parts = (ask.duties.reauth and "signed in for", ask.duties.destructive and "destructive", rule)
    return " ".join(part for part in parts if part)
