"""Servers that are hard to end, and a look at what is left that shares no code with ours."""

import os
import select
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from localguard.relay.spawn import ServerCommand, ServerProcess, environment, spawn

# Each says "ready" once it is what it is named after; `STOPPED`, which cannot speak then, says so
# right before. `exec sleep` never reads its stdin.
IGNORES_EOF = "echo ready; exec sleep 60"
IGNORES_EOF_AND_TERM = "trap '' TERM; echo ready; exec sleep 60"
WITH_GRANDCHILDREN = "trap '' TERM; sleep 60 & sh -c 'sleep 60 & echo ready; wait' & exec sleep 60"
LEAVES_A_CHILD = "trap '' TERM; sleep 60 & echo ready; read -r _; exit 3"
DAEMON = "setsid sh -c 'trap \"\" TERM; sleep 60 & echo ready'; exec sleep 60"
DAEMON_AND_GONE = "setsid sh -c 'trap \"\" TERM; sleep 60 & echo ready'; read -r _; exit 0"
FORGETS_ITS_ENVIRONMENT = "setsid env -i sh -c 'echo ready; exec sleep 60' & exec sleep 60"
STOPPED = "trap '' TERM; echo ready; (kill -STOP $$; sleep 60) & exec sleep 60"

STUBBORN = {
    "ignores EOF": IGNORES_EOF,
    "ignores EOF and SIGTERM": IGNORES_EOF_AND_TERM,
    "has grandchildren": WITH_GRANDCHILDREN,
    "leaves a child behind": LEAVES_A_CHILD,
    "is stopped": STOPPED,
}
HIDING = {
    "leaves a daemon behind": DAEMON,
    "leaves a daemon behind and ends": DAEMON_AND_GONE,
}


def shell_server(script: str, env: Mapping[str, str] | None = None) -> ServerProcess:
    """A server that runs `script`, in the environment that servers get."""
    chosen = environment(os.environ, (), env or {})
    return spawn(ServerCommand(("/bin/sh", "-c", script), chosen, None))


def python_server(path: Path, script: str, *arguments: str) -> ServerProcess:
    """A server that runs the Python `script`, written to `path`."""
    path.write_text(script, encoding="utf-8")
    argv = (sys.executable, str(path), *arguments)
    return spawn(ServerCommand(argv, environment(os.environ, (), {}), None))


def read_line(fd: int, seconds: float = 10.0) -> str:
    """The next line from a pipe. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([fd], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError(f"no line in {seconds} s, only {line!r}")
        byte = os.read(fd, 1)
        if not byte:
            break
        line += byte
    return line.decode().rstrip("\n")


def is_at_its_end(fd: int, seconds: float = 0.2) -> bool:
    """Whether nobody holds the pipe's other end any more: a proof that no look at pids can give."""
    ready, _, _ = select.select([fd], [], [], seconds)
    return bool(ready) and os.read(fd, 1) == b""


def marked(mark: str) -> list[int]:
    """The pids with `mark` in their environment; a zombie has none."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found


def is_running(pid: int) -> bool:
    """Whether `pid` is a process that has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_ended(pid: int, seconds: float = 5.0) -> None:
    """Return when `pid` has ended. Raises TimeoutError."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        ready, _, _ = select.select([handle], [], [], max(0.0, seconds))
    finally:
        os.close(handle)
    if not ready:
        raise TimeoutError(f"process {pid} is still there after {seconds} s")


def wait_unmarked(mark: str, seconds: float = 10.0) -> None:
    """Return when no process with `mark` is left. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while pids := marked(mark):
        for pid in pids:
            wait_ended(pid, deadline - time.monotonic())
