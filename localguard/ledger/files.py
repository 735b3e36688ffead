"""Files and folders of the ledger: whose they are, who may write them, which one lies there.

Folders are 0700 and files 0600. What others could write is a fault. Knows no SQLite.
"""

import os
import stat
import sys
from contextlib import suppress

from localguard.ledger import faults


def put(made: str, path: str) -> None:
    """Give a new file its place, unless something is there by now. Raises OSError."""
    with suppress(FileExistsError):
        if sys.platform == "win32":
            os.rename(made, path)
        else:
            _link(made, path)


def _link(made: str, path: str) -> None:
    try:
        os.link(made, path)
    except FileExistsError:
        raise
    except OSError:
        # A volume without hard links.
        os.rename(made, path)


def identity(path: str) -> tuple[int, int] | None:
    """What tells a file from another in its place; None where there is none. Raises OSError."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def make_private(folder: str) -> None:
    """Make a folder that only its owner can enter. Raises OSError; LedgerFault for another's."""
    os.makedirs(os.path.dirname(folder), 0o700, exist_ok=True)
    with suppress(FileExistsError):
        os.mkdir(folder, 0o700)
    found = os.stat(folder)
    if not stat.S_ISDIR(found.st_mode):
        raise faults.foreign(folder, "a folder is needed here", "rm")
    _require_rights(folder, found)


def require_own(path: str) -> None:
    """Raise LedgerFault unless a file is a plain one that only its owner can write."""
    found = os.lstat(path)
    if not stat.S_ISREG(found.st_mode):
        raise faults.foreign(path, "a plain file is needed here", "rm")
    _require_rights(path, found)


def _require_rights(path: str, found: os.stat_result) -> None:
    # Windows says nothing about owners in a mode; there the home folder's rights are inherited.
    if sys.platform == "win32":
        return
    if found.st_uid != os.geteuid():
        what = f"this belongs to another user (uid {found.st_uid})"
        raise faults.foreign(path, what, f"chown {os.geteuid()}")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise faults.foreign(path, "other users can write to this", "chmod go-rwx")
