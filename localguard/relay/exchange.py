"""Requests in flight: every id answered exactly once, and no answer for an id that is not open.

An id is a text or an integer, never 1.0 or true, which Python would take for the key 1. Some peers
take "7" and 7 for one id, so no two spellings of a number are open at once.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeGuard, TypeVar

from localguard.audit.people import Person
from localguard.relay.frames import Id, Request
from localguard.relay.methods import Treatment

Key = TypeVar("Key")

_INTEGER = re.compile(r"-?[0-9]{1,16}")


@dataclass(slots=True)
class Open:
    """A request that waits for its answer.

    `started` is in seconds and `size` in bytes; `call` is its id in the audit log, if it was
    judged, and `parts` are the ids of what was judged part by part; `person` is whose call it is.
    `redact` names the kinds of
    text that its answer may not carry, and `redacted` counts those that were taken out. `held` is
    its id in the audit log while it waits for a person, `note` what the model is told before the
    answer.
    """

    request: Request
    treatment: Treatment
    started: float
    size: int = 0
    call: str | None = None
    parts: list[str] = field(default_factory=list)
    person: Person | None = None
    redact: frozenset[str] = frozenset()
    redacted: Mapping[str, int] | None = None
    held: str | None = None
    note: str | None = None


class Exchange:
    """The open requests of one direction, and their progress tokens."""

    def __init__(self) -> None:
        self._open: dict[Id, Open] = {}
        self._tokens: Counter[Id] = Counter()
        self._spelled: Counter[int] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Open]:
        return iter(list(self._open.values()))

    def add(self, entry: Open) -> None:
        """Open a request."""
        self._open[entry.request.id] = entry
        self._count(entry.request, 1)

    def take(self, id: Id) -> Open | None:  # noqa: A002
        """Close a request; None where it is not open."""
        entry = self._open.pop(id, None)
        if entry is not None:
            self._count(entry.request, -1)
        return entry

    def get(self, id: Id) -> Open | None:  # noqa: A002
        """The open request of an id."""
        return self._open.get(id)

    def twin(self, id: Id) -> bool:  # noqa: A002
        """True when the same number is open as another type or in another spelling."""
        if isinstance(id, int):
            return id in self._spelled
        number = _number(id)
        if number is None or id in self._open:
            return False
        return number in self._open or number in self._spelled

    def has_token(self, token: object) -> bool:
        """True when an open request gave this progress token."""
        return is_id(token) and token in self._tokens

    def _count(self, request: Request, step: int) -> None:
        if isinstance(request.id, str) and (number := _number(request.id)) is not None:
            _step(self._spelled, number, step)
        if "_meta" in request.params and (token := progress_token(request)) is not None:
            _step(self._tokens, token, step)


def progress_token(request: Request) -> Id | None:
    """The progress token of a request, if it gave one (basic/utilities/progress)."""
    meta = request.params.get("_meta")
    token = meta.get("progressToken") if isinstance(meta, dict) else None
    return token if is_id(token) else None


def is_id(value: object) -> TypeGuard[Id]:
    """True for a text or an integer, which is what ids and progress tokens are."""
    return isinstance(value, str) or type(value) is int


def _number(text: str) -> int | None:
    return int(text) if _INTEGER.fullmatch(text) else None


def _step(counts: Counter[Key], key: Key, step: int) -> None:
    counts[key] += step
    if not counts[key]:
        del counts[key]
