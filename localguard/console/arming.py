"""When a key may decide. Pure; knows no widget, and takes every moment from its caller.

What a person answers must be what that person saw: a key decides only if it was pressed some time
after what it decides was drawn. The key's own moment counts, so that keys typed while the screen
stood still are dropped. A key that comes too early begins the wait anew, and so does each of the
keys that a held-down one repeats: one press is one decision at most.
"""

from typing import Final

DELAY: Final = 0.7
"""Seconds between the drawing and the first key that counts."""
REPEAT: Final = 2.0
"""Seconds without the key that allowed last, before it allows again; terminals do not tell a new
press from a repeated one, and the first repetition can come as late as that."""


class Arming:
    """The lock of one screen. It is locked until `rendered` is called, and after each `lock`."""

    def __init__(self, delay: float = DELAY, repeat: float = REPEAT) -> None:
        self._delay = delay
        self._repeat = repeat
        self._turn = 0
        self._from: float | None = None
        self._last: tuple[str, float] | None = None

    def lock(self) -> int:
        """Lock until what is shown now has been drawn: give `rendered` the number returned."""
        self._turn += 1
        self._from = None
        return self._turn

    def rendered(self, turn: int, now: float) -> None:
        """Begin the wait. A number that `lock` has replaced since does nothing."""
        if turn == self._turn and self._from is None:
            self._from = now + self._delay

    def takes(self, key: str, moment: float) -> bool:
        """Whether a key pressed at a moment decides."""
        taken = self._from is not None and moment >= self._from and not self._repeats(key, moment)
        if not taken and self._from is not None:
            self._from = max(self._from, moment + self._delay)
        if not taken and self._last is not None and self._last[0] == key:
            self._last = key, max(moment, self._last[1])
        return taken

    def decided(self, key: str, moment: float) -> None:
        """Note the key that has just decided, so that its repetitions do not."""
        self._last = key, moment

    def left(self, now: float) -> float | None:
        """Seconds until keys decide; 0 when they do, None while nothing has been drawn."""
        return None if self._from is None else max(self._from - now, 0.0)

    def _repeats(self, key: str, moment: float) -> bool:
        return (
            self._last is not None
            and self._last[0] == key
            and moment - self._last[1] < self._repeat
        )
