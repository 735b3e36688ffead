"""What is appended to segments while somebody looks, also to segments that appear later.

A line without its end is a row once it has not grown from one look to the next: then its guard was
cut off in the middle of it. If the end comes all the same, the row becomes a whole one. Knows the
bytes that were seen, and no record.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from localguard.audit.folders import name_of, segments
from localguard.console.log import blocks
from localguard.console.log.heads import head_of
from localguard.console.log.rows import Rows
from localguard.text import safe

_MOST_SEGMENTS_NAMED: Final = 3


@dataclass(slots=True)
class _Followed:
    """A segment whose lines are rows up to the byte `read`; it had `size` bytes at the last look.

    `torn` says that what follows `read` is a row already. No row counts as earlier than `time`.
    """

    number: int
    read: int = 0
    size: int = 0
    torn: bool = False
    time: int = 0


class _Found(NamedTuple):
    time: int
    segment: int
    offset: int
    tag: int


class Tail:
    """Where each segment was last seen to end. `mended` counts rows that became whole."""

    __slots__ = ("_folder", "_followed", "_rows", "mended", "trouble")

    def __init__(self, folder: str, rows: Rows) -> None:
        self._folder = folder
        self._rows = rows
        self._followed: dict[str, _Followed] = {}
        self.mended = 0
        self.trouble = ""
        """Which segments cannot be read, or nothing."""

    def begin(self) -> dict[int, tuple[str, int]]:
        """Look for the first time: path and size of each segment, by its number.

        Raises AuditFault when the folder cannot be read.
        """
        there: dict[int, tuple[str, int]] = {}
        for path in segments(self._folder):
            followed = self._followed[path] = _Followed(self._rows.segment(path))
            try:
                size = blocks.size_of(path)
                followed.read = size - blocks.torn(path, size)
            except OSError:
                continue
            followed.size, followed.torn = size, followed.read < size
            there[followed.number] = (path, size)
        return there

    def step(self) -> None:
        """Put what was appended since after the last row, in the order of time.

        Raises AuditFault when the folder cannot be read.
        """
        found: list[_Found] = []
        troubles: list[str] = []
        for path in segments(self._folder):
            followed = self._followed.get(path)
            if followed is None:
                followed = self._followed[path] = _Followed(self._rows.segment(path))
            try:
                found += self._appended(path, followed)
            except FileNotFoundError:
                continue
            except OSError as error:
                troubles.append(f"{name_of(path)}: {error.strerror or error}")
        self.trouble = _told(troubles)
        for one in sorted(found):
            self._rows.put_after(one.segment, one.offset, one.tag)

    def _appended(self, path: str, followed: _Followed) -> list[_Found]:
        size = blocks.size_of(path)
        settled = size == followed.size
        followed.size = size
        if size < followed.read:
            followed.read, followed.torn = size, False
        if size == followed.read or (settled and followed.torn):
            return []
        begin, data = blocks.after(path, followed.read)
        if data:
            return self._lines(followed, begin, data)
        if settled:
            followed.torn = True
            return [_Found(followed.time, followed.number, followed.read, 0)]
        return []

    def _lines(self, followed: _Followed, begin: int, data: bytes) -> list[_Found]:
        found: list[_Found] = []
        for line in data.removesuffix(b"\n").split(b"\n"):
            time, tag = head_of(line)
            followed.time = max(followed.time, time)
            if followed.torn:
                followed.torn = False
                self._rows.retag(followed.number, begin, tag)
                self.mended += 1
            else:
                found.append(_Found(followed.time, followed.number, begin, tag))
            begin += len(line) + 1
        followed.read = begin if data.endswith(b"\n") else begin - 1
        return found


def _told(troubles: list[str]) -> str:
    named = "; ".join(safe(one) for one in troubles[:_MOST_SEGMENTS_NAMED])
    more = len(troubles) - _MOST_SEGMENTS_NAMED
    return f"cannot be read: {named}" + (f" and {more} more" if more > 0 else "") if named else ""
