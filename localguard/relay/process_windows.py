"""A running server on Windows: its pipes, its exit and the job object that holds its tree.

The job ends every process in it when its last handle closes, and only the guard has one, so also a
TerminateProcess on the guard leaves nothing behind; no keeper is needed. The server is created
suspended and resumed inside the job: a child that it started earlier would not be in it. Same
surface as `process_posix`; `relay.spawn` chooses. Raises OSError and ValueError.
"""

import sys

if sys.platform != "win32":
    raise ImportError("process_windows is for Windows")

import subprocess
from collections.abc import Mapping, Sequence
from typing import IO, Final

from localguard.relay.job_object import Job, resume

# winnt.h; subprocess has no name for it.
_CREATE_SUSPENDED: Final = 0x4


class ServerProcess:
    """A started server. Its descriptors are closed by the methods here, never by `os.close`."""

    __slots__ = ("_job", "pid", "popen")

    def __init__(self, popen: subprocess.Popen[bytes], job: Job) -> None:
        self.popen = popen
        self.pid = popen.pid
        self._job = job

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
        """The processes of our own that stand by this one: none."""
        return ()

    def close_stdin(self) -> None:
        """End the server's stdin. Whoever writes to the descriptor has to let go of it before."""
        _pipe(self.popen.stdin).close()

    def close_outputs(self) -> None:
        """Close stdout and stderr on the guard's side; call it when no thread reads them."""
        _pipe(self.popen.stdout).close()
        _pipe(self.popen.stderr).close()

    def exit_code(self) -> int | None:
        """The exit code, None while the server runs."""
        return self.popen.poll()

    def survivors(self) -> list[int]:
        """The server's pid while anything of the job lives; Windows tells the number, not who."""
        return [self.pid] if self._job.population() else []

    def terminate(self) -> None:
        """End the tree: a process without console and window cannot be asked on Windows."""
        self._job.terminate()

    def kill(self) -> None:
        """End the tree."""
        self._job.terminate()

    def release(self) -> int | None:
        """Close the job, which ends whatever is left in it; the exit code, None if none came."""
        code = self.popen.poll()
        self._job.close()
        return code


def start(argv: Sequence[str], env: Mapping[str, str], cwd: str | None) -> ServerProcess:
    """Start `argv` (argv[0] a path) with exactly `env`. Raises OSError, ValueError."""
    job = Job()
    try:
        popen = _suspended(argv, env, cwd)
        try:
            job.take(popen.pid)
            resume(popen.pid)
        except OSError:
            _discard(popen)
            raise
    except (OSError, ValueError):
        job.close()
        raise
    return ServerProcess(popen, job)


def _suspended(
    argv: Sequence[str], env: Mapping[str, str], cwd: str | None
) -> subprocess.Popen[bytes]:
    # With close_fds and pipes for all three, the handle list of the new process holds only those.
    return subprocess.Popen(  # noqa: S603 - argv, and the words are the profile's
        argv,
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(env),
        cwd=cwd,
        close_fds=True,
        creationflags=_CREATE_SUSPENDED | subprocess.CREATE_NO_WINDOW,
    )


def _discard(popen: subprocess.Popen[bytes]) -> None:
    popen.kill()
    popen.wait()
    for pipe in (popen.stdin, popen.stdout, popen.stderr):
        _pipe(pipe).close()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("the server was started without a pipe")
    return stream
