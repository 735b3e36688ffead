"""Which processes belong to a server's tree, read from Linux's /proc.

A descendant may leave the process group (setsid), the chain of parents (double fork) or drop its
environment; it is found as long as one of the three ties it to the server, or did at the last look.
Where /proc is not mounted the group is all there is. A table read row by row cannot catch a
descendant that left the group and hands its work to a new process every few milliseconds: that
needs a cgroup or a sandbox around the server. Knows no server and no time to end.
"""

import sys

if sys.platform != "linux":
    raise ImportError("process_tree reads Linux's /proc")

import contextlib
import os
import signal
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

_DEAD: Final = frozenset({"Z", "X"})


class Process(NamedTuple):
    """One row of /proc/PID/stat; `born` (clock ticks since boot) tells a reused pid apart."""

    pid: int
    state: str
    parent: int
    group: int
    session: int
    born: int


class ProcessTree:
    """The processes tied to `leader` by group, session, descent or `mark`."""

    __slots__ = ("_born", "_leader", "_mark", "_seen")

    def __init__(self, leader: int, mark: str) -> None:
        self._leader = leader
        self._mark = mark.encode("ascii")
        itself = _read(leader)
        self._born = itself.born if itself is not None else 0
        self._seen: set[tuple[int, int]] = set()

    def living(self) -> list[int]:
        """The pids of those that have not ended."""
        return [process.pid for process in self._members()]

    def send(self, signum: signal.Signals) -> None:
        """Signal every member."""
        # First, since the leader's end cuts the tie of descent.
        members = self._members()
        # The kernel signals a group in one piece, so nobody forks out of it between two looks.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._leader, signum)
        for process in members:
            if process.group != self._leader:
                _send(process, signum)

    def _members(self) -> list[Process]:
        table = tuple(_processes())
        roots = {self._leader} | {process.pid for process in table if self._is_tied(process)}
        family = _with_descendants(roots, table) - {os.getpid()}
        members = [p for p in table if p.pid in family and p.state not in _DEAD]
        self._seen.update((process.pid, process.born) for process in members)
        return members

    def _is_tied(self, process: Process) -> bool:
        if self._leader in (process.group, process.session):
            return True
        if (process.pid, process.born) in self._seen:
            return True
        # Nobody is older than the ancestor, and most processes of a machine are.
        return process.born >= self._born and _has_mark(process.pid, self._mark)


def _send(process: Process, signum: signal.Signals) -> None:
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


def _has_mark(pid: int, mark: bytes) -> bool:
    # Another user's environment is unreadable, and its process could not be signalled either.
    try:
        with open(f"/proc/{pid}/environ", "rb", buffering=0) as environ:
            return mark in environ.readall()
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
