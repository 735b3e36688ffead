"""One process as the system sees it: its parent, its name, its birth.

One small interface over three systems: Linux's /proc, ps(1) on macOS and other POSIX systems,
Toolhelp32 on Windows. Knows no clients and no guards.
"""

import os
import sys
from typing import Final, NamedTuple

_PS: Final = "/bin/ps"
_PATIENCE: Final = 2.0


class Process(NamedTuple):
    """One row of the table of processes.

    `born` tells a reused pid apart; `age` is in seconds. `name` is its program's, as far as the
    system keeps it (15 characters on Linux). `leads` is True for the leader of a process group, as
    the shell of a terminal is, and a shell that some program started for one command is not.
    """

    pid: int
    parent: int
    name: str
    born: str
    age: float
    leads: bool = False


if sys.platform == "linux":

    def look(pid: int) -> Process | None:
        """A process, or None when it is gone or cannot be seen (proc(5), /proc/pid/stat)."""
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                row = file.read()
            with open("/proc/uptime", encoding="ascii") as file:
                uptime = float(file.read().split()[0])
        except (OSError, ValueError, IndexError):
            return None
        return read_stat(pid, row, uptime, os.sysconf("SC_CLK_TCK"))

elif sys.platform == "win32":
    from localguard.processes import windows

    def look(pid: int) -> Process | None:
        """A process, or None when it is gone or cannot be seen."""
        found = windows.look(pid)
        return None if found is None else Process(pid, *found)

else:

    def look(pid: int) -> Process | None:
        """A process, or None when it is gone or cannot be seen."""
        return ask_ps(pid)


def read_stat(pid: int, row: str, uptime: float, hertz: int) -> Process | None:
    """A row of /proc/PID/stat, whose times are in 1/`hertz` of a second since boot."""
    # The program's name stands in parentheses and may itself hold any of " ()".
    head, _, tail = row.rpartition(")")
    fields = tail.split()
    try:
        age = uptime - int(fields[19]) / hertz
        leads = int(fields[2]) == pid
        return Process(pid, int(fields[1]), head.partition("(")[2], fields[19], age, leads)
    except (ValueError, IndexError):
        return None


def ask_ps(pid: int) -> Process | None:
    """A process by ps(1), which POSIX does not give a start but every system here does."""
    import subprocess  # noqa: PLC0415 -- only where the system has no cheaper way

    words = ["-o", "ppid=,pgid=,lstart=,comm=", "-p", str(pid)]
    try:
        found = subprocess.run(  # noqa: S603 -- a fixed program, and a number
            [_PS, *words],
            env={"LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return read_ps(pid, found.stdout.decode("utf-8", "replace"))


def read_ps(pid: int, row: str) -> Process | None:
    """One row of `ps -o ppid=,pgid=,lstart=,comm=` in the C locale and UTC."""
    import calendar  # noqa: PLC0415 -- only where the system has no cheaper way
    import time  # noqa: PLC0415

    fields = row.split(maxsplit=7)
    if len(fields) < 8:
        return None
    born = " ".join(fields[2:7])
    try:
        started = calendar.timegm(time.strptime(born, "%a %b %d %H:%M:%S %Y"))
        name = os.path.basename(fields[7].strip())
        leads = int(fields[1]) == pid
        return Process(pid, int(fields[0]), name, born, time.time() - started, leads)
    except ValueError:
        return None
