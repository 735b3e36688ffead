"""A log file that never grows beyond its cap and keeps the newest.

Knows bytes, not whose they are. A failure to write ends the log, never the writer.
"""

import contextlib
import os
from pathlib import Path
from typing import Final

KEPT: Final = 1024 * 1024


class CappedFile:
    """A log of at most `cap` bytes, in PATH and PATH.1, that loses its oldest half when full.

    Made at the first byte, 0600 in a folder of 0700. When it cannot be written it is given up.
    """

    __slots__ = ("_cap", "_fd", "_path", "_size", "broken")

    def __init__(self, path: Path, cap: int) -> None:
        self._path = path
        self._cap = cap
        self._fd: int | None = None
        self._size = 0
        self.broken = False

    def write(self, data: bytes) -> None:
        """Append `data`; a failure is remembered in `broken` and nothing is written any more."""
        half = self._cap // 2
        for start in range(0, len(data), half):
            if not self.broken:
                self._append(data[start : start + half])

    def close(self) -> None:
        """Close the file."""
        if self._fd is not None:
            with contextlib.suppress(OSError):
                os.close(self._fd)
            self._fd = None

    def _append(self, piece: bytes) -> None:
        try:
            if self._fd is None:
                self._open()
            if self._size and self._size + len(piece) > self._cap // 2:
                self._rotate()
            if self._fd is not None:
                self._size += os.write(self._fd, piece)
        except OSError:
            self.broken = True
            self.close()

    def _open(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        self._fd = os.open(self._path, flags, 0o600)
        self._size = os.fstat(self._fd).st_size

    def _rotate(self) -> None:
        # Closed first: Windows does not rename an open file.
        self.close()
        self._path.replace(self._path.with_name(self._path.name + ".1"))
        self._open()


def prune(folder: Path, kept: int) -> None:
    """Remove all but the newest `kept` files of a folder of logs; what cannot be removed stays."""
    with contextlib.suppress(OSError):
        files = sorted(folder.iterdir(), key=lambda file: file.lstat().st_mtime, reverse=True)
        for file in files[kept:]:
            file.unlink()
