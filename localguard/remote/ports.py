"""What a remote server is used through, and what it uses: the words of both sides.

A `RemoteServer` takes lines and gives lines, as the two pipes of a process would. What has no line,
an answer that will not come or a session that began anew, it tells its `Ears`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from localguard.errors import LocalguardError, ServerFault

Message = dict[str, Any]
Id = int | str

METHOD_NOT_FOUND = -32601
HEADER_MISMATCH = -32020
MODERN_ERRORS = frozenset({HEADER_MISMATCH, -32021, -32022})
"""Errors by which a client knows a server of 2026-07-28 (its basic/versioning)."""

Headers = Callable[[], Awaitable[Mapping[str, str]]]
"""The headers of the profile with their secrets in place. Raises LocalguardError."""


class Bearer(Protocol):
    """Where a token for one server comes from."""

    def holder(self) -> object:
        """Whose tokens these are at this moment: equal for the same person. Never blocks."""
        ...

    async def token(self) -> str:
        """A token that should be good. Raises SignInFault or VaultFault."""
        ...

    async def renewed(self, stale: str, challenge: str | None) -> str:
        """Another token in place of one that was refused with `WWW-Authenticate: challenge`.

        Raises SignInFault or VaultFault where there is none without a person.
        """
        ...


class Unanswered(ServerFault):
    """Raised when a message gets no answer.

    `unknown` says that the server may have carried out what was asked, `unreachable` that there was
    no server at all.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        fix: str = "",
        unknown: bool = False,
        unreachable: bool = False,
    ) -> None:
        super().__init__(what, where=where, fix=fix)
        self.unknown = unknown
        self.unreachable = unreachable

    @classmethod
    def of(cls, fault: LocalguardError) -> "Unanswered":
        """That of a fault of the vault or of a sign-in: nothing was asked of the server."""
        return cls(fault.what, where=fault.where, fix=fault.fix)


@dataclass(frozen=True, slots=True)
class Lost:
    """A request that gets no answer from the server: why, as a sentence for a person.

    `code` is that of the JSON-RPC error, None for the relay's own.
    """

    id: Id
    words: str
    unknown: bool = False
    code: int | None = None


class Ears(Protocol):
    """Who hears a remote server."""

    def line(self, line: bytes, answers: Id | None = None) -> None:
        """A message of the server's, which may hold line ends between its tokens.

        `answers` is the request that it was taken for the answer to: nothing else will answer it.
        """
        ...

    def lost(self, lost: Lost) -> None:
        """A request stays without an answer."""
        ...

    def met_again(self, answer: bytes) -> str | None:
        """The server has begun a new session with this answer to `initialize`, as it was said.

        Returns why no call may go there, if so.
        """
        ...

    def trouble(self, words: str, *, unreachable: bool = False) -> None:
        """Something that a person should know of; `unreachable`: there is no server."""
        ...
