"""Where every record is and which call it is of: two columns, and the paths of the segments.

Knows positions and no order; who adds rows decides where.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from localguard.console.log.backwards import Record
from localguard.console.log.columns import Column

_OFFSET_BITS: Final = 44
_OFFSETS: Final = (1 << _OFFSET_BITS) - 1


class Place(NamedTuple):
    """The segment at `path` has the record from the byte `offset` on."""

    path: str
    offset: int


class Rows:
    """The rows of an index. One thread may add while others look."""

    __slots__ = ("_paths", "_refs", "tags")

    def __init__(self) -> None:
        self._paths: list[str] = []
        self._refs = Column("Q")
        self.tags = Column("q")

    @property
    def first(self) -> int:
        """The position of the first row."""
        return self.tags.first

    @property
    def end(self) -> int:
        """The position after the last row."""
        return self.tags.end

    def segment(self, path: str) -> int:
        """The number of a segment that was not there yet."""
        self._paths.append(path)
        return len(self._paths) - 1

    def put_before(self, found: Iterable[Record]) -> None:
        """Add records before the first row, the last of them first."""
        refs, tags = [], []
        for _, segment, offset, tag in found:
            refs.append(segment << _OFFSET_BITS | offset)
            tags.append(tag)
        self._refs.older.extend(refs)
        self.tags.older.extend(tags)

    def put_after(self, segment: int, offset: int, tag: int) -> None:
        """Add a row after the last one."""
        self._refs.newer.append(segment << _OFFSET_BITS | offset)
        self.tags.newer.append(tag)

    def retag(self, segment: int, offset: int, tag: int) -> None:
        """Give the row of a place another tag, where it is there."""
        position = next(self._refs.where(segment << _OFFSET_BITS | offset), None)
        if position is not None:
            self.tags[position] = tag

    def place(self, position: int) -> Place:
        """Where the record is. Raises IndexError."""
        found = self._refs[position]
        return Place(self._paths[found >> _OFFSET_BITS], found & _OFFSETS)
