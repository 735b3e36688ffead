"""A process and its place in a session: whose it is, which terminal it has, who leads.

One small interface over three systems: Linux's /proc, ps(1) with libproc on macOS, Toolhelp32 on
Windows, which has neither such terminals nor users that can be told here. What cannot be read is
None and never guessed. Knows no clients and no guards.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from localguard.processes.table import Process, look, read_stat

_MOST: Final = 100
"""Ancestors that are looked at."""
_DELETED: Final = " (deleted)"
"""What /proc/PID/exe ends in once the file was replaced, as an update does."""


class Member(NamedTuple):
    """A process in its session.

    `name`, `born` and `age` are those of `table.Process`. `uid` is None where its real and its
    effective user differ, `session` is the pid of the session's leader, `tty` names the controlling
    terminal and is None without one. `program` is the file it runs, without its folder.
    """

    pid: int
    parent: int
    name: str
    born: str
    age: float
    uid: int | None = None
    session: int | None = None
    tty: str | None = None
    program: str | None = None

    @property
    def leads(self) -> bool:
        """Whether it leads a session that has a terminal, as a terminal's shell does."""
        return self.tty is not None and self.session == self.pid


class System(NamedTuple):
    """Where processes are seen: `member` and `environment` by pid, and the user of this process.

    `member` gives None for a process that is gone or hidden, `environment` where it is not to be
    read. `terminals` says that the system ties a process to a terminal at all.
    """

    member: Callable[[int], Member | None]
    environment: Callable[[int], Mapping[str, str] | None]
    uid: int | None
    terminals: bool = True


def line(pid: int, member: Callable[[int], Member | None]) -> tuple[list[Member], bool]:
    """A process and those above it, nearest first; and whether the line reaches its beginning.

    It does at pid 1, and where the parent's number is 0: the first process of a container.
    """
    found: list[Member] = []
    for one in _ascent(pid, member):
        found.append(one)
        if one.pid == 1 or one.parent == 0:
            return found, True
    return found, False


def _ascent(pid: int, member: Callable[[int], Member | None]) -> Iterator[Member]:
    below: Member | None = None
    for _ in range(_MOST):
        one = member(pid)
        if one is None and below is not None:
            one = _new_parent(below, member)
        # Windows keeps the number of a parent that is gone, and gives it away again.
        if one is None or (below is not None and one.age < below.age - 1):
            return
        yield one
        below, pid = one, one.parent


def _new_parent(orphan: Member, member: Callable[[int], Member | None]) -> Member | None:
    """Who has taken in a process whose parent ended between two looks."""
    now = member(orphan.pid)
    if now is None or now.born != orphan.born or now.parent == orphan.parent:
        return None
    return member(now.parent)


def read_environment(raw: bytes) -> dict[str, str]:
    """An environment as /proc/PID/environ has it: NAME=VALUE, each ended by NUL."""
    found: dict[str, str] = {}
    for entry in raw.split(b"\0"):
        name, sign, value = entry.partition(b"=")
        if sign:
            found.setdefault(os.fsdecode(name), os.fsdecode(value))
    return found


def read_user(status: str) -> int | None:
    """The user of /proc/PID/status (proc(5)); None where real and effective differ."""
    for row in status.splitlines():
        if row.startswith("Uid:"):
            fields = row.split()
            return int(fields[1]) if fields[1] == fields[2] else None
    return None


def terminal_name(number: int) -> str | None:
    """A terminal by its device number (proc(5), tty_nr), as its file below /dev is called."""
    if number == 0:
        return None
    major, minor = (number >> 8) & 0xFFF, (number & 0xFF) | ((number >> 12) & 0xFFF00)
    if 136 <= major <= 143:
        return f"pts/{(major - 136) * 256 + minor}"
    if major == 4:
        return f"tty{minor}" if minor < 64 else f"ttyS{minor - 64}"
    return f"{major}:{minor}"


def read_place(row: str) -> tuple[int, str | None] | None:
    """Session and terminal of a row of /proc/PID/stat."""
    fields = row.rpartition(")")[2].split()
    try:
        return int(fields[3]), terminal_name(int(fields[4]))
    except (ValueError, IndexError):
        return None


if sys.platform == "linux":

    def _member(pid: int) -> Member | None:
        try:
            row, status = _text(pid, "stat"), _text(pid, "status")
            uptime = float(_text("uptime").split()[0])
            process = read_stat(pid, row, uptime, os.sysconf("SC_CLK_TCK"))
            uid = read_user(status)
        except (OSError, ValueError, IndexError):
            return None
        place = read_place(row)
        if process is None or place is None:
            return None
        return _of(process, uid, *place, _program(pid))

    def _program(pid: int) -> str | None:
        try:
            path = os.readlink(f"/proc/{pid}/exe")
        except OSError:
            # A kernel thread, another user's process, or one that may not be looked into.
            return None
        return os.path.basename(path.removesuffix(_DELETED))

    def _environment(pid: int) -> Mapping[str, str] | None:
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                return read_environment(file.read())
        except OSError:
            return None

    def _text(*path: str | int) -> str:
        with open("/".join(map(str, ("/proc", *path))), encoding="utf-8", errors="replace") as file:
            return file.read()

elif sys.platform == "win32":

    def _member(pid: int) -> Member | None:
        process = look(pid)
        if process is None:
            return None
        return _of(process, None, None, None, process.name)

    def _environment(pid: int) -> Mapping[str, str] | None:
        return dict(os.environ) if pid == os.getpid() else None

else:
    from localguard.processes import posix

    def _member(pid: int) -> Member | None:
        process, place = look(pid), posix.place(pid)
        if process is None or place is None:
            return None
        return _of(process, *place, posix.program(pid))

    def _environment(pid: int) -> Mapping[str, str] | None:
        return posix.environment(pid)


def _of(
    process: Process, uid: int | None, session: int | None, tty: str | None, program: str | None
) -> Member:
    return Member(
        process.pid,
        process.parent,
        process.name,
        process.born,
        process.age,
        uid,
        session,
        tty,
        program,
    )


def _user() -> int | None:
    if sys.platform == "win32":
        return None
    return os.geteuid()


SYSTEM: Final = System(_member, _environment, _user(), terminals=sys.platform != "win32")
"""This machine."""
