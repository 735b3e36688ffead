"""What can be recorded: one dataclass per kind, each with the named fields it has and no other.

A record has no place for a token, an argument's value or a result, so nothing needs to be taken out
of it later. Every string is bounded by `fields()`. Pure; knows no file, no clock and no chain: when
and after what it was written is added by those who write it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, TypeAlias

from localguard.audit.shape import ArgumentShape, bounded
from localguard.text import safe

Direction: TypeAlias = Literal["client", "server"]
Decision: TypeAlias = Literal["allow", "ask", "deny"]
Status: TypeAlias = Literal[
    "ok", "tool_error", "error", "cancelled", "lost", "input_required", "task"
]

KIND_OF_DECISION: Final[Mapping[Decision, str]] = {
    "allow": "intent",
    "ask": "held",
    "deny": "refused",
}


class _Named:
    """The JSON object of a record: its dataclass fields by name, bounded."""

    __slots__: tuple[str, ...] = ()

    def fields(self) -> dict[str, object]:
        """Return the fields by name, as JSON."""
        return {name: bounded(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(_Named):
    """A guard began. `command` is the server's executable alone: its arguments may hold secrets."""

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
class Stop(_Named):
    """A guard ended by itself; without this record it was killed."""

    kind: ClassVar[str] = "stop"
    reason: str
    exit_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChange(_Named):
    """The profile in force became another one, or could not be read. `fault` says why not."""

    kind: ClassVar[str] = "profile"
    name: str | None
    digest: str | None
    change: Literal["loaded", "switched", "fault", "repaired"]
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerEvent(_Named):
    """The wrapped server's process or connection changed."""

    kind: ClassVar[str] = "server"
    event: Literal["started", "exited", "unresponsive"]
    pid: int | None = None
    exit_code: int | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided(_Named):
    """A call was judged: `intent` if it may leave, `held` if a person is asked, else `refused`.

    `direction` is the side that asked. `request_id` keeps its JSON type. `facts` are those that the
    decision used. `arguments` is a shape (`audit.shape.shape`), never values. `bytes` is the size
    of the request. `approval` names the answer that allowed it, `listed` says whether the item was
    in the list shown to the client.
    """

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
    arguments: ArgumentShape | None
    bytes: int
    approval: str | None = None
    listed: bool | None = None

    @property
    def kind(self) -> str:
        """The kind that follows from the decision."""
        return KIND_OF_DECISION[self.decision]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(_Named):
    """How a call that had left ended. `bytes` is the answer's size, `code` a JSON-RPC error."""

    kind: ClassVar[str] = "outcome"
    call: str
    status: Status
    code: int | None
    bytes: int
    milliseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFrame(_Named):
    """Lines that are no acceptable JSON-RPC message; `reason` is a slug such as `duplicate-key`.

    `count` and `bytes` are those since the last record of that reason, `detail` is the last one's.
    """

    kind: ClassVar[str] = "frame"
    direction: Direction
    reason: str
    detail: str
    bytes: int
    count: int = 1

    def fields(self) -> dict[str, object]:
        """Return the fields, the detail made visible: it may quote the frame."""
        return _Named.fields(self) | {"detail": safe(self.detail)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise(_Named):
    """Lines on the server's stdout that are not MCP: `count` of them, and what the first said."""

    kind: ClassVar[str] = "noise"
    count: int
    bytes: int
    sample: str

    def fields(self) -> dict[str, object]:
        """Return the fields, the sample made visible and at most 200 characters long."""
        return _Named.fields(self) | {"sample": safe(self.sample, 200)}


@dataclass(frozen=True, slots=True, kw_only=True)
class FromServer(_Named):
    """The server asked something of the client: sampling, elicitation or roots."""

    kind: ClassVar[str] = "from_server"
    method: str
    decision: Decision
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(_Named):
    """A listing passed: how many entries were shown, hidden, and refused as `duplicates`."""

    kind: ClassVar[str] = "listing"
    method: str
    shown: int
    hidden: int
    duplicates: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(_Named):
    """Records that are not here: `lost` of them, the first at `since` (ISO 8601, UTC).

    `unwritable`: they could not be written. `removed`: their segment is no longer at its place.
    `altered`: it was changed by someone else, and what is missing there is for a check to find.
    """

    kind: ClassVar[str] = "gap"
    lost: int
    since: str
    cause: Literal["unwritable", "removed", "altered"]


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
)
