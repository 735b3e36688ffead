"""One open segment: a file that only this process appends to.

A record is one line, and what is appended together is one `write`, so that it is in the kernel, and
whole, before anything depends on it. Where a write fails the end of the file may be torn; the next
one cuts that off first. Knows the chain and the file, not what is recorded.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from localguard.audit.faults import unsynced, unwritable, written_in_part
from localguard.audit.folders import Link, create, last_record, name_of
from localguard.audit.records import Cause
from localguard.audit.sealing import GENESIS, encoded, seal
from localguard.audit.sync import Syncer


class Segment:
    """The segment being written.

    `count` records of `size` bytes are in it, `synced` of them on disk for sure; `digest` is the
    last one's. It is `doubted` once its disk has refused something.
    """

    __slots__ = (
        "_device",
        "_fd",
        "_inode",
        "_opening",
        "_torn",
        "count",
        "digest",
        "doubted",
        "name",
        "path",
        "size",
        "synced",
    )

    def __init__(self, fd: int, path: str, prior: Link | None, after: Link | None) -> None:
        """Take over the descriptor of an empty file; its first record will hold the links."""
        self.path = path
        self.name = name_of(path)
        self.count = self.size = self.synced = 0
        self.digest = GENESIS
        opening = {
            "segment": self.name,
            "after": None if after is None else after._asdict(),
            "prior": None if prior is None else prior._asdict(),
        }
        self._opening = encoded(opening)
        self._fd = fd
        found = os.fstat(fd)
        self._device, self._inode = found.st_dev, found.st_ino
        self._torn = self.doubted = False

    @classmethod
    def begin(
        cls, folder: str, now: datetime, instance: str, prior: "Segment | None" = None
    ) -> "Segment":
        """Make a new segment, linked to the one before and to the newest of other guards.

        Raises AuditFault.
        """
        fd, path = create(folder, now, instance)
        besides = (path,) if prior is None else (path, prior.path)
        return cls(fd, path, None if prior is None else prior.end, last_record(folder, besides))

    @property
    def end(self) -> Link | None:
        """The last record; None while there is none."""
        return Link(self.name, self.count - 1, self.digest) if self.count else None

    def append(self, body: bytes) -> int:
        """Write one record and return its number.

        It is a JSON object as `sealing.encoded` makes it. Raises AuditFault when not all of it is
        written.
        """
        number = self.count
        if number == 0:
            body = self._opened(body)
        line, digest = seal(self.digest, number, body)
        self._write(line)
        self.digest = digest
        self.count = number + 1
        return number

    def append_all(self, bodies: Sequence[bytes]) -> int:
        """Write records, all or none, and return the number of the first. Raises AuditFault."""
        number, digest = self.count, self.digest
        lines = []
        for body in bodies:
            whole = body if number else self._opened(body)
            line, digest = seal(digest, number, whole)
            lines.append(line)
            number += 1
        self._write(b"".join(lines))
        first, self.count, self.digest = self.count, number, digest
        return first

    def _opened(self, body: bytes) -> bytes:
        return body[:-1] + b"," + self._opening[1:]

    def _write(self, data: bytes) -> None:
        try:
            written = os.write(self._fd, data)
        except OSError as error:
            self._torn = True
            raise unwritable(self.path, error) from error
        if written != len(data):
            self._torn = True
            raise written_in_part(self.path, written, len(data))
        self.size += written

    def append_synced(self, bodies: Sequence[bytes], syncer: Syncer) -> int:
        """Do as `append_all`, and return when it is on disk, with all that was written before.

        Raises AuditFault when it is not; then nothing of it is part of this segment any more.
        """
        before = (self.count, self.size, self.digest)
        first = self.append_all(bodies)
        try:
            syncer.now(self._fd, self._folders())
        except OSError as error:
            self.count, self.size, self.digest = before
            self._torn = self.doubted = True
            self._cut_torn_end()  # before another guard links to what is not to stand
            raise unsynced(self.path, error) from error
        self.synced = self.count
        return first

    def sync(self, syncer: Syncer, then: Callable[[], None]) -> None:
        """Have everything that was written so far brought to disk; `then` is called there if it is.

        If it is not, the segment is doubted.
        """
        count = self.count

        def flushed(on_disk: bool) -> None:
            if on_disk:
                self.synced = max(self.synced, count)
                then()
            else:
                self.doubted = True

        syncer.later(self._fd, self._folders(), flushed)

    def _folders(self) -> tuple[str, ...]:
        """Where the name of a new segment, and perhaps that of its day, has to get onto disk."""
        day = os.path.dirname(self.path)
        return () if self.synced else (day, os.path.dirname(day))

    def breakage(self) -> Cause | None:
        """Why this segment can no longer be appended to; None when it can, its end repaired."""
        try:
            found = os.stat(self.path)
        except OSError:
            return "removed"
        if (found.st_dev, found.st_ino) != (self._device, self._inode):
            return "removed"
        if self._torn and found.st_size >= self.size:
            return self._cut_torn_end()
        return None if found.st_size == self.size else "altered"

    def _cut_torn_end(self) -> Cause | None:
        if not self._holds_file():
            return "unwritable"
        try:
            os.ftruncate(self._fd, self.size)
        except OSError:
            return "unwritable"
        self._torn = False
        return None

    def close(self) -> None:
        """Give the descriptor back, unless it is no longer this segment's."""
        if self._holds_file():
            os.close(self._fd)

    def discard(self) -> None:
        """Close a segment in which nothing is, and remove it where that can be done."""
        if self.breakage() is None:
            with suppress(OSError):
                os.unlink(self.path)
        self.close()

    def _holds_file(self) -> bool:
        # A number that was closed behind our back may by now be another file's.
        try:
            found = os.fstat(self._fd)
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == (self._device, self._inode)
