"""Whether the guard that writes a segment lives: it holds a lock on the file until it ends.

The system takes the lock away when a process ends, however it ends. Where a file system knows no
locks nobody is ever believed to be dead, since the segments of the dead may be removed. Knows files
only.
"""

import os
import sys

if sys.platform == "win32":
    import msvcrt

    # Far behind every record: on Windows a locked part of a file cannot be read by others.
    _AT = 1 << 30

    def _take(fd: int) -> None:
        """Take the lock of a file, or raise OSError."""
        os.lseek(fd, _AT, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)

    def _taken(error: OSError) -> bool:
        return isinstance(error, PermissionError)

    _FLAGS = os.O_RDWR | os.O_BINARY
else:
    import fcntl

    def _take(fd: int) -> None:
        """Take the lock of a file, or raise OSError."""
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _taken(error: OSError) -> bool:
        return isinstance(error, BlockingIOError)

    _FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def hold(fd: int) -> None:
    """Hold the lock of a file for as long as this descriptor, or a copy of it, is open.

    Does nothing where the file system knows no locks. Raises OSError when someone else holds it.
    """
    try:
        _take(fd)
    except OSError as error:
        if _taken(error):
            raise


def held(path: str) -> bool:
    """Whether someone holds the lock of a file, or nobody can tell; no for one that is gone."""
    try:
        fd = os.open(path, _FLAGS)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        _take(fd)
    except OSError:
        return True
    finally:
        os.close(fd)
    return False
