"""All segments as one, from the newest record to the oldest.

Where two records are of one moment, the one of the segment that began later comes later, as in
`audit.reader`. Knows no record that is appended meanwhile.
"""

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Final

from localguard.console.log.backwards import Backwards, Record
from localguard.console.log.rows import Rows

_ALL: Final = -1

_Source = tuple[int, int, Backwards]
"""A segment after the time of its last record and its number, so that the newest comes first."""


class Merging:
    """The segments that are not read to their beginning yet."""

    __slots__ = ("_heap", "_rows", "unread")

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._heap: list[_Source] = []
        self.unread = 0
        """How many bytes had not been read after the last step."""

    def begin(self, sources: Iterable[Backwards]) -> None:
        """Take the segments. One that cannot be read has no records here."""
        for records in sources:
            _read(records)
            self._put(records)
        self._count()

    def step(self, most: int) -> bool:
        """Put records before the first one until they are `most` or more; whether more are left."""
        while self._heap and most > 0:
            most -= self._step()
        self._count()
        return bool(self._heap)

    def _step(self) -> int:
        """Put all that is later than what may still come, and read one more piece of that."""
        group, after = self._group()
        found: list[Record] = []
        for records in group:
            found.extend(records.take(after))
        found.sort(reverse=True)
        self._rows.put_before(found)
        for records in group:
            if records.complete_after == after != _ALL:
                _read(records)
            self._put(records)
        return len(found)

    def _group(self) -> tuple[list[Backwards], int]:
        """The segments that have a record later than a time from which on all records are known."""
        group: list[Backwards] = []
        after = _ALL
        while self._heap and -self._heap[0][0] > after:
            group.append(heappop(self._heap)[2])
            after = max(after, group[-1].complete_after)
        return group, after

    def _count(self) -> None:
        self.unread = sum(records.unread for _, _, records in self._heap)

    def _put(self, records: Backwards) -> None:
        latest = records.latest
        if latest is not None:
            heappush(self._heap, (-latest, -records.number, records))


def _read(records: Backwards) -> None:
    try:
        if records.unread:
            records.read()
    except OSError:
        # It went while it was read, or nobody may read it, which is said where it is followed.
        records.unread = 0
