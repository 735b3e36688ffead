"""All segments as one sequence in time, however many guards wrote them and are still writing.

Reads as a stream: at any moment only segments that overlap in time are open. A line that cannot be
believed is an entry too, and says so. Knows files and lines; how an entry looks is for others.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from localguard.audit.faults import unreadable
from localguard.audit.folders import name_of, segments, start_of
from localguard.audit.sealing import FlawKind, Sealed, unseal

POLL_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Entry:
    """Line `line` (from 1) of a segment: a record, or none and the flaw that hides it.

    `asked` is the decision that an outcome follows from, where `audit.calls` found it.
    """

    segment: str
    line: int
    record: Mapping[str, object]
    flaw: FlawKind | None = None
    asked: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class _Mark:
    """How far a segment was read; `time` never goes back, whatever its records say."""

    offset: int = 0
    line: int = 0
    time: str = ""


_Next: TypeAlias = tuple[str, str, str, Entry, Iterator[Entry]]
"""The next entry of a segment: its time and the segment's name order it, its path is for marks."""


@dataclass(slots=True)
class Tail:
    """Where a reader stands in each segment of a folder, from those of the day `day` on."""

    folder: str
    day: str = ""
    _marks: dict[str, _Mark] = field(default_factory=dict)

    def poll(self, *, torn: bool = False) -> Iterator[Entry]:
        """Yield what was appended since the last poll, in the order of time.

        A line without its end is left for the next poll, unless `torn` asks for it as it is.
        Raises AuditFault when a segment cannot be read.
        """
        waiting = deque(path for path in segments(self.folder) if name_of(path) >= self.day)
        heap: list[_Next] = []
        while waiting or heap:
            while waiting and (not heap or start_of(waiting[0]) <= heap[0][0]):
                path = waiting.popleft()
                self._push(heap, path, self._appended(path, torn=torn))
            if heap:
                _, _, path, entry, entries = heapq.heappop(heap)
                yield entry
                self._push(heap, path, entries)

    def _push(self, heap: list[_Next], path: str, entries: Iterator[Entry]) -> None:
        entry = next(entries, None)
        if entry is not None:
            heapq.heappush(heap, (self._marks[path].time, name_of(path), path, entry, entries))

    def _appended(self, path: str, *, torn: bool) -> Iterator[Entry]:
        mark = self._marks.setdefault(path, _Mark())
        try:
            if Path(path).stat().st_size > mark.offset:
                yield from _lines(path, mark, torn=torn)
        except FileNotFoundError:
            return
        except OSError as error:
            raise unreadable(path, error) from error


def _lines(path: str, mark: _Mark, *, torn: bool) -> Iterator[Entry]:
    with Path(path).open("rb") as file:
        file.seek(mark.offset)
        for line in file:
            if not line.endswith(b"\n") and not torn:
                return
            mark.offset += len(line)
            mark.line += 1
            entry = _entry(name_of(path), mark.line, unseal(line))
            mark.time = max(mark.time, str(entry.record.get("t", "")))
            yield entry


def _entry(segment: str, line: int, found: Sealed | FlawKind) -> Entry:
    if isinstance(found, Sealed):
        return Entry(segment, line, found.record)
    return Entry(segment, line, {}, found)


def read(folder: str) -> Iterator[Entry]:
    """Yield every line of every segment, in the order of time. Raises AuditFault."""
    return Tail(folder).poll(torn=True)


def follow(tail: Tail, wait: Callable[[float], bool]) -> Iterator[Entry]:
    """Yield what is appended, also by segments that appear later, for as long as `wait` says so.

    `wait(seconds)` is called whenever everything is read and returns False to end. Raises
    AuditFault.
    """
    yield from tail.poll()
    while wait(POLL_SECONDS):
        yield from tail.poll()
