"""Why a guard and a console could not talk, each with what to do next.

A guard goes on without consoles and a console without that guard; nobody ends because of these.
"""

from localguard.errors import LocalguardError
from localguard.text import safe

_LIMIT = 400


class ControlFault(LocalguardError):
    """Raised when no console can be served, or a guard cannot be talked to."""

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(safe(what, _LIMIT), where=safe(where, _LIMIT), fix=safe(fix, _LIMIT))


class Unreachable(ControlFault):
    """Raised when nobody answers where a guard should listen, or the connection broke off."""


class VersionsDiffer(ControlFault):
    """Raised when the other side speaks another version of the control protocol."""


class NotAdmitted(ControlFault):
    """Raised when one side did not prove itself, or the guard has no room."""
