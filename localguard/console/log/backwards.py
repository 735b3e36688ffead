"""One segment, read from its end: where its records are and when they were written.

Within a segment the order of the lines is the order of the records, whatever their times say: no
record counts as later than the one after it. Knows no other segment.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from localguard.console.log import blocks
from localguard.console.log.heads import head_of

_FIRST_BYTES: Final = 1 << 12
_MOST_BYTES: Final = 1 << 18

Record = tuple[int, int, int, int]
"""Time, number of the segment, offset and tag: records of several segments sort as they are."""


class Backwards:
    """What has not been taken yet of the segment at `path`, up to the byte `end`.

    `begun` is when the segment was, for what has no time of its own.
    """

    __slots__ = ("_bytes", "_floor", "_offsets", "_path", "_tags", "_times", "number", "unread")

    def __init__(self, number: int, path: str, end: int, begun: int) -> None:
        self.number = number
        self.unread = end
        """How many bytes, from the first one on, have not been read yet."""
        self._path = path
        self._floor = begun
        self._bytes = _FIRST_BYTES
        self._times, self._offsets, self._tags = array("Q"), array("Q"), array("q")

    @property
    def latest(self) -> int | None:
        """The time of the last record that is left of those that were read; None when none is."""
        return self._times[-1] if self._times else None

    @property
    def complete_after(self) -> int:
        """All records later than this time have been read; -1 when all have."""
        return self._floor if self.unread else -1

    def take(self, after: int) -> Iterator[Record]:
        """Take the records later than a time, of those that were read."""
        at = bisect_right(self._times, after)
        columns = (self._times, self._offsets, self._tags)
        for time, offset, tag in zip(*(column[at:] for column in columns), strict=True):
            yield time, self.number, offset, tag
        for column in columns:
            del column[at:]

    def read(self) -> None:
        """Read what lies before, a piece of it. Raises OSError."""
        first = self._bytes == _FIRST_BYTES
        begin, data = blocks.before(self._path, self.unread, self._bytes)
        self._bytes = min(self._bytes * 2, _MOST_BYTES)
        self.unread = begin
        times, offsets, tags = array("Q"), array("Q"), array("q")
        for line in data.removesuffix(b"\n").split(b"\n"):
            time, tag = head_of(line)
            times.append(time)
            offsets.append(begin)
            tags.append(tag)
            begin += len(line) + 1
        if first:
            self._floor = next((time for time in reversed(times) if time), self._floor)
        self._settle(times)
        self._times, self._offsets = times + self._times, offsets + self._offsets
        self._tags = tags + self._tags

    def _settle(self, times: "array[int]") -> None:
        """Give a time to what has none, and let none be later than what follows it."""
        bound = self._floor
        for at in range(len(times) - 1, -1, -1):
            bound = min(times[at] or bound, bound)
            times[at] = bound
        self._floor = bound
