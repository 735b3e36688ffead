"""The moment of a call: to the second, in the zone of this machine, as rules need it."""

from collections.abc import Callable
from datetime import UTC, datetime


class Moments:
    """Tells the moment by `clock`, which gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._second = int(clock())
        self._moment = _local(self._second)

    def __call__(self) -> datetime:
        """The second that has begun; the same object as long as it lasts."""
        second = int(self._clock())
        if second != self._second:
            self._second = second
            self._moment = _local(second)
        return self._moment


def _local(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC).astimezone()
