"""`localguard logs`: what happened, one line per record, as it was or as it happens.

Standard output is data: an empty log prints nothing there and says so on standard error.
"""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final, TextIO

from localguard.audit import reader
from localguard.audit.calls import Calls
from localguard.audit.filters import Filter, parse
from localguard.audit.moments import as_recorded, moment
from localguard.audit.reader import Entry
from localguard.audit.terms import quoted
from localguard.telling import entries

_EVERYTHING: Final = Filter()


def pause(seconds: float) -> bool:
    """Let time pass; there is always more to wait for."""
    time.sleep(seconds)
    return True


def wanted(text: str, since: str | None, now: datetime, user: str | None = None) -> Filter:
    """Return the filter that `--filter`, `--user` and `--since` make. Raises UsageFault."""
    found = parse(text if user is None else f"{text} user:{quoted(user)}", now)
    if since is None:
        return found
    return replace(found, since=max(found.since, as_recorded(moment(since, now, "--since"))))


def logs(
    folder: str,
    *,
    follow: bool,
    as_json: bool,
    limit: int | None,
    out: TextIO,
    color: bool,
    only: Filter = _EVERYTHING,
    err: TextIO | None = None,
    wait: Callable[[float], bool] = pause,
) -> int:
    """Print the last `limit` records that match (all: None), then new ones if asked.

    Returns the exit code. Ends following when `wait(seconds)` returns False or the person
    interrupts. Raises AuditFault.
    """
    # A segment is of one day, so that older ones need not be read.
    tail, calls = reader.Tail(folder, only.since[:10]), Calls()

    def shown(found: Iterable[Entry]) -> Iterator[str]:
        for entry in calls.join(found):
            if only.matches(entry):
                yield entries.as_json(entry) if as_json else entries.as_line(entry, color=color)

    past: Iterable[str] = shown(tail.poll(torn=not follow))
    count = _print(past if limit is None else deque(past, maxlen=limit), out)
    if count == 0 and limit != 0 and not follow:
        print(_nothing(folder, only), file=err or sys.stderr)
    if follow:
        out.flush()
        _follow(shown(reader.follow(tail, wait)), out)
    return 0


def _nothing(folder: str, only: Filter) -> str:
    if only == _EVERYTHING:
        return f"the audit log is empty: {folder}"
    return f"no record matches, of those in {folder}"


def _follow(lines: Iterable[str], out: TextIO) -> None:
    try:
        for line in lines:
            print(line, file=out, flush=True)
    except KeyboardInterrupt:
        return


def _print(lines: Iterable[str], out: TextIO) -> int:
    count = 0
    for line in lines:
        print(line, file=out)
        count += 1
    return count
