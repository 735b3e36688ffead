"""What a guard and a console say to each other, as plain values.

Every message is a JSON object whose `type` is the class's `TYPE`; `wire` makes one and `read` takes
one apart. Unknown members and unknown types are ignored, so that a newer side can say more; a
message that lacks a member or has one of another type is none. Texts of servers and models are in
here as they came: whoever shows one makes it safe first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

PROTOCOL = 2
"""Rises when an older side could misunderstand."""

State = Literal["waiting", "sending", "held"]
"""A live call waits for a person; was allowed and can still be stopped; or nobody waits any more
and a yes makes a grant."""

How = Literal[
    "allowed", "granted", "denied", "stopped", "cancelled", "ended", "switched", "changed", "lapsed"
]
"""How a request was closed: a call was let go, a grant was made, it was denied, the person stopped
it, the client took it back or is gone, the profile was switched, the policy settles it now, or
nobody answered in time."""

Scope = Literal["once", "minutes", "session", "switch", "always"]
"""How long an answer holds: for this call, 15 minutes, while the client runs, until the profile is
switched, for good. What "always" writes is written by whoever answers; to a guard it is "once"."""

Match = Literal["exact", "some", "tool"]
"""What else a lasting answer covers: these very arguments, any with some of them as they are, or
all."""

Surface = Literal["console", "line"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """One approval request. `id` is that of the call that opened it, unique over all guards.

    `digest` and `revision` name what an answer is given to; `revision` rises with every change.
    `arguments` is JSON of at most 200 KiB: if not `whole`, the beginning and the end of `size`
    bytes. `count` is how many identical calls wait. `opened` and `until` are seconds since the
    epoch; `left` those until the clients stop waiting, as of when this was said. `remembered_as` is
    None where the answer may not be remembered, `marks` those the call is judged by. `definition`
    is what the server says of the tool and `pinned` what the person knows of it, as JSON; None
    where it is not listed, or new. `person` is who is signed in (`policy.calls.SignedIn.id`) and
    `user` what rules call them. Where `step_up` is a challenge, a yes needs a sign-in with it as
    its nonce, whose ID token is the `receipt` of the answer; each is for one answer.
    """

    TYPE: ClassVar[str] = "request"
    id: str
    revision: int
    digest: str
    state: State
    server: str
    item: str
    method: str
    profile: str
    client: str | None
    by: str
    reason: str
    rule: str | None
    remembered_as: str | None
    risk: str | None
    marks: tuple[str, ...]
    confirmed: bool
    identity: str | None
    pin: str | None
    arguments: str
    size: int
    sha256: str
    whole: bool
    count: int
    opened: float
    left: float
    until: float
    definition: str | None = None
    pinned: str | None = None
    person: str | None = None
    user: str | None = None
    step_up: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedView:
    """A request that is no longer open. `missed` says that nobody answered it in time."""

    TYPE: ClassVar[str] = "closed"
    id: str
    server: str
    item: str
    how: How
    by: str
    at: float
    missed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantView:
    """Leave for one identical call that has not been used yet; `until` is since the epoch."""

    TYPE: ClassVar[str] = "grant"
    id: str
    target: str
    client: str | None
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardView:
    """One guard. `fault` says why nothing passes, `server_state` what became of the server.

    `asked` and `calls` count since the guard began, `unreviewed` the items that are new or changed.
    `refused` is the last process that was not let answer, and why. `identity` is what rules call
    who is signed in. `observed` is until when what only the default denies is let through, in
    seconds since the epoch, and `observe` for how many seconds its command asks for that.
    """

    TYPE: ClassVar[str] = "guard"
    id: str
    pid: int
    version: str
    started: float
    server: str
    command: str | None
    server_state: str
    profile: str | None
    fixed: bool
    fault: str | None
    lockdown: bool
    silent: bool
    client: str | None
    client_pid: int
    identity: str | None
    confirmed: bool
    tools: int
    unreviewed: int
    calls: int
    asked: int
    refused: str | None = None
    observed: float | None = None
    observe: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything at one moment; events after it have a `seq` above this one."""

    TYPE: ClassVar[str] = "snapshot"
    seq: int
    guard: GuardView
    requests: tuple[RequestView, ...] = ()
    closed: tuple[ClosedView, ...] = ()
    grants: tuple[GrantView, ...] = ()


News = RequestView | ClosedView | GrantView | GuardView
"""A request that is new or has changed, one that was closed, a grant that was made, a guard that
looks different."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One piece of news. A `seq` that is not the next one means that some was lost."""

    TYPE: ClassVar[str] = "event"
    seq: int
    news: News


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """A person's answer. `ask` numbers it, for its reply.

    A lasting answer covers what `match` says; `kept` are the arguments of "some". `arguments` is
    JSON that takes the place of the call's arguments, `reason` goes to the model with a no.
    `surface` says whether a whole screen was shown or a line. `receipt` is what a request with a
    `step_up` needs, at most 12,288 characters; no event and no log of a console ever holds it.
    """

    TYPE: ClassVar[str] = "decide"
    ask: int
    id: str
    digest: str
    revision: int
    allow: bool
    scope: Scope = "once"
    match: Match = "exact"
    kept: tuple[str, ...] = ()
    reason: str | None = None
    arguments: str | None = None
    surface: Surface = "console"
    receipt: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Stop an allowed call that is still `sending`; it waits for an answer again."""

    TYPE: ClassVar[str] = "stop"
    ask: int
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The answer was taken. `how` is what became of it, in words for a person."""

    TYPE: ClassVar[str] = "decided"
    ask: int
    id: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """The request is no longer as it was when it was answered: decided by someone, or changed."""

    TYPE: ClassVar[str] = "stale"
    ask: int
    id: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The answer was not taken, and why: who gave it may not, or its arguments do not pass."""

    TYPE: ClassVar[str] = "refused"
    ask: int
    id: str
    why: str


Reply = Decided | Stale | Refused
Order = Decide | Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """The process at the other end, as the audit log names it."""

    TYPE: ClassVar[str] = "approver"
    pid: int
    name: str
    tty: str | None = None
    line: tuple[str, ...] = field(default=())
    facts: Mapping[str, str] = field(default_factory=dict)
