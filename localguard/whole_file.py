"""A file that is replaced whole or not at all, and one who writes it at a time.

Temporary file, fsync, rename, fsync of the folder: a reader finds the old bytes or the new ones,
also after a crash. Raises OSError, which its callers turn into faults of their own. Knows nothing
of what stands in a file, nor of who may read it.
"""

import errno
import os
import sys
import time
from contextlib import suppress
from typing import Final

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

CREATE: Final = (
    os.O_WRONLY
    | os.O_CREAT
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)
"""How a file of localguard's own is opened to be written: never through a link, nor a pipe."""

PATIENCE: Final = 5.0
"""Seconds for the lock of a file, which whoever writes holds for milliseconds."""
_PAUSE: Final = 0.01


def lock(descriptor: int, patience: float = PATIENCE) -> None:
    """Wait until nobody else holds the lock of a file; it is held until the descriptor closes.

    Raises OSError where somebody holds it for so long: whoever plants a lock stops nobody for ever.
    """
    until = time.monotonic() + patience
    while True:
        try:
            _try(descriptor)
            return
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                raise
        if time.monotonic() >= until:
            said = "another program keeps its .lock file locked; end that program"
            raise OSError(errno.ETIMEDOUT, said)
        time.sleep(_PAUSE)


def _try(descriptor: int) -> None:
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def replace(path: str, data: bytes) -> None:
    """Put bytes in place of what stands in a file (0600)."""
    fresh = f"{path}.new"
    # What lies there may be anyone's: a pipe that is never read, another name of another file.
    with suppress(FileNotFoundError):
        os.unlink(fresh)
    descriptor = os.open(fresh, CREATE | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    os.replace(fresh, path)
    sync_folder(os.path.dirname(path))


def sync_folder(folder: str) -> None:
    """Bring the entries of a folder to disk; on Windows they need none of it."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
