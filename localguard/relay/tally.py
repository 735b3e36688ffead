"""Counts what a peer may repeat without end, so that it cannot fill the disk that the log needs.

Recorded are the first, the second, the fourth, the eighth ..., each with what came since the one
before: nothing goes uncounted for long, and a million lines leave twenty records.
"""


class Tally:
    """Counts one kind of thing."""

    def __init__(self) -> None:
        self._seen = 0
        self._untold = 0
        self._bytes = 0

    def add(self, size: int) -> tuple[int, int] | None:
        """Count one of `size` bytes; the count and bytes to record now, or None."""
        self._seen += 1
        self._untold += 1
        self._bytes += size
        if self._seen & (self._seen - 1):
            return None
        told = self._untold, self._bytes
        self._untold = self._bytes = 0
        return told
