"""Requests in flight: every id answered exactly once, and no answer for an id that is not open.

Ids are kept by type and value, since Python takes 1, 1.0 and True for one key while some peers take
"7" and 7 for one id.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeGuard

from localguard.relay.frames import Id, Request
from localguard.relay.methods import Treatment


@dataclass(slots=True)
class Open:
    """A request that waits for its answer.

    `started` is in seconds and `size` in bytes; `call` is its id in the audit log, if it was judged,
    and `parts` are the ids of what was judged part by part.
    """

    request: Request
    treatment: Treatment
    started: float
    size: int = 0
    call: str | None = None
    parts: list[str] = field(default_factory=list)


class Exchange:
    """The open requests of one direction, and their progress tokens."""

    def __init__(self) -> None:
        self._open: dict[tuple[bool, Id], Open] = {}
        self._tokens: dict[tuple[bool, Id], int] = {}

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Open]:
        return iter(list(self._open.values()))

    def add(self, entry: Open) -> None:
        """Open a request."""
        self._open[_key(entry.request.id)] = entry
        token = progress_token(entry.request)
        if token is not None:
            self._tokens[_key(token)] = self._tokens.get(_key(token), 0) + 1

    def take(self, id: Id) -> Open | None:  # noqa: A002
        """Close a request; None where it is not open."""
        entry = self._open.pop(_key(id), None)
        if entry is not None:
            self._release(progress_token(entry.request))
        return entry

    def get(self, id: Id) -> Open | None:  # noqa: A002
        """The open request of an id."""
        return self._open.get(_key(id))

    def twin(self, id: Id) -> bool:  # noqa: A002
        """True when the same number or text is open as the other type."""
        if isinstance(id, int):
            return (True, str(id)) in self._open
        return id.lstrip("-").isdecimal() and len(id) < 17 and (False, int(id)) in self._open

    def has_token(self, token: object) -> bool:
        """True when an open request gave this progress token."""
        return is_id(token) and _key(token) in self._tokens

    def _release(self, token: Id | None) -> None:
        if token is None:
            return
        left = self._tokens.get(_key(token), 1) - 1
        if left:
            self._tokens[_key(token)] = left
        else:
            self._tokens.pop(_key(token), None)


def progress_token(request: Request) -> Id | None:
    """The progress token of a request, if it gave one (basic/utilities/progress)."""
    meta = request.params.get("_meta")
    token = meta.get("progressToken") if isinstance(meta, dict) else None
    return token if is_id(token) else None


def is_id(value: object) -> TypeGuard[Id]:
    """True for a text or an integer, which is what ids and progress tokens are."""
    return isinstance(value, str) or type(value) is int


def _key(id: Id) -> tuple[bool, Id]:  # noqa: A002
    return isinstance(id, str), id
