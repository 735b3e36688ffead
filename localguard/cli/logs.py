"""`localguard logs`: what happened, one line per record, as it was or as it happens.

Standard output is data: an empty log prints nothing there and says so on standard error.
"""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import TextIO

from localguard.audit import reader
from localguard.audit.reader import Entry
from localguard.cli import entries


def pause(seconds: float) -> bool:
    """Let time pass; there is always more to wait for."""
    time.sleep(seconds)
    return True


def logs(
    folder: str,
    *,
    follow: bool,
    as_json: bool,
    limit: int | None,
    out: TextIO,
    color: bool,
    err: TextIO | None = None,
    wait: Callable[[float], bool] = pause,
) -> int:
    """Print the last `limit` records (all: None), then new ones if asked; return the exit code.

    Ends following when `wait(seconds)` returns False or the person interrupts. Raises AuditFault.
    """
    render = entries.as_json if as_json else entries.Lines(color=color).line
    tail = reader.Tail(folder)
    past: Iterable[Entry] = tail.poll(torn=not follow)
    count = _print(past if limit is None else deque(past, maxlen=limit), render, out, flush=False)
    if count == 0 and limit != 0 and not follow:
        print(f"the audit log is empty: {folder}", file=err or sys.stderr)
    if follow:
        out.flush()
        _follow(tail, wait, render, out)
    return 0


def _follow(
    tail: reader.Tail,
    wait: Callable[[float], bool],
    render: Callable[[Entry], str],
    out: TextIO,
) -> None:
    try:
        _print(reader.follow(tail, wait), render, out, flush=True)
    except KeyboardInterrupt:
        return


def _print(
    found: Iterable[Entry], render: Callable[[Entry], str], out: TextIO, *, flush: bool
) -> int:
    count = 0
    for entry in found:
        print(render(entry), file=out, flush=flush)
        count += 1
    return count
