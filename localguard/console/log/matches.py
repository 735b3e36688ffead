"""Which records are shown: all of them, or those that a filter lets through.

What is shown at one moment is a value, so that a table never sees it change while it draws. A
filter looks at what is new first, and then goes from the newest record to the oldest, so that what
a person looks for is there before all is searched. Knows positions and no widget.
"""

from array import array
from bisect import bisect_left
from dataclasses import dataclass
from typing import Protocol

from localguard.audit.filters import Filter
from localguard.console.log.index import GONE, Index


class Shown(Protocol):
    """The positions of the rows of a table, ascending."""

    def __len__(self) -> int: ...

    def __getitem__(self, row: int) -> int: ...

    def row_of(self, position: int) -> int:
        """The row of a position, or of the next one that is shown; `len` after the last."""
        ...


@dataclass(frozen=True, slots=True)
class All:
    """Every position from `first` up to `end`."""

    first: int = 0
    end: int = 0

    def __len__(self) -> int:
        return self.end - self.first

    def __getitem__(self, row: int) -> int:
        return self.first + row

    def row_of(self, position: int) -> int:
        """The row of a position, or the nearest one."""
        return min(max(position, self.first), self.end) - self.first


@dataclass(frozen=True, slots=True)
class Some:
    """The first so many of two lists that only grow: `older` descends, `newer` ascends."""

    older: "array[int]"
    newer: "array[int]"
    olds: int
    news: int

    def __len__(self) -> int:
        return self.olds + self.news

    def __getitem__(self, row: int) -> int:
        return self.older[self.olds - 1 - row] if row < self.olds else self.newer[row - self.olds]

    def row_of(self, position: int) -> int:
        """The row of a position, or of the next one that is shown; `len` after the last."""
        if self.olds and position <= self.older[0]:
            found = bisect_left(self.older, -position, 0, self.olds, key=lambda one: -one)
            exact = found < self.olds and self.older[found] == position
            return self.olds - found - (1 if exact else 0)
        return self.olds + bisect_left(self.newer, position, 0, self.news)


class Matches:
    """What a filter has let through so far. One thread steps, others look."""

    __slots__ = ("_high", "_index", "_low", "_newer", "_older", "_start", "only")

    def __init__(self, index: Index, only: Filter) -> None:
        self.only = only
        self._index = index
        self._older, self._newer = array("q"), array("q")
        self._start = self._low = self._high = index.end

    def shown(self) -> Some:
        """What was found so far."""
        return Some(self._older, self._newer, len(self._older), len(self._newer))

    @property
    def progress(self) -> float:
        """Which part of the records has been looked at, up to 1."""
        every = self._start - self._index.first
        return (self._start - self._low) / every if every else 1.0

    def step(self, most: int) -> bool:
        """Look at about so many records; whether more are left that are known."""
        end, first = self._index.end, self._index.first
        if self._high < end:
            upto = min(end, self._high + most)
            self._newer.extend(self._found(self._high, upto))
            self._high = upto
        elif self._low > first:
            upto = max(first, self._low - most)
            self._older.extend(reversed(self._found(upto, self._low)))
            self._low = upto
        return self._high < self._index.end or self._low > self._index.first

    def _found(self, begin: int, end: int) -> list[int]:
        entries = zip(range(begin, end), self._index.entries(begin, end), strict=True)
        return [
            position
            for position, entry in entries
            if entry.flaw != GONE and self.only.matches(entry)
        ]
