"""One open segment: a file that only this process appends to.

A record is one `write` of one line, so that it is in the kernel, and whole, before anything depends
on it. Where a write fails the end of the file may be torn; the next one cuts that off first. Knows
the chain and the file, not what is recorded.
"""

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from localguard.audit.chain import GENESIS, seal
from localguard.audit.faults import not_json, unwritable, written_in_part
from localguard.audit.folders import create, last_record, name_of

Breakage: TypeAlias = Literal["unwritable", "removed", "altered"]


class Segment:
    """The segment being written. `count` records are in it."""

    __slots__ = ("_after", "_device", "_fd", "_inode", "_last", "_size", "_torn", "count", "path")

    def __init__(self, fd: int, path: str, after: Mapping[str, object] | None) -> None:
        """Take over the descriptor of an empty file; `after` is what its first record links to."""
        self.path = path
        self.count = 0
        self._after = after
        self._fd = fd
        found = os.fstat(fd)
        self._device, self._inode = found.st_dev, found.st_ino
        self._last = GENESIS
        self._size = 0
        self._torn = False

    @classmethod
    def begin(cls, folder: str, now: datetime, instance: str) -> "Segment":
        """Make a new segment, linked to the newest other one. Raises AuditFault."""
        fd, path = create(folder, now, instance)
        return cls(fd, path, last_record(folder, besides=path))

    def append(self, kind: str, body: Mapping[str, object]) -> int:
        """Write one record and return its number. Raises AuditFault when it is not all written."""
        if self.count == 0:
            body = {**body, "segment": name_of(self.path), "after": self._after}
        try:
            line, digest = seal(self._last, self.count, body)
        except (ValueError, TypeError, RecursionError) as error:
            raise not_json(self.path, kind, error) from error
        self._write(line)
        self._last = digest
        self._size += len(line)
        self.count += 1
        return self.count - 1

    def _write(self, line: bytes) -> None:
        try:
            written = os.write(self._fd, line)
        except OSError as error:
            self._torn = True
            raise unwritable(self.path, error) from error
        if written != len(line):
            self._torn = True
            raise written_in_part(self.path, written, len(line))

    def breakage(self) -> Breakage | None:
        """Why this segment can no longer be appended to; None when it can, its end repaired."""
        try:
            found = os.stat(self.path)
        except OSError:
            return "removed"
        if (found.st_dev, found.st_ino) != (self._device, self._inode):
            return "removed"
        if self._torn and found.st_size >= self._size:
            return self._cut_torn_end()
        return None if found.st_size == self._size else "altered"

    def _cut_torn_end(self) -> Breakage | None:
        if not self._holds_file():
            return "unwritable"
        try:
            os.ftruncate(self._fd, self._size)
        except OSError:
            return "unwritable"
        self._torn = False
        return None

    def close(self) -> None:
        """Give the descriptor back, unless it is no longer this segment's."""
        if self._holds_file():
            os.close(self._fd)

    def _holds_file(self) -> bool:
        # A number that was closed behind our back may by now be another file's.
        try:
            found = os.fstat(self._fd)
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == (self._device, self._inode)
