"""Texts that have a form of their own: hours, durations, limits, dates, hosts, folders.

Each reader takes one text and returns what it means, or raises `Unfit` with how to write it.
"""

import os
import re
from datetime import date, datetime, time, timedelta
from typing import Final

from localguard.config.tables import Unfit
from localguard.policy.conditions import Hours
from localguard.policy.duties import Limit
from localguard.policy.hosts import normal_host

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS_FIX: Final = 'write for example "mon-fri 08:00-19:00"'
_SPAN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24):([0-5]\d)", re.ASCII)
_DURATION: Final = re.compile(r"([1-9]\d{0,6})([smhd])", re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LIMIT: Final = re.compile(
    r"([1-9]\d{0,14})/(second|minute|hour|day)(?: of ([A-Za-z_][\w-]*(?:\.[\w-]+)*))?", re.ASCII
)
_UNITS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_ROOT: Final = re.compile(r"/|~(?:[/\\]|$)|[A-Za-z]:[\\/]|\\\\")
_HOST_GLOB: Final = re.compile(r"[a-z0-9_.*?-]+")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def read_hours(text: str) -> Hours:
    """`mon-fri 08:00-19:00`, or one of its halves; a span may go past midnight."""
    days_text, _, span_text = text.strip().rpartition(" ")
    if span_text and not days_text and ":" not in span_text:
        days_text, span_text = span_text, "00:00-24:00"
    span = _SPAN.fullmatch(span_text)
    if span is None:
        raise Unfit(f'hours cannot be "{text}"', _HOURS_FIX)
    start, end = int(span[1]) * 60 + int(span[2]), int(span[3]) * 60 + int(span[4])
    if start == end or end > 24 * 60:
        raise Unfit(f'hours "{text}" hold no time', _HOURS_FIX)
    days = frozenset(range(7)) if not days_text else _days(text, days_text.strip().lower())
    return Hours(days, start, end)


def _days(text: str, days_text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in days_text.split(","):
        first, _, last = part.strip().partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise Unfit(f'hours cannot be "{text}"', f"{_HOURS_FIX}; days are {', '.join(DAYS)}")
        start = DAYS.index(first)
        length = (DAYS.index(last or first) - start) % 7
        found.update((start + step) % 7 for step in range(length + 1))
    return frozenset(found)


def read_duration(text: str) -> int:
    """`90s`, `15m`, `8h` or `1d`, in seconds."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise Unfit(f'"{text}" is not a duration', 'write for example "90s", "15m", "8h" or "1d"')
    return int(found[1]) * _SECONDS[found[2]]


def read_remember(text: str) -> str:
    """`never`, `session` or a duration, as it is written."""
    if text not in {"never", "session"} and _DURATION.fullmatch(text) is None:
        raise Unfit(f'remember cannot be "{text}"', 'write "never", "session", or such as "15m"')
    return text


def read_limit(text: str) -> Limit:
    """`10/minute` or `1000/day of amount`."""
    found = _LIMIT.fullmatch(text)
    if found is None:
        raise Unfit(f'limit cannot be "{text}"', 'write for example "10/minute" or "500/day"')
    of = tuple(found[3].split(".")) if found[3] else ()
    return Limit(int(found[1]), _UNITS[found[2]], of)


def read_id(text: str) -> str:
    """The name of a rule."""
    if _ID.fullmatch(text) is None:
        raise Unfit(f'id cannot be "{text}"', 'use letters, digits, "-", "_" and ".", at most 64')
    return text


def read_moment(value: object) -> datetime | None:
    """A date with a time, local where no zone is given; None for all else."""
    if not isinstance(value, datetime):
        return None
    try:
        return value.astimezone() if value.tzinfo is None else value
    except (OverflowError, ValueError, OSError):
        # The clock of this machine does not reach so far.
        return None


def read_until(value: object) -> datetime | None:
    """The moment itself, or the first one after a whole day; None for all else."""
    if isinstance(value, datetime) or not isinstance(value, date):
        return read_moment(value)
    try:
        return read_moment(datetime.combine(value + timedelta(days=1), time()))
    except OverflowError:
        return None


def read_root(text: str) -> str:
    """A folder for `under`, as it is written."""
    if _ROOT.match(text) is None:
        raise Unfit(
            f'under takes a folder, and "{text}" does not say where it is',
            'begin with "/" or "~/"',
        )
    if "*" in text or "?" in text:
        raise Unfit(f'under takes a folder, and "{text}" is a pattern', "name the folder itself")
    return text


def read_host(text: str) -> str:
    """A host name, or a pattern for one, as calls are compared with it."""
    wild = "*" in text or "?" in text
    folded = text.casefold().removesuffix(".")
    host = (folded if _HOST_GLOB.fullmatch(folded) else None) if wild else normal_host(text)
    if host is None:
        fix = 'write a name such as "example.com" or "*.example.com", not a URL'
        raise Unfit(f'host cannot be "{text}"', fix)
    return host


def read_domain(text: str) -> str:
    """A domain; names below it are meant too."""
    domain = normal_host(text)
    if domain is None:
        fix = 'write a name such as "example.com"; names below it are meant too'
        raise Unfit(f'domain cannot be "{text}"', fix)
    return domain


def read_folder(text: str) -> str:
    """A folder for `cwd`, as it is written."""
    if not (os.path.isabs(text) or text == "~" or text.startswith(("~/", "~\\"))):
        raise Unfit(f'cwd "{text}" does not say where it is', 'begin with "/" or "~/"')
    return text
