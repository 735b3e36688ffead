"""Moments as a person writes them: so long ago, or a time. Pure."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from localguard.errors import UsageFault

_AGO: Final = re.compile(r"(\d{1,6})([smhdw])", re.ASCII)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_FIX: Final = "write how long ago, as in 10m, 2h or 3d, or a time, as in 2026-11-24T21:20"


def moment(text: str, now: datetime, where: str) -> datetime:
    """Return the moment; a time without a zone is one in the zone of `now`.

    Raises UsageFault at `where` when it is neither.
    """
    ago = _AGO.fullmatch(text)
    try:
        if ago is not None:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=now.tzinfo)
    except (ValueError, OverflowError) as error:
        raise UsageFault(f'"{text}" is not a moment', where=where, fix=_FIX) from error


def as_recorded(found: datetime) -> str:
    """Return the moment as records have it, so that texts compare as moments do."""
    try:
        return found.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
    except OverflowError:
        return ""
