"""Who may answer for the person: a process of a terminal of theirs, no program of the model's.

A model with a shell must not review what a server says to it. So whoever answers has a terminal,
and descends from no guard, no client of one and no server. What that cannot stop (another program
of the same user that types into a terminal) is beyond it.
"""

import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

from localguard.audit.faults import unreadable
from localguard.audit.folders import segments
from localguard.audit.sealing import Sealed, unseal
from localguard.errors import AuditFault
from localguard.processes.table import Process, look

_OUTSIDE: Final = (
    "open a terminal of your own, outside the client and its integrated terminal, and run the "
    "command there"
)
_TREE: Final = "LOCALGUARD_TREE"
"""The variable that a wrapped server and all that it starts carry."""
_MOST: Final = 100
"""Ancestors that are looked at."""
_SLACK: Final = 2.0
"""Seconds by which two clocks may differ."""

Look = Callable[[int], Process | None]
Named = Mapping[int, list[tuple[float, str]]]
"""By pid, when it was named in the log (seconds since the epoch), and as what."""


def may_answer(
    audit: str,
    *,
    terminal: bool,
    environ: Mapping[str, str] = os.environ,
    look: Look = look,
    me: int | None = None,
) -> str | None:
    """Why this process may not answer for the person, with the way out; None where it may.

    `terminal` says that both its input and its output are one; `audit` is the folder of the log,
    which names the guards and their clients.
    """
    if not terminal:
        return f"an answer is taken from a terminal only; {_OUTSIDE}"
    if _TREE in environ:
        return f"this process was started by a server that localguard guards; {_OUTSIDE}"
    try:
        named = _named(audit)
    except AuditFault as fault:
        return f"who asks cannot be told, since the audit log cannot be read: {fault.explain()}"
    line = list(_line(os.getpid() if me is None else me, look))
    if not line:
        return f"who has started this process cannot be seen; {_OUTSIDE}"
    for process in line:
        if (what := _role(process, named)) is not None:
            return f"this process was started by a {what} (pid {process.pid}); {_OUTSIDE}"
    return None


def on_terminal() -> bool:
    """Whether this process reads from a terminal and writes to one."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _named(audit: str) -> Named:
    """The guards and their clients, as far as the log goes back. Raises AuditFault."""
    named: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for path in segments(audit):
        for record in _beginning(path):
            when = _seconds(record.get("t"))
            for key, what in (("client_pid", "client of localguard"), ("pid", "guard")):
                pid = record.get(key)
                if record.get("kind") == "start" and isinstance(pid, int) and pid > 1:
                    named[pid].append((when, what))
    return named


def _beginning(path: str) -> Iterator[Mapping[str, object]]:
    """The first record of a segment, which is the start of its guard."""
    try:
        with open(path, "rb") as file:
            found = unseal(file.readline())
    except FileNotFoundError:
        # It was pruned meanwhile.
        return
    except OSError as error:
        raise unreadable(path, error) from error
    if isinstance(found, Sealed):
        yield found.record


def _seconds(text: object) -> float:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return time.time()


def _role(process: Process, named: Named) -> str | None:
    """What a process is in the log. A younger one of that pid is another process."""
    born = time.time() - process.age
    for when, what in named.get(process.pid, ()):
        if born <= when + _SLACK:
            return what
    return None


def _line(pid: int, look: Look) -> Iterator[Process]:
    """A process and those above it, nearest first."""
    for _ in range(_MOST):
        process = look(pid)
        if process is None:
            return
        yield process
        if process.parent in (0, pid):
            return
        pid = process.parent
