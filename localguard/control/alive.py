"""Whether the guard behind an endpoint lives: it holds a lock on a file until it ends.

The system takes the lock away when a process ends, however it ends; a number of a process says
nothing, since it is given again. Whoever can take the lock may clear away what lies beside it. A
lock file that was put in place of another while somebody waited for it counts for nothing.
"""

import os
import sys
from collections.abc import Callable
from typing import Final

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


_FLAGS: Final = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


def hold(path: str) -> int | None:
    """Hold the lock of a file, made if missing, for as long as the descriptor given is open.

    None when somebody else holds it or has just removed it. Raises OSError where no lock file can
    be made, or where the file system knows no locks.
    """
    descriptor = os.open(path, _FLAGS | os.O_CREAT, 0o600)
    try:
        _take(descriptor)
        if _is_still(path, descriptor):
            return descriptor
    except (BlockingIOError, PermissionError, FileNotFoundError):
        pass
    except OSError:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def let_go(path: str, descriptor: int) -> None:
    """Remove a lock file that is held, and let go of it."""
    if sys.platform == "win32":  # An open file cannot be removed there.
        os.close(descriptor)
        _remove(path)
    else:
        _remove(path)
        os.close(descriptor)


def clear_if_dead(path: str, clear: Callable[[], None]) -> bool:
    """Call `clear` if nobody holds the lock of a file, and remove it; whether that was so."""
    try:
        descriptor = hold(path)
    except OSError:
        return False
    if descriptor is None:
        return False
    clear()
    let_go(path, descriptor)
    return True


def is_held(path: str) -> bool:
    """Whether somebody holds the lock of a file now. Changes nothing; also true in doubt."""
    try:
        descriptor = os.open(path, _FLAGS)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        _take(descriptor)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _is_still(path: str, descriptor: int) -> bool:
    """Whether the file that is locked is the one that stands there, for others to find."""
    held, there = os.fstat(descriptor), os.stat(path, follow_symlinks=False)
    return (held.st_dev, held.st_ino) == (there.st_dev, there.st_ino)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return
