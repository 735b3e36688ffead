"""What can be recorded: one dataclass per kind, each with the named fields it has and no other.

A record has no place for a result, nor for a token but the receipt of an `Answer`, which is
evidence and opens nothing. Arguments enter it only as `audit.arguments` cut them, so nothing needs
to be taken out of it later. Its size is bounded by `encoded()`. Pure; knows no file, no clock and
no chain: when, as whose and after what it was written is added by those who write it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, TypeAlias

from localguard.audit.arguments import KeptArguments
from localguard.audit.lines import Direction, Noise, RefusedFrame
from localguard.audit.named import Named
from localguard.audit.people import (
    Answer,
    Chosen,
    Closed,
    Decision,
    Leave,
    Person,
    PersonChange,
    RefusedApprover,
    Trouble,
)
from localguard.audit.proofs import Checkpoint, Retention, Witnessed
from localguard.audit.shape import ArgumentShape
from localguard.audit.sign_in_acts import SignInAct
from localguard.audit.sign_in_pages import SignInPage

__all__ = [
    "KIND_OF_DECISION",
    "Answer",
    "Cause",
    "Chosen",
    "Closed",
    "Decided",
    "Decision",
    "Direction",
    "FromServer",
    "Gap",
    "LateOutcome",
    "Leave",
    "Listing",
    "Noise",
    "Outcome",
    "PersonChange",
    "Pin",
    "PinEvent",
    "ProfileChange",
    "Record",
    "RefusedApprover",
    "RefusedFrame",
    "ServerEvent",
    "SignInAct",
    "SignInPage",
    "Start",
    "Status",
    "Stop",
    "Trouble",
]

Status: TypeAlias = Literal[
    "ok", "tool_error", "error", "cancelled", "lost", "unknown", "input_required", "task"
]

Cause: TypeAlias = Literal["unwritable", "unsynced", "removed", "altered"]

PinEvent: TypeAlias = Literal[
    "first", "confirmed", "new", "changed", "removed", "identity", "instructions", "fault"
]

KIND_OF_DECISION: Final[Mapping[Decision, str]] = {
    "allow": "intent",
    "ask": "held",
    "deny": "refused",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(Named):
    """A guard began. `command` is the server's executable alone: its arguments may hold secrets.

    It comes before anybody looked who is signed in; a `PersonChange` says so once somebody did.
    """

    kind: ClassVar[str] = "start"
    version: str
    pid: int
    client_pid: int
    profile: str | None
    profile_digest: str | None
    server: str
    command: str | None
    cwd: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop(Named):
    """A guard ended by itself; without this record it was killed."""

    kind: ClassVar[str] = "stop"
    reason: str
    exit_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChange(Named):
    """The profile in force became another one, or could not be read. `fault` says why not."""

    kind: ClassVar[str] = "profile"
    name: str | None
    digest: str | None
    change: Literal[
        "loaded", "switched", "fault", "repaired", "lockdown", "lifted", "observing", "enforcing"
    ]
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerEvent(Named):
    """The wrapped server's process or connection changed."""

    kind: ClassVar[str] = "server"
    event: Literal["started", "exited", "unresponsive"]
    pid: int | None = None
    exit_code: int | None = None
    detail: str | None = None


