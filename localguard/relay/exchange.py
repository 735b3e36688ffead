"""Requests in flight: every id answered exactly once, and no answer for an id that is not open.

Ids are kept by type and value, since Python takes 1, 1.0 and True for one key while some peers take
"7" and 7 for one id.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeGuard, TypeVar

from localguard.relay.frames import Id, Request
from localguard.relay.methods import Treatment

Key = TypeVar("Key")

_INTEGER = re.compile(r"-?[0-9]{1,16}")


@dataclass(slots=True)
class Open:
    """A request that waits for its answer.

    `started` is in seconds and `size` in bytes; `call` is its id in the audit log, if it was
    judged, and `parts` are the ids of what was judged part by part.
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
        self._tokens: Counter[tuple[bool, Id]] = Counter()
        self._numbers: Counter[int] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Open]:
        return iter(list(self._open.values()))

    def add(self, entry: Open) -> None:
        """Open a request."""
        self._open[_key(entry.request.id)] = entry
        self._count(entry.request, 1)

    def take(self, id: Id) -> Open | None:  # noqa: A002
        """Close a request; None where it is not open."""
        entry = self._open.pop(_key(id), None)
        if entry is not None:
            self._count(entry.request, -1)
        return entry

    def get(self, id: Id) -> Open | None:  # noqa: A002
        """The open request of an id."""
        return self._open.get(_key(id))

    def twin(self, id: Id) -> bool:  # noqa: A002
        """True when the same number is open as another type or in another spelling."""
        number = _number(id)
        return number is not None and self._numbers[number] > 0 and self.get(id) is None

    def has_token(self, token: object) -> bool:
        """True when an open request gave this progress token."""
        return is_id(token) and self._tokens[_key(token)] > 0

    def _count(self, request: Request, step: int) -> None:
        token, number = progress_token(request), _number(request.id)
        if token is not None:
            _step(self._tokens, _key(token), step)
        if number is not None:
            _step(self._numbers, number, step)


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


def _number(id: Id) -> int | None:  # noqa: A002
    if isinstance(id, int):
        return id
    return int(id) if _INTEGER.fullmatch(id) else None


def _step(counts: Counter[Key], key: Key, step: int) -> None:
    counts[key] += step
    if not counts[key]:
        del counts[key]
