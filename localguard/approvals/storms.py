"""A person who says no to one target again and again is asked no more: the whole target is denied.

Counts the answers of people, never those of rules. Knows no requests.
"""

from collections.abc import Callable
from typing import Final

MOST: Final = 3
"""So many times no within WINDOW seconds are a storm."""
WINDOW: Final = 120.0


class Denials:
    """The times no of the last minutes, by target."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._times: dict[str, list[float]] = {}

    def add(self, target: str) -> bool:
        """Count one no; whether it makes a storm, which begins the count anew."""
        now = self._monotonic()
        self._forget(now - WINDOW)
        times = self._times.setdefault(target, [])
        times.append(now)
        if len(times) < MOST:
            return False
        del self._times[target]
        return True

    def _forget(self, before: float) -> None:
        kept = {name: [at for at in times if at > before] for name, times in self._times.items()}
        self._times = {name: times for name, times in kept.items() if times}
