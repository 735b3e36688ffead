"""What SQLite and the system refused, as a fault with its remedy.

Knows error codes and nothing of limits.
"""

import os
from collections.abc import Mapping
from shlex import quote
from typing import Final

from localguard.errors import LocalguardError

_AFTERWARDS: Final = "calls go on by themselves once that is done"

# Primary result codes (sqlite.org/rescode.html).
_BUSY: Final = frozenset({5, 6})
_BROKEN: Final = frozenset({1, 11, 26})
"""A statement that fails for its text is a file whose tables are not ours."""
_FIXES: Final[Mapping[int, str]] = {
    3: "give yourself the right to write there",
    8: "make the file and its folder writable",
    10: "check the disk",
    13: "free disk space",
    14: "make the folder one that you can write to",
}


class LedgerFault(LocalguardError):
    """Raised when what was done before cannot be read or written."""


def is_busy(code: int) -> bool:
    """Whether somebody else holds the file."""
    return code & 0xFF in _BUSY


def is_broken(code: int) -> bool:
    """Whether the file is not what localguard has written."""
    return code & 0xFF in _BROKEN


def refused(path: str, code: int, words: str) -> LedgerFault:
    """The fault for an error of SQLite's."""
    if is_busy(code):
        fix = "if it lasts, look for a stopped localguard process (ps aux) and end it"
        return LedgerFault("another localguard process holds the counts", where=path, fix=fix)
    what = f"the counts of limits cannot be read or written: {words}"
    fix = _FIXES.get(code & 0xFF, "check the disk and the rights on this path")
    return LedgerFault(what, where=path, fix=f"{fix}; {_AFTERWARDS}")


def unreachable(path: str, error: OSError) -> LedgerFault:
    """The fault for an error of the system's while the file is made, opened or looked at."""
    words = os.strerror(error.errno) if error.errno else str(error)
    what = f"the counts of limits cannot be reached: {words}"
    fix = f"check the rights: ls -ld {quote(path)}"
    return LedgerFault(what, where=path, fix=f"{fix}; {_AFTERWARDS}")


def foreign(path: str, what: str, fix: str) -> LedgerFault:
    """The fault for a file or folder that others could change."""
    return LedgerFault(what, where=path, fix=f"{fix} {quote(path)}")


def broken(path: str) -> LedgerFault:
    """The fault for a file that is not what localguard has written, and was moved aside."""
    return LedgerFault("the counts of limits were broken and are begun anew", where=path)


def immovable(path: str) -> LedgerFault:
    """The fault for a broken file that cannot be moved aside."""
    what = "the counts of limits are broken, and the file cannot be moved aside"
    fix = f"close the clients and remove {quote(path)}; {_AFTERWARDS}"
    return LedgerFault(what, where=path, fix=fix)


def lost(aside: str) -> str:
    """What a person is told while the counts from before a breakage are missing."""
    what = "the counts of limits were broken, so limits count as reached until they would be free"
    return LedgerFault(what, where=aside, fix=f"or remove {quote(aside)}").explain()
