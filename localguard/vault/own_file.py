"""Files of the vault: 0600 in 0700, read with a look at whose they are, and one writer at a time.

Knows no key and nothing of what stands in a file. Raises VaultFault.
"""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from shlex import quote
from typing import Final

from localguard import whole_file
from localguard.errors import VaultFault

MOST_BYTES: Final = 1 << 20
_READ: Final = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)
_BUSY: Final = frozenset({errno.ETIMEDOUT, errno.EACCES, errno.EAGAIN, errno.EDEADLK})


def read_own(path: str) -> bytes | None:
    """What stands in a file, at most 1 MiB; None where there is none. Raises VaultFault."""
    try:
        descriptor = os.open(path, _READ)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unusable(path, error) from error
    try:
        _require_file(path, os.fstat(descriptor))
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(MOST_BYTES)
    except OSError as error:
        raise unusable(path, error) from error
    finally:
        os.close(descriptor)


def replace_own(path: str, data: bytes) -> None:
    """Put bytes in place of what stands in a file that is held. Raises VaultFault."""
    try:
        whole_file.replace(path, data)
    except OSError as error:
        raise unusable(path, error) from error


def remove_own(path: str) -> bool:
    """Remove a file; whether there was one. Raises VaultFault."""
    try:
        os.unlink(path)
        whole_file.sync_folder(os.path.dirname(path))
    except FileNotFoundError:
        return False
    except OSError as error:
        raise unusable(path, error) from error
    return True


def take(path: str, seconds: float = whole_file.PATIENCE) -> int:
    """The locked descriptor of a lock file, which is held until that closes. Raises VaultFault."""
    make_private(os.path.dirname(path))
    descriptor = None
    try:
        descriptor = os.open(path, whole_file.CREATE, 0o600)
        whole_file.lock(descriptor, seconds)
    except OSError as error:
        if descriptor is not None:
            os.close(descriptor)
        if descriptor is not None and error.errno in _BUSY:
            raise _busy(path, seconds) from error
        raise unusable(path, error) from error
    return descriptor


@contextmanager
def held(path: str, seconds: float = whole_file.PATIENCE) -> Iterator[None]:
    """Be the only one, of all processes and threads, who holds a lock file. Raises VaultFault."""
    descriptor = take(path, seconds)
    try:
        yield
    finally:
        os.close(descriptor)


def make_private(folder: str) -> None:
    """Make a folder that only its owner can enter, with what is missing above. Raises VaultFault.

    A folder that is there has to be the person's, and nobody else may write to it.
    """
    try:
        os.makedirs(os.path.dirname(folder), 0o700, exist_ok=True)
        with suppress(FileExistsError):
            os.mkdir(folder, 0o700)
        found = os.stat(folder)
    except OSError as error:
        raise unusable(folder, error) from error
    if not stat.S_ISDIR(found.st_mode):
        raise VaultFault(
            "a folder is needed here", where=folder, fix=f"move away what is there: {quote(folder)}"
        )
    _require_rights(folder, found, stat.S_IWGRP | stat.S_IWOTH, "write to")


def unusable(path: str, error: OSError) -> VaultFault:
    """The fault for what the operating system said against a file of the vault."""
    place = str(error.filename or path)
    full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
    fix = "free disk space" if full else f"look at its rights with ls -ld {quote(place)}"
    words = error.strerror or str(error)
    return VaultFault(f"the vault cannot be used: {words}", where=place, fix=fix)


def _busy(path: str, seconds: float) -> VaultFault:
    what = f"another process of localguard's has held this for over {seconds:g} s"
    fix = "answer the sign-in or the keyring that it waits for, or end it; then repeat"
    return VaultFault(what, where=path, fix=fix)


def _require_file(path: str, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
        fix = f"move away what is there: {quote(path)}"
        raise VaultFault("this is no file of the vault", where=path, fix=fix)
    _require_rights(path, found, stat.S_IRWXG | stat.S_IRWXO, "read")


def _require_rights(path: str, found: os.stat_result, others: int, verb: str) -> None:
    # Windows says nothing about owners in a mode; there the home folder's rights are inherited.
    if sys.platform != "win32":
        if found.st_uid != os.geteuid():
            what = f"this belongs to another user (uid {found.st_uid})"
            raise VaultFault(what, where=path, fix=f"chown {os.geteuid()} {quote(path)}")
        if found.st_mode & others:
            fix = f"chmod go-rwx {quote(path)}"
            raise VaultFault(f"other users can {verb} this", where=path, fix=fix)
