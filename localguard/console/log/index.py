"""Every record of every segment, in the order of time, found by its place in its file.

The index is in memory and holds 16 bytes per record: segment and offset, and a tag of the call.
For 100,000 records (50 MB, eight segments side by side) it takes a thread 1 s and 3 MB, and the
newest page is there after 5 ms. The same rows in SQLite take 1.6 s and 13 MB of disk: a second copy
of what may be private, to be made anew wherever a segment was pruned or changed. What SQLite is
quick at, one field of all records, is read from the segments here, the newest first, while a person
already looks at what was found.

Positions never change: the newest record at the beginning is -1, what is appended counts from 0,
what is older goes down. A record is read when it is asked for, and believed only if its line is
whole. One thread calls `begin`, `older` and `newer`; others may look. Knows no filter, no widget.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from localguard.audit.folders import name_of, start_of
from localguard.audit.reader import Entry
from localguard.audit.sealing import FlawKind, Sealed, unseal
from localguard.console.log import blocks
from localguard.console.log.backwards import Backwards
from localguard.console.log.heads import tag_of, time_of
from localguard.console.log.merging import Merging
from localguard.console.log.rows import Rows
from localguard.console.log.tail import Tail

GONE: Final[FlawKind] = "missing"
"""The flaw of an entry that is no longer where it was when it was found."""

_FAR: Final = 20_000
"""So many records before an outcome it is looked for what was asked."""
_NOTHING: Final[Mapping[str, object]] = {}


class Index:
    """The records of an audit folder."""

    def __init__(self, folder: str) -> None:
        """Touch nothing yet."""
        self.folder = folder
        self._rows = Rows()
        self._tail = Tail(folder, self._rows)
        self._merging = Merging(self._rows)
        self._bytes = 0
        self._counted: dict[str, tuple[int, int]] = {}

    @property
    def first(self) -> int:
        """The position of the oldest record that was found so far."""
        return self._rows.first

    @property
    def end(self) -> int:
        """The position after the newest record."""
        return self._rows.end

    @property
    def progress(self) -> float:
        """Which part of what there was at the beginning has been looked through, up to 1."""
        return 1 - self._merging.unread / self._bytes if self._bytes else 1.0

    @property
    def mended(self) -> int:
        """How many records became whole after they had been torn ones."""
        return self._tail.mended

    @property
    def trouble(self) -> str:
        """Which segments cannot be read, in words, or nothing."""
        return self._tail.trouble

    def begin(self) -> None:
        """Look which segments there are. Raises AuditFault when the folder cannot be read."""
        there = self._tail.begin()
        self._bytes = sum(size for _, size in there.values())
        self._merging.begin(
            Backwards(number, path, size, time_of(start_of(path)))
            for number, (path, size) in there.items()
        )

    def older(self, most: int) -> bool:
        """Find about so many older records; whether there are more."""
        return self._merging.step(most)

    def newer(self) -> None:
        """Find what was appended since. Raises AuditFault when the folder cannot be read."""
        self._tail.step()

    def entry(self, position: int) -> Entry:
        """Read one record; an outcome with what was `asked`. Raises IndexError.

        Only damaged lines are counted: `line` is 0 for a sound one.
        """
        return next(self.entries(position, position + 1))

    def entries(self, begin: int, end: int) -> Iterator[Entry]:
        """Read the records from one position up to another, as `entry` does."""
        intents: dict[object, Mapping[str, object]] = {}
        with blocks.Lines() as lines:
            for position in range(begin, end):
                path, offset = self._rows.place(position)
                found = _unsealed(lines.line(path, offset))
                if not isinstance(found, Sealed):
                    yield Entry(name_of(path), self._line(path, offset), {}, found)
                    continue
                record = found.record
                kind, call = record.get("kind"), record.get("call")
                asked = _NOTHING
                if kind == "intent" and isinstance(call, str):
                    intents[call] = record
                elif kind == "outcome" and isinstance(call, str):
                    asked = intents.get(call) or self._intent(lines, call, position)
                yield Entry(name_of(path), 0, record, None, asked)

    def line(self, position: int) -> int:
        """Which line of its segment a record is, from 1; 0 where that is not known any more."""
        return self._line(*self._rows.place(position))

    def raw(self, position: int) -> bytes:
        """The line of a record as it stands in the segment, without its newline."""
        with blocks.Lines() as lines:
            return lines.line(*self._rows.place(position)).removesuffix(b"\n")

    def story(self, call: str) -> list[int]:
        """The positions of all records of a call, and of the request with its id, in their order.

        So far as they were found.
        """
        with blocks.Lines() as lines:
            places = self._rows.tags.where(_tag(call))
            return [one for one in places if _is_of(self._record(lines, one), call)]

    def _record(self, lines: blocks.Lines, position: int) -> Mapping[str, object]:
        found = _unsealed(lines.line(*self._rows.place(position)))
        return found.record if isinstance(found, Sealed) else _NOTHING

    def _intent(self, lines: blocks.Lines, call: str, position: int) -> Mapping[str, object]:
        """The intent of a call that is nearest before a position."""
        for place in self._rows.tags.backwards(_tag(call), position, _FAR):
            record = self._record(lines, place)
            if record.get("kind") == "intent" and record.get("call") == call:
                return record
        return _NOTHING

    def _line(self, path: str, offset: int) -> int:
        at, count = self._counted.get(path, (0, 0))
        try:
            if offset >= at:
                count += blocks.lines_between(path, at, offset)
            else:
                count -= blocks.lines_between(path, offset, at)
        except OSError:
            return 0
        self._counted[path] = (offset, count)
        return count + 1


def _unsealed(line: bytes) -> Sealed | FlawKind:
    return unseal(line) if line else GONE


def _tag(call: str) -> int:
    return tag_of(call.encode("utf-8", "replace"))


def _is_of(record: Mapping[str, object], call: str) -> bool:
    return call in (record.get("call"), record.get("request"))
