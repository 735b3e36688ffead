"""Which processes belong to a server's tree, read from Linux's /proc.

A descendant may leave the process group (setsid), the chain of parents (double fork) or drop its
environment; it is found as long as one of the three still ties it to the server. Where /proc is not
mounted the answer is empty. Only looks and signals; which server and when is not known here.
"""

import sys

if sys.platform != "linux":
    raise ImportError("process_tree reads Linux's /proc")

# pathlib would load before the server is started.
# ruff: noqa: PTH

import contextlib
import os
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_DEAD: Final = frozenset({"Z", "X"})


@dataclass(frozen=True, slots=True)
class Process:
    """One row of /proc/PID/stat; `born` (clock ticks since boot) tells a reused pid apart."""

    pid: int
    state: str
    parent: int
    group: int
    session: int
    born: int


def members(leader: int, mark: str) -> list[Process]:
    """The live processes tied to `leader` by group, session, mark in the environment or descent."""
    table = tuple(_processes())
    tied = {leader} | {p.pid for p in table if _tied(p, leader, mark)}
    family = _with_descendants(tied, table)
    return [p for p in table if p.pid in family and p.state not in _DEAD and p.pid != os.getpid()]


def send(process: Process, signum: signal.Signals) -> None:
    """Signal exactly this process, or nobody when it has ended and its pid went to another."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        handle = _handle(process.pid)
        try:
            if not _is_still(process):
                return
            if handle is None:
                os.kill(process.pid, signum)
            else:
                signal.pidfd_send_signal(handle, signum)
        finally:
            if handle is not None:
                os.close(handle)


def _handle(pid: int) -> int | None:
    """A pidfd; None before Linux 5.3 and without a free descriptor. Raises ProcessLookupError."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        raise
    except OSError:
        return None


def _is_still(process: Process) -> bool:
    now = _read(process.pid)
    return now is not None and now.born == process.born


def _tied(process: Process, leader: int, mark: str) -> bool:
    return leader in (process.group, process.session) or _is_marked(process.pid, mark)


def _is_marked(pid: int, mark: str) -> bool:
    # Another user's environment is unreadable, and its process could not be signalled either.
    try:
        with open(f"/proc/{pid}/environ", "rb", buffering=0) as environ:
            return mark.encode("ascii") in environ.readall()
    except OSError:
        return False


def _with_descendants(roots: Iterable[int], table: Iterable[Process]) -> set[int]:
    children: dict[int, list[int]] = {}
    for process in table:
        children.setdefault(process.parent, []).append(process.pid)
    family: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        if pid not in family:
            family.add(pid)
            waiting.extend(children.get(pid, ()))
    return family


def _processes() -> Iterator[Process]:
    try:
        names = os.listdir("/proc")
    except OSError:
        return
    for name in names:
        if name.isdecimal():
            process = _read(int(name))
            if process is not None:
                yield process


def _read(pid: int) -> Process | None:
    """A row of the table (proc(5), /proc/pid/stat), or None when the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as stat:
            row = stat.readall()
        # The command's name stands in parentheses and may itself hold any of " ()".
        fields = row.rpartition(b")")[2].split()
        parent, group, session = (int(field) for field in fields[1:4])
        return Process(pid, fields[0].decode("ascii"), parent, group, session, int(fields[19]))
    except (OSError, ValueError, IndexError):
        return None
