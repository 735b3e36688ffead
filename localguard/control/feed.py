"""The news of one guard, numbered, and the last of it kept for consoles that come back.

A console that lost its connection asks for what came after the last event it saw; where that is
no longer kept it gets everything anew. Pure but for its clock.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

from localguard.control.messages import Event, News, RequestView

KEPT: Final = 1000
"""Events that are kept."""
WEIGHT: Final = 8 * 1024 * 1024
"""Characters of request texts that are kept; one request may have hundreds of thousands."""


class _Said(NamedTuple):
    event: Event
    at: float
    weight: int


class Feed:
    """Numbers news from 1 on. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: deque[_Said] = deque()
        self._weight = 0
        self.seq = 0

    def add(self, news: News) -> Event:
        """The next event."""
        self.seq += 1
        said = _Said(Event(seq=self.seq, news=news), self._clock(), _weight(news))
        self._kept.append(said)
        self._weight += said.weight
        while len(self._kept) > KEPT or self._weight > WEIGHT:
            self._weight -= self._kept.popleft().weight
        return said.event

    def since(self, seq: int) -> list[Event] | None:
        """The events after this one, as they would be said now; None where some are not kept."""
        if seq == self.seq:
            return []
        if not self._kept or not self._kept[0].event.seq - 1 <= seq < self.seq:
            return None
        now = self._clock()
        return [_aged(said, now) for said in self._kept if said.event.seq > seq]


def _weight(news: News) -> int:
    if not isinstance(news, RequestView):
        return 0
    return len(news.arguments) + len(news.definition or "") + len(news.pinned or "")


def _aged(said: _Said, now: float) -> Event:
    news = said.event.news
    if not isinstance(news, RequestView):
        return said.event
    return replace(said.event, news=replace(news, left=max(0.0, news.left - (now - said.at))))
