"""The run folder and the small files in it: private, replaced whole, cleared away.

Nothing here survives a restart of the machine, so nothing is brought to disk. Windows says nothing
of owners in a mode; there the home folder's rights are inherited.
"""

import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from localguard.control.faults import ControlFault

LARGEST: Final = 64 * 1024
"""Bytes of an endpoint file."""
_NAME: Final = re.compile(r"g-([0-9a-z][0-9a-z-]{0,31})\.(json|lock|sock)")
_FLAGS: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_CLOEXEC: Final = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def make_private(folder: str) -> None:
    """Make a folder that only its owner can enter (0700). Raises ControlFault."""
    try:
        os.makedirs(os.path.dirname(folder), 0o700, exist_ok=True)
        with suppress(FileExistsError):
            os.mkdir(folder, 0o700)
    except OSError as error:
        what = f"the folder cannot be made ({error.strerror})"
        fix = f"make {os.path.dirname(folder)} a folder that you can write to"
        raise ControlFault(what, where=folder, fix=fix) from error
    require_private(folder)


def require_private(folder: str) -> None:
    """Raise ControlFault unless a folder is the person's own and nobody else can enter it."""
    try:
        found = os.stat(folder)
    except OSError as error:
        what = f"the folder cannot be reached ({error.strerror})"
        raise ControlFault(what, where=folder, fix="make it a folder of your own") from error
    if not stat.S_ISDIR(found.st_mode):
        raise ControlFault("a folder is needed here", where=folder, fix=f'rm "{folder}"')
    if sys.platform == "win32":
        return
    if found.st_uid != os.geteuid():
        what = f"the folder belongs to another user (uid {found.st_uid})"
        raise ControlFault(what, where=folder, fix=f'chown {os.geteuid()} "{folder}"')
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        what = f"other users can look into the folder (mode {stat.S_IMODE(found.st_mode):04o})"
        raise ControlFault(what, where=folder, fix=f'chmod 700 "{folder}"')


def put(path: str, data: bytes) -> None:
    """Replace a file (0600) whole. Raises OSError."""
    fresh = f"{path}.new"
    with suppress(FileNotFoundError):
        os.unlink(fresh)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS | _CLOEXEC
    with open(os.open(fresh, flags, 0o600), "wb") as file:
        file.write(data)
    os.replace(fresh, path)


def get(path: str) -> bytes:
    """What stands in a file that only the person can have written.

    Raises OSError, and ControlFault where somebody else could read or write it.
    """
    with open(os.open(path, os.O_RDONLY | _FLAGS | _CLOEXEC), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
            raise ControlFault("this is no endpoint file", where=path, fix=f'rm "{path}"')
        if sys.platform != "win32" and (found.st_uid != os.geteuid() or found.st_mode & 0o077):
            what = "others can read or write this endpoint file, so its key is none"
            raise ControlFault(what, where=path, fix="end its guard: close the client's server")
        return file.read(LARGEST)


def remove(path: str) -> None:
    """Remove a file if it is there and can be removed."""
    with suppress(OSError):
        os.unlink(path)


def ids(folder: str) -> Iterator[str]:
    """The ids of guards that left a file in a folder, some more than once. Raises OSError."""
    with os.scandir(folder) as entries:
        for entry in entries:
            named = _NAME.fullmatch(entry.name)
            if named is not None:
                yield named[1]


def is_id(text: str) -> bool:
    """Whether a text can be the id of a guard."""
    return _NAME.fullmatch(f"g-{text}.json") is not None