# Two of them are made for every call. As a frozen class with slots each takes three microseconds
# longer to make, and one longer to encode; nobody changes a record that was made.
@dataclass(kw_only=True)
class Decided(Named):
    """A call was judged: `intent` if it may leave, `held` if a person is asked, else `refused`.

    `direction` is the side that asked. `request_id` keeps its JSON type. `facts` are those that the
    decision used. `arguments` is what `audit.arguments` keeps of them, `complete` whether that is
    all, `arguments_hash` binds the whole. `bytes` is the size of the request. `approval` names the
    answer that allowed it, `listed` says whether the item was in the list shown to the client.
    `would_be` is the decision that was not enforced, `limits` where the limits stood after it.
    `person` is who was signed in when it was made. `observed` is None unless the profile was
    observed then, and True where nothing else let the call through.
    """

    permits: ClassVar[bool] = True
    names_person: ClassVar[bool] = True
    call: str
    direction: Direction
    era: Literal["legacy", "modern"]
    method: str
    server: str
    item: str | None
    request_id: str | int | None
    client: str | None
    profile: str | None
    profile_digest: str | None
    decision: Decision
    rule: str | None
    reason: str
    because: str | None
    facts: Mapping[str, object]
    arguments: KeptArguments | ArgumentShape | None
    bytes: int
    approval: str | None = None
    listed: bool | None = None
    risk: str | None = None
    would_be: str | None = None
    limits: Mapping[str, object] | None = None
    arguments_hash: str | None = None
    complete: bool | None = None
    person: Person | None = None
    observed: bool | None = None

    @property
    def kind(self) -> str:
        """The kind that follows from the decision."""
        return KIND_OF_DECISION[self.decision]

    def fields(self) -> dict[str, object]:
        """Return the fields; arguments or facts that had to be cut are no longer complete."""
        return self._cut(Named.fields(self))

    def _cut(self, members: dict[str, object]) -> dict[str, object]:
        kept = (members["arguments"], members["facts"])
        if self.complete and kept != (self.arguments, self.facts):
            members["complete"] = False
        return members


@dataclass(kw_only=True)
class Outcome(Named):
    """How a call that had left ended.

    `bytes` is the answer's size, `code` a JSON-RPC error, `redacted` how many secrets of each kind
    were taken out of the answer.
    """

    kind: ClassVar[str] = "outcome"
    call: str
    status: Status
    code: int | None
    bytes: int
    milliseconds: float
    redacted: Mapping[str, int] | None = None


@dataclass(kw_only=True)
class LateOutcome(Outcome):
    """How a call ended, where somebody else is signed in by now: `person` is whose call it was."""

    names_person: ClassVar[bool] = True
    person: Person | None

    @classmethod
    def of(cls, outcome: Outcome, person: Person | None) -> "LateOutcome":
        """The outcome as that of a person's call; None for one made while nobody was signed in."""
        return cls(**vars(outcome), person=person)


@dataclass(frozen=True, slots=True, kw_only=True)
class FromServer(Named):
    """The server asked something of the client: sampling, elicitation or roots."""

    kind: ClassVar[str] = "from_server"
    permits: ClassVar[bool] = True
    method: str
    decision: Decision
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Named):
    """A listing passed: how many entries were shown, hidden, and refused as `duplicates`."""

    kind: ClassVar[str] = "listing"
    method: str
    shown: int
    hidden: int
    duplicates: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(Named):
    """Records that are not here: `lost` of them, the first at `since` (ISO 8601, UTC).

    `unwritable`: they could not be written. `unsynced`: the disk did not take them, and they may
    still be lost. `removed`: their segment is no longer at its place. `altered`: it was changed by
    someone else, and what is missing there is for a check to find.
    """

    kind: ClassVar[str] = "gap"
    lost: int
    since: str
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin(Named):
    """What a server says of itself, against what was pinned. `differs` names what does.

    `item` is None where it concerns the server as a whole; `old` and `new` are digests.
    """

    kind: ClassVar[str] = "pin"
    event: PinEvent
    server: str
    item: str | None = None
    differs: Sequence[str] = ()
    old: str | None = None
    new: str | None = None


Record: TypeAlias = (
    Start
    | Stop
    | ProfileChange
    | ServerEvent
    | Decided
    | Outcome
    | RefusedFrame
    | Noise
    | FromServer
    | Listing
    | Gap
    | Checkpoint
    | Retention
    | Pin
    | Witnessed
    | PersonChange
    | SignInPage
    | SignInAct
    | Answer
    | Closed
    | Leave
    | RefusedApprover
    | Chosen
    | Trouble
)
