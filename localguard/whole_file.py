"""A file that is replaced whole or not at all, and one who writes it at a time.

Temporary file, fsync, rename, fsync of the folder: a reader finds the old bytes or the new ones,
also after a crash. Raises OSError, which its callers turn into faults of their own. Knows nothing
of what stands in a file, nor of who may read it.
"""

import os
import sys
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
    | getattr(os, "O_BINARY", 0)
)
"""How a file of localguard's own is opened to be written: never through a link."""


def lock(descriptor: int) -> None:
    """Wait until nobody else holds the lock of a file; it is held until the descriptor closes."""
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def replace(path: str, data: bytes) -> None:
    """Put bytes in place of what stands in a file (0600)."""
    fresh = f"{path}.new"
    descriptor = os.open(fresh, CREATE | os.O_TRUNC, 0o600)
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
