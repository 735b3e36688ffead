"""The folder in which leaves lie, one small file each, shared by all guards of a person.

Files are 0600 in a folder that is 0700, made when the first one is written. Knows no seals and not
what stands in a file. Raises LeafFault, with what to do about it.
"""

import os
import stat
import sys
from contextlib import suppress
from itertools import islice
from shlex import quote
from typing import Final

from localguard import whole_file
from localguard.errors import LocalguardError

MOST: Final = 4096
"""Files; a folder with more of them is not localguard's doing."""
LARGEST: Final = 65_536
"""Bytes of one file."""
_READ: Final = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)

# Windows says nothing about owners (its uid is 0): there the home folder's rights are inherited.
_OTHERS: Final = 0 if sys.platform == "win32" else stat.S_IWGRP | stat.S_IWOTH


class LeafFault(LocalguardError):
    """Raised when what a person has given leave for cannot be kept or read."""


class LeafFolder:
    """One folder, by its absolute path."""

    def __init__(self, path: str) -> None:
        self.path = path

    def names(self) -> list[str]:
        """All names in the folder, sorted; none where there is no folder yet."""
        try:
            self._require_own()
            with os.scandir(self.path) as entries:
                found = [entry.name for entry in islice(entries, MOST + 1)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unreachable(self.path, error) from error
        if len(found) > MOST:
            raise _too_many(self.path)
        return sorted(found)

    def read(self, name: str) -> str | None:
        """What stands in a file; None where it is gone. Raises ValueError for what is no leaf."""
        try:
            descriptor = os.open(os.path.join(self.path, name), _READ)
            try:
                plain = stat.S_ISREG(os.fstat(descriptor).st_mode)
                data = os.read(descriptor, LARGEST + 1) if plain else b""
            finally:
                os.close(descriptor)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ValueError(f"it cannot be read: {error.strerror}") from error
        if len(data) > LARGEST:
            raise ValueError("it is too large")
        return data.decode("ascii")

    def write(self, name: str, text: str) -> None:
        """Put a file there, whole, on disk when this returns."""
        data = text.encode("ascii")
        if len(data) > LARGEST:
            raise _too_large(self.path)
        try:
            os.makedirs(os.path.dirname(self.path), 0o700, exist_ok=True)
            with suppress(FileExistsError):
                os.mkdir(self.path, 0o700)
            self._require_own()
            whole_file.replace(os.path.join(self.path, name), data)
        except OSError as error:
            raise _unreachable(self.path, error) from error

    def first(self, name: str) -> bool:
        """Put an empty file there; False if somebody did before. Of many at once one is first."""
        flags = whole_file.CREATE | os.O_EXCL
        try:
            os.close(os.open(os.path.join(self.path, name), flags, 0o600))
            whole_file.sync_folder(self.path)
        except FileExistsError:
            return False
        except OSError as error:
            raise _unreachable(self.path, error) from error
        return True

    def remove(self, name: str) -> None:
        """Remove a file; one that cannot be removed stays, and its reader has to bear with it."""
        with suppress(OSError):
            os.unlink(os.path.join(self.path, name))

    def move(self, name: str, to: str) -> None:
        """Give a file another name in the folder, if that is possible."""
        with suppress(OSError):
            os.replace(os.path.join(self.path, name), os.path.join(self.path, to))

    def written(self, name: str) -> float | None:
        """When a file was last written, in seconds since the epoch; None where it is gone."""
        try:
            return os.lstat(os.path.join(self.path, name)).st_mtime
        except OSError:
            return None

    def _require_own(self) -> None:
        found = os.lstat(self.path)
        if not stat.S_ISDIR(found.st_mode):
            what, fix = "a folder is needed here", f"rm {quote(self.path)}"
            raise LeafFault(what, where=self.path, fix=fix)
        if found.st_uid != (me := _me()):
            what = f"the folder belongs to another user (uid {found.st_uid})"
            raise LeafFault(what, where=self.path, fix=f"chown {me} {quote(self.path)}")
        if found.st_mode & _OTHERS:
            what, fix = "other users can write to the folder", f"chmod 700 {quote(self.path)}"
            raise LeafFault(what, where=self.path, fix=fix)


def _me() -> int:
    known: int = getattr(os, "geteuid", lambda: 0)()
    return known


def _unreachable(path: str, error: OSError) -> LeafFault:
    words = error.strerror or str(error)
    what = f"what you have given leave for cannot be kept or read: {words}"
    return LeafFault(what, where=path, fix=f"check the rights: ls -ld {quote(path)}")


def _too_many(path: str) -> LeafFault:
    what = f"there are more than {MOST} files, so nothing here is read"
    return LeafFault(what, where=path, fix="remove the folder: you are asked again")


def _too_large(path: str) -> LeafFault:
    what = f"the pattern of arguments is larger than {LARGEST} bytes"
    return LeafFault(what, where=path, fix="answer with once")
