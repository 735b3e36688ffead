"""What is wrong with a file of pins, with its remedy."""

import os
from shlex import quote

from localguard.errors import LocalguardError


class PinFault(LocalguardError):
    """Raised when pins cannot be read or written."""


def broken(path: str, why: str) -> PinFault:
    """The fault for a file that is not what localguard has written."""
    what = f"the pins are broken ({why}), so everything of this server counts as new"
    fix = f"restore the file, or remove it to have all definitions pinned anew: rm {quote(path)}"
    return PinFault(what, where=path, fix=fix)


def foreign(path: str, what: str, remedy: str) -> PinFault:
    """The fault for a file or folder that others could change."""
    return PinFault(f"{what}, so everything of this server counts as new", where=path, fix=remedy)


def unreachable(path: str, error: OSError, doing: str) -> PinFault:
    """The fault for an error of the system's. `doing` is `read` or `written`."""
    words = os.strerror(error.errno) if error.errno else str(error)
    what = f"the pins cannot be {doing} ({words}), so everything of this server counts as new"
    return PinFault(what, where=path, fix=f"check the rights and the disk: ls -l {quote(path)}")


def overtaken(path: str) -> PinFault:
    """The fault for pins that somebody else has changed while a person reviewed them."""
    what = "the pins were changed while they were reviewed, so nothing was confirmed"
    return PinFault(what, where=path, fix="review the server again")
