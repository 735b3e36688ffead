"""A running server on POSIX: its pipes, its exit and the signals to its tree.

The server leads a session of its own, so one signal reaches its process group and none of the
client's reaches it by accident. A random mark in its environment, which descendants inherit, finds
on Linux those that left the group; elsewhere leaving the group is a way out. Same surface as
`process_windows`; `relay.spawn` chooses. Raises OSError and ValueError, which `relay.spawn` turns
into faults. Nothing here waits.
"""

import sys

if sys.platform == "win32":
    raise ImportError("process_posix is for POSIX")

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from typing import IO, Final

from localguard.relay.keeper import Keeper

if sys.platform == "linux":
    from localguard.relay.process_tree import ProcessTree
else:
    from localguard.relay.process_group import ProcessGroup as ProcessTree

MARK: Final = "LOCALGUARD_TREE"


class ServerProcess:
    """A started server. Its descriptors are closed by the methods here, never by `os.close`."""

    __slots__ = ("_released", "_tree", "keeper", "mark", "pid", "popen")

    def __init__(self, popen: subprocess.Popen[bytes], mark: str, keeper: Keeper | None) -> None:
        self.popen = popen
        self.pid = popen.pid
        self.mark = mark
        self.keeper = keeper
        self._released = False
        self._tree = ProcessTree(popen.pid, mark)

    @property
    def stdin_fd(self) -> int:
        """The blocking write end to the server. Raises ValueError once closed."""
        return _pipe(self.popen.stdin).fileno()

    @property
    def stdout_fd(self) -> int:
        """The blocking read end of the server's stdout. Raises ValueError once closed."""
        return _pipe(self.popen.stdout).fileno()

    @property
    def stderr_fd(self) -> int:
        """The blocking read end of the server's stderr. Raises ValueError once closed."""
        return _pipe(self.popen.stderr).fileno()

    def helpers(self) -> tuple[int, ...]:
        """The processes of our own that stand by this one."""
        return () if self.keeper is None else (self.keeper.pid,)

    def close_stdin(self) -> None:
        """End the server's stdin. Whoever watches the descriptor has to let go of it before."""
        _pipe(self.popen.stdin).close()

    def close_outputs(self) -> None:
        """Close stdout and stderr on the guard's side."""
        _pipe(self.popen.stdout).close()
        _pipe(self.popen.stderr).close()

    def exit_code(self) -> int | None:
        """The exit code, negative for a signal, None while the server runs."""
        if self.popen.returncode is None and sys.platform == "linux":
            # Looked at, not collected: until `release` the pid stays taken, and with it the number
            # of the process group, so a later signal to the group cannot hit a stranger.
            with contextlib.suppress(ChildProcessError):
                return _peek(self.pid)
        return self.popen.poll()

    def survivors(self) -> list[int]:
        """Pids of the tree that still live; without Linux, the group's number stands for them."""
        if sys.platform != "linux":
            # The server has to be collected first: its zombie would stand for a living group.
            self.popen.poll()
        return self._tree.living()

    def terminate(self) -> None:
        """Ask the whole tree to end (SIGTERM)."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End the whole tree (SIGKILL)."""
        self._send(signal.SIGKILL)

    def release(self) -> int | None:
        """Collect the server and dismiss the keeper; the exit code, None if it outlived SIGKILL."""
        code = self.popen.poll()
        self._released = code is not None
        # A guard that is a subreaper (prctl(2)) inherits orphans of the group as zombies.
        if code is not None:
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-self.pid, os.WNOHANG) != (0, 0):
                    pass
            self._dismiss_keeper()
        return code

    def _send(self, signum: signal.Signals) -> None:
        # Once the server is collected, its numbers may be a stranger's.
        if not self._released:
            self._tree.send(signum)

    def _dismiss_keeper(self) -> None:
        if self.keeper is not None:
            self.keeper.release()
            self.keeper = None


def start(argv: Sequence[str], env: Mapping[str, str], cwd: str | None) -> ServerProcess:
    """Start `argv` (argv[0] a path) with exactly `env` and the mark. Raises OSError, ValueError."""
    mark = os.urandom(16).hex()
    popen = subprocess.Popen(  # noqa: S603 - argv, and the words are the profile's
        argv,
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**env, MARK: _lineage(mark)},
        cwd=cwd,
        close_fds=True,
        start_new_session=True,
    )
    # After the server: its start is what the client waits for.
    return ServerProcess(popen, mark, Keeper.start(popen.pid, mark))


def _lineage(mark: str) -> str:
    """The variable's value: a guard below another guard's server keeps that one's mark too."""
    outer = os.environ.get(MARK, "")
    return f"{outer}:{mark}" if outer else mark


if sys.platform == "linux":

    def _peek(pid: int) -> int | None:
        seen = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if seen is None:
            return None
        return seen.si_status if seen.si_code == os.CLD_EXITED else -seen.si_status


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("the server was started without a pipe")
    return stream
