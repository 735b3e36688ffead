"""Keys that localguard makes for itself: 32 random bytes by name, made when they are first needed.

Each lies in a file of its own, 0600 in a folder of 0700, in 64 hexadecimal digits, so that a file
that was cut off or holds something else is told from a key. It is not encrypted: `protection` says
so wherever a key is relied on. Knows no use of any key.
"""

import errno
import os
import re
import secrets
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from shlex import quote
from typing import Final, Literal

from localguard.errors import ProfileFault
from localguard.whole_file import sync_folder

Protection = Literal["unprotected"]

SIZE: Final = 32

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
_TEXT: Final = re.compile(rb"([0-9a-f]{%d})\n" % (2 * SIZE))
_SUFFIX: Final = ".key"
_EVERY: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_READ: Final = os.O_RDONLY | _EVERY | getattr(os, "O_NONBLOCK", 0)
_MAKE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _EVERY


@dataclass(frozen=True, slots=True)
class Key:
    """A key by its name. `protection` says how it is kept from programs of the same user."""

    name: str
    secret: bytes = field(repr=False)
    protection: Protection


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys in a folder, which is made with the first of them."""

    folder: str

    def key(self, name: str) -> Key:
        """Return the key, which is made if there is none; however many ask first, all get one.

        `name` is lower-case letters, digits and "-". Raises ProfileFault when the file is not the
        key that was put there or others may read it, ValueError for a name that is none.
        """
        path = self._path(name)
        try:
            return Key(name, _read(path) or _made(path), "unprotected")
        except OSError as error:
            raise _unusable(path, error) from error

    def find(self, name: str) -> Key | None:
        """Return the key if there is one, and make none. Raises as `key` does."""
        path = self._path(name)
        try:
            secret = _read(path)
        except OSError as error:
            raise _unusable(path, error) from error
        return None if secret is None else Key(name, secret, "unprotected")

    def _path(self, name: str) -> str:
        if _NAME.fullmatch(name) is None:
            raise ValueError(f"not the name of a key: {name!r}")
        return os.path.join(self.folder, name + _SUFFIX)


def _read(path: str) -> bytes | None:
    """The key in a file; None when there is no file. Raises OSError and ProfileFault."""
    try:
        _require_folder(os.path.dirname(path))
        fd = os.open(path, _READ)
    except FileNotFoundError:
        return None
    try:
        _require_file(os.fstat(fd), path)
        text = os.read(fd, 2 * SIZE + 2)
    finally:
        os.close(fd)
    found = _TEXT.fullmatch(text)
    if found is None:
        what = "this is not a whole key, and a new one could not prove what the old one signed"
        fix = f"put it back from a backup, or give the old key up: rm {quote(path)}"
        raise ProfileFault(what, where=path, fix=fix)
    return bytes.fromhex(found[1].decode("ascii"))


def _made(path: str) -> bytes:
    """Make a key that is whole from the moment it is there; the key that is there after that."""
    folder = os.path.dirname(path)
    os.makedirs(os.path.dirname(folder), 0o700, exist_ok=True)
    with suppress(FileExistsError):
        os.mkdir(folder, 0o700)
    fresh = os.path.join(folder, f".{secrets.token_hex(8)}")
    try:
        _write(fresh, f"{secrets.token_hex(SIZE)}\n".encode("ascii"))
        with suppress(FileExistsError):
            _publish(fresh, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(fresh)
    found = _read(path)
    if found is None:
        raise FileNotFoundError(errno.ENOENT, "the key vanished while it was made")
    return found


def _write(path: str, text: bytes) -> None:
    fd = os.open(path, _MAKE, 0o600)
    try:
        if os.write(fd, text) != len(text):
            raise OSError(errno.ENOSPC, "only a part of the key was written")
        os.fsync(fd)
    finally:
        os.close(fd)


def _publish(fresh: str, path: str) -> None:
    """Give a whole file its name and have that on disk; FileExistsError if the name is taken."""
    if sys.platform == "win32":
        os.rename(fresh, path)
    else:
        os.link(fresh, path)
        sync_folder(os.path.dirname(path))


def _require_folder(path: str) -> None:
    found = os.stat(path)
    if sys.platform != "win32" and stat.S_ISDIR(found.st_mode):
        _require_own(found, path)
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            what = "other users can write to the folder of the keys"
            raise ProfileFault(what, where=path, fix=f"chmod 700 {quote(path)}")


def _require_file(found: os.stat_result, path: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        what = "a file with a key is needed here"
        raise ProfileFault(what, where=path, fix=f"move away what is there: {quote(path)}")
    if sys.platform != "win32":
        _require_own(found, path)
        if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            what = "other users can read this key"
            fix = f"chmod 600 {quote(path)}, and rm it if someone may have read it"
            raise ProfileFault(what, where=path, fix=fix)


def _require_own(found: os.stat_result, path: str) -> None:
    if sys.platform != "win32" and found.st_uid != os.geteuid():
        what = f"this belongs to another user (uid {found.st_uid})"
        raise ProfileFault(what, where=path, fix=f"chown {os.geteuid()} {quote(path)}")


def _unusable(path: str, error: OSError) -> ProfileFault:
    words = os.strerror(error.errno) if error.errno else str(error)
    place = str(error.filename or path)
    full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
    fix = "free disk space" if full else f"look at its rights with ls -ld {quote(place)}"
    what = f"the key cannot be used: {words}"
    fix = f"{fix}; calls go on by themselves once that is done"
    return ProfileFault(what, where=place, fix=fix)
