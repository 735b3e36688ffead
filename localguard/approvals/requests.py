"""What the desk takes and gives: calls that wait, answers of persons, and how each wait ends.

Values only. An approval request stands for all calls that are identical, as `call_digest` of
`policy.grants` tells; each live one among them is a `Waiting`, which is settled exactly once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from localguard.policy.calls import Arguments, Call
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

    `arguments` take the place of the call's; `reason` goes to the model with a no.
    """

    allow: bool
    who: str
    scope: Scope = "once"
    reason: str | None = None
    arguments: Arguments | None = None


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
    waits, in words; None where it gave no token.
    """

    id: str
    budget: float
    settle: Callable[[Settled], None]
    progress: Callable[[str], None] | None = None


class Rejudge(Protocol):
    """Judges a held call by the policy, pins and clock of now."""

    def __call__(self, call: Call) -> tuple[Decision, Matter | None]:
        """The decision, and for an Ask the matter as it is now."""
        ...
