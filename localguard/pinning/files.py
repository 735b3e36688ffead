"""One file that only its owner may write: read with a look at who that is, replaced whole.

A reader finds the old text or the new one, also after a crash. Knows nothing of what stands in it.
"""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from shlex import quote
from typing import Final

from localguard import whole_file
from localguard.pinning.faults import PinFault, foreign, unreachable

MOST_BYTES: Final = 256 * 1024 * 1024

_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_READ: Final = os.O_RDONLY | _NO_LINK | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


def read_own(path: str) -> bytes | None:
    """What stands in a file, or None where there is none. Raises PinFault."""
    try:
        descriptor = os.open(path, _READ)
        try:
            return _checked(path, descriptor)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreachable(path, error, "read") from error


def _checked(path: str, descriptor: int) -> bytes:
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
        raise foreign(path, "this is no file of pins", f"move {quote(path)} away")
    _require_rights(path, found)
    with open(descriptor, "rb", closefd=False) as file:
        return file.read()


@contextmanager
def held(path: str) -> Iterator[None]:
    """Be the only one who writes the file; its folder is made if needed. Raises PinFault."""
    descriptor = None
    try:
        _make_private(os.path.dirname(path))
        descriptor = os.open(f"{path}.lock", whole_file.CREATE, 0o600)
        whole_file.lock(descriptor)
    except OSError as error:
        if descriptor is not None:
            os.close(descriptor)
        raise unreachable(path, error, "written") from error
    try:
        yield
    finally:
        os.close(descriptor)


def replace_own(path: str, data: bytes) -> None:
    """Put a text in place of what stands in a file (0600) that is held. Raises PinFault."""
    try:
        whole_file.replace(path, data)
    except OSError as error:
        raise unreachable(path, error, "written") from error


def remove_own(path: str) -> None:
    """Remove a file that is held, and is there no more when this returns. Raises PinFault."""
    try:
        with suppress(FileNotFoundError):
            os.unlink(path)
    except OSError as error:
        raise unreachable(path, error, "written") from error


def _make_private(folder: str) -> None:
    os.makedirs(os.path.dirname(folder), 0o700, exist_ok=True)
    with suppress(FileExistsError):
        os.mkdir(folder, 0o700)
    found = os.stat(folder)
    if not stat.S_ISDIR(found.st_mode):
        raise foreign(folder, "a folder is needed here", f"move {quote(folder)} away")
    _require_rights(folder, found)


def _require_rights(path: str, found: os.stat_result) -> None:
    # Windows says nothing about owners in a mode; there the home folder's rights are inherited.
    if sys.platform == "win32":
        return
    fault: PinFault | None = None
    if found.st_uid != os.geteuid():
        what = f"this belongs to another user (uid {found.st_uid})"
        fault = foreign(path, what, f"chown {os.geteuid()} {quote(path)}")
    elif found.st_mode & _OTHERS:
        what = "other users can write to this"
        fault = foreign(path, what, f"chmod go-w {quote(path)}")
    if fault is not None:
        raise fault
