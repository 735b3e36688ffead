"""What guards have said, put together into one picture.

Each piece of news costs the same however much is held; the picture itself is made when somebody
looks. Requests keep the place in which they came. Knows no socket and no screen.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from localguard.console.hub import Closed, Held, Picture
from localguard.control.messages import (
    ClosedView,
    GrantView,
    GuardView,
    News,
    RequestView,
    Snapshot,
)

CLOSED: Final = 500
"""Requests that are no longer open and still shown."""

_Key = tuple[str, str]


class Gathered:
    """The news of all guards. `on_change` is called when the next picture will be another one.

    `monotonic` and `clock` are in seconds, `clock` since the epoch.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        clock: Callable[[], float],
        on_change: Callable[[], None],
    ) -> None:
        self.changed = False
        self._monotonic = monotonic
        self._clock = clock
        self._on_change = on_change
        self._picture = Picture()
        self._guards: dict[str, GuardView] = {}
        self._held: dict[_Key, Held] = {}
        self._closed: dict[_Key, Closed] = {}
        self._grants: dict[_Key, GrantView] = {}
        self._troubles: dict[str, str] = {}
        self._arrived = 0

    def picture(self) -> Picture:
        """Everything as it is now; the same object as long as nothing changes."""
        if self.changed:
            self.changed = False
            self._picture = self._drawn()
        return self._picture

    def arrive(self, snapshots: Mapping[str, Snapshot]) -> None:
        """Take all that some guards said of themselves, in place of what they said before."""
        new: list[tuple[str, RequestView]] = []
        for guard, snapshot in snapshots.items():
            self._forget_missing(guard, snapshot)
            self.hear(guard, snapshot.guard)
            for closed in snapshot.closed:
                self.hear(guard, closed)
            for grant in snapshot.grants:
                self.hear(guard, grant)
            new.extend((guard, view) for view in snapshot.requests)
        for guard, view in sorted(new, key=lambda each: each[1].opened):
            self.hear(guard, view)

    def hear(self, guard: str, news: News) -> None:
        """Take one piece of news."""
        match news:
            case RequestView():
                self._hold(guard, news)
            case ClosedView():
                self._close(guard, news)
            case GrantView():
                self._grants[guard, news.id] = news
                self.lapse()
            case GuardView():
                # Whoever plays a guard may call itself as it likes.
                self._guards[guard] = replace(news, id=guard)
        self._touch()

    def lose(self, guard: str) -> None:
        """A guard has ended: nobody waits for an answer to what it held."""
        self._guards.pop(guard, None)
        self._troubles.pop(guard, None)
        for held in [each for each in self._held.values() if each.guard == guard]:
            self._close(guard, _ended(held.view, self._clock()))
        for key in [key for key in self._grants if key[0] == guard]:
            del self._grants[key]
        self._touch()

    def lapse(self) -> None:
        """Drop the grants that hold no longer: their time is over, or they were used."""
        now = self._clock()
        for key in [key for key, view in self._grants.items() if view.until <= now]:
            del self._grants[key]
            self._touch()

    def trouble(self, guard: str, what: str | None) -> None:
        """What is wrong with a guard, in words for a person; None: nothing any more."""
        if what == self._troubles.get(guard):
            return
        if what is None:
            del self._troubles[guard]
        else:
            self._troubles[guard] = what
        self._touch()

    def troubled(self) -> Iterable[str]:
        """The guards with which something is wrong."""
        return tuple(self._troubles)

    def _touch(self) -> None:
        self.changed = True
        self._on_change()

    def _hold(self, guard: str, view: RequestView) -> None:
        key = guard, view.id
        known = self._held.get(key)
        if known is None:
            self._arrived += 1
            self._closed.pop(key, None)
        arrived = self._arrived if known is None else known.arrived
        self._held[key] = Held(guard, view, arrived, self._monotonic())

    def _close(self, guard: str, view: ClosedView) -> None:
        key = guard, view.id
        self._held.pop(key, None)
        self._closed.pop(key, None)
        self._closed[key] = Closed(guard, view)
        if len(self._closed) > CLOSED:
            del self._closed[next(iter(self._closed))]

    def _forget_missing(self, guard: str, snapshot: Snapshot) -> None:
        """What a guard no longer speaks of was closed while nobody listened."""
        there = {view.id for view in snapshot.requests}
        for key in [key for key in self._held if key[0] == guard and key[1] not in there]:
            del self._held[key]
        for key in [key for key in self._grants if key[0] == guard]:
            del self._grants[key]

    def _drawn(self) -> Picture:
        return Picture(
            guards=tuple(sorted(self._guards.values(), key=lambda view: (view.started, view.id))),
            held=tuple(self._held.values()),
            closed=tuple(sorted(self._closed.values(), key=lambda each: each.view.at)),
            grants=tuple(self._grants.values()),
            troubles=tuple(dict.fromkeys(self._troubles.values())),
        )


def _ended(view: RequestView, now: float) -> ClosedView:
    return ClosedView(
        id=view.id,
        server=view.server,
        item=view.item,
        how="ended",
        by="the end of its guard",
        at=now,
        missed=False,
    )
