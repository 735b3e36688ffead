"""What the operating system refused, as a fault with its remedy.

Knows error numbers and nothing of records.
"""

import errno
import os
from collections.abc import Mapping
from shlex import quote
from typing import Final

from localguard.errors import AuditFault

_AFTERWARDS: Final = "calls go on by themselves once that is done"
_FIXES: Final[Mapping[int, str]] = {
    errno.ENOSPC: "free disk space",
    errno.EDQUOT: "free disk space or raise the quota",
    errno.EFBIG: "raise the limit on file sizes (ulimit -f)",
    errno.EROFS: "make the file system writable",
    errno.EACCES: "give yourself the right to write there: chmod u+rwx",
    errno.EPERM: "give yourself the right to write there",
    errno.ELOOP: "remove the symbolic link",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.ENFILE: "close programs that hold many files",
}


def unwritable(path: str, error: OSError) -> AuditFault:
    """Return the fault for an error while making or writing a segment."""
    fix = _FIXES.get(error.errno or 0, "check the disk and the rights on this path")
    what = f"the audit log cannot be written: {_words(error)}"
    return AuditFault(what, where=path, fix=f"{fix}; {_AFTERWARDS}")


def written_in_part(path: str, written: int, size: int) -> AuditFault:
    """Return the fault for a write that ended early, for which the system gives no reason."""
    what = f"only {written} of {size} bytes of an audit record could be written"
    fix = "free disk space, or raise the limit on file sizes (ulimit -f)"
    return AuditFault(what, where=path, fix=f"{fix}; {_AFTERWARDS}")


def unsynced(path: str, error: OSError) -> AuditFault:
    """Return the fault for a disk that does not take what was written."""
    fix = _FIXES.get(error.errno or 0, "check the disk: dmesg, smartctl")
    what = f"the audit log does not get onto the disk: {_words(error)}"
    return AuditFault(what, where=path, fix=f"{fix}; {_AFTERWARDS}")


def unreadable(path: str, error: OSError) -> AuditFault:
    """Return the fault for an error while reading segments."""
    what = f"the audit log cannot be read: {_words(error)}"
    return AuditFault(what, where=path, fix=f"check the rights: ls -ld {quote(path)}")


def _words(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)
