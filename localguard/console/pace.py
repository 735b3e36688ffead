"""How often a person is asked, from the counts that guards give. Pure; the caller brings the time.

Too many questions are answered without reading, so the number is shown.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final

from localguard.control.messages import GuardView

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
