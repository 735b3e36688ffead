"""How localguard writes a file of its own: whole or not at all, one writer at a time.

Lock, temporary file, fsync, rename, fsync of the folder: a reader finds the old text or the new
one, also after a crash.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from localguard.config.faults import FileFault
from localguard.config.paths import make_private

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_CREATE: Final = (
    os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
)


def replace_text(path: str, text: str) -> None:
    """Put a text in place of what stands in a file (0600), and create its folder if needed.

    Raises ProfileFault when it cannot be written.
    """
    make_private(os.path.dirname(path))
    try:
        with _locked(f"{path}.lock"):
            _write_beside(path, text.encode())
            os.replace(f"{path}.new", path)
            _sync_folder(os.path.dirname(path))
    except OSError as error:
        fix = "free the disk, or make the folder writable"
        what = f"it cannot be written ({error.strerror})"
        raise FileFault(what, where=path, fix=fix) from error


def _write_beside(path: str, data: bytes) -> None:
    descriptor = os.open(f"{path}.new", _CREATE | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


@contextmanager
def _locked(path: str) -> Iterator[None]:
    descriptor = os.open(path, _CREATE, 0o600)
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync_folder(folder: str) -> None:
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
