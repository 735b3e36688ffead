"""One bell for many moments: it rings at the earliest and is set anew after that.

Timers cannot be taken back and would keep alive what they were set for. This one knows nothing of
requests, and of all timers that were ever started only the newest rings.
"""

import math
from collections.abc import Callable


class Alarm:
    """Calls `ring` at, or soon after, the moment it was set to, in seconds of `monotonic`."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        later: Callable[[float, Callable[[], None]], None],
        ring: Callable[[], None],
    ) -> None:
        self._monotonic = monotonic
        self._later = later
        self._ring = ring
        self._number = 0
        self._due = math.inf

    def set(self, due: float) -> None:
        """Ring at `due` at the latest; earlier is possible."""
        if due >= self._due:
            return
        self._due = due
        self._number += 1
        number = self._number
        self._later(max(due - self._monotonic(), 0.0), lambda: self._rung(number))

    def _rung(self, number: int) -> None:
        if number == self._number:
            self._due = math.inf
            self._ring()
