"""Labels, moments and durations, as a person reads them. Knows nothing of what they belong to."""

from datetime import datetime
from typing import Final

from localguard.telling.counts import count

_LABEL: Final = 10


def moment(at: float, now: float) -> str:
    """A moment by the clock, with the day where it is another one than that of `now`."""
    try:
        then = datetime.fromtimestamp(at).astimezone()
        today = datetime.fromtimestamp(now).astimezone().date()
    except (ValueError, OverflowError, OSError):
        return "a time that is none"
    return f"{then:%H:%M}" if then.date() == today else f"{then:%Y-%m-%d %H:%M}"


def span(seconds: float) -> str:
    """How long, in the one or two units a person would use."""
    left = max(int(seconds), 0)
    if left < 60:
        return f"{left} s"
    if left < 3600:
        return f"{left // 60} min"
    if left < 48 * 3600:
        hours, rest = divmod(left // 60, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return count(left // 86400, "day")


def field(label: str, text: str) -> str:
    """A label of ours and what stands behind it."""
    return f"{label:<{_LABEL}} {text}".rstrip()
