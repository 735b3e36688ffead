"""The members of a token answer (RFC 6749 section 5.1), each of which may be anything."""

import math
import re
from typing import Final

from localguard.policy.calls import Json

# It goes into a header as it is (RFC 6750 section 2.1), so no space and no end of a line.
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,65536}", re.ASCII)
_LONGEST: Final = 10 * 365 * 86_400.0


def token_of(value: Json) -> str | None:
    """The token, None where there is none. Raises ValueError for what is not of the form."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise ValueError("not of the form of a token")
    return value


def expiry(lasts: Json, asked_at: float) -> float | None:
    """When a token ends, by our clock from before it was asked for; some say it as a string."""
    try:
        seconds = float(lasts) if isinstance(lasts, (int, float, str)) else math.nan
    except (ValueError, OverflowError):
        return None
    return asked_at + min(max(seconds, 0.0), _LONGEST) if math.isfinite(seconds) else None
