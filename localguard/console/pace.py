"""How often a person is asked, and says no, by what guards tell. Pure; the caller brings the time.

Too many questions are answered without reading, so the number is shown. A guard that was told no
again and again asks no more, by the same count as here.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Final

from localguard.approvals.storms import MOST as STORM
from localguard.approvals.storms import WINDOW
from localguard.console.hub import Closed
from localguard.control.messages import GuardView

__all__ = ["HOUR", "OFTEN", "STORM", "Pace", "stormed"]

HOUR: Final = 3600.0
OFTEN: Final = 30
"""Questions in an hour above which nobody reads them any more."""


class Pace:
    """Questions of the last hour over all guards."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._asked: deque[tuple[float, int]] = deque()

    def take(self, guards: Iterable[GuardView], now: float, epoch: float) -> int:
        """Count what is new at `now` (monotonic) and say how many there were within the hour.

        What a guard asked before it was first seen counts where all its life lies in the hour.
        """
        for guard in guards:
            young = epoch - guard.started < HOUR
            before = self._known.get(guard.id, 0 if young else guard.asked)
            if guard.asked > before:
                self._asked.append((now, guard.asked - before))
            self._known[guard.id] = guard.asked
        while self._asked and now - self._asked[0][0] > HOUR:
            self._asked.popleft()
        return sum(number for _, number in self._asked)


def stormed(closed: Iterable[Closed], now: float) -> list[str]:
    """What a person has just said no to so often that its guard asks no more; `now` is epoch."""
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for one in closed:
        view = one.view
        if view.how == "denied" and now - view.at < 2 * WINDOW:
            times[one.guard, f"{view.server}/{view.item}"].append(view.at)
    return [target for (_, target), found in times.items() if _is_storm(sorted(found), now)]


def _is_storm(times: list[float], now: float) -> bool:
    """Whether so many of the times lie close together, and the last of them not long ago."""
    runs = zip(times, times[STORM - 1 :], strict=False)
    return any(last - first < WINDOW and now - last < WINDOW for first, last in runs)
