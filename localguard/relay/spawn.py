"""How the wrapped server is started: by argv, never by a shell, before anything heavy is imported.

Imports nothing of the event loop, and neither dataclasses nor pathlib, which take longer than the
start: so the server's own start hides ours. The platform is chosen here and nowhere else, since
`process_posix` and `process_windows` have one surface. What the operating system says against a
start becomes a ServerFault with the fix. Knows no MCP.
"""

import errno
import os
import sys
from collections.abc import Mapping
from typing import Final, NamedTuple

from localguard.errors import ServerFault
from localguard.relay.executable import check_batch, resolve
from localguard.relay.launch_environment import environment

if sys.platform == "win32":
    from localguard.relay.process_windows import ServerProcess, start
else:
    from localguard.relay.process_posix import ServerProcess, start

__all__ = [
    "ServerCommand",
    "ServerProcess",
    "Started",
    "environment",
    "resolve",
    "spawn",
    "start_up",
]

_REFUSALS: Final = {
    errno.EACCES: (
        "is not allowed to run",
        "check the modes of the file and its folders, and that its volume allows programs",
    ),
    errno.EPERM: ("is not allowed to run", "check what protects the file from being run"),
    errno.ENOEXEC: (
        "is no program for this machine",
        "begin a script with a line such as #!/usr/bin/env python3, or install the right build",
    ),
    errno.E2BIG: ("was given too much", "shorten its arguments and its environment"),
    errno.ETXTBSY: ("is being written to", "wait for its installation to end, then reconnect"),
    errno.EMFILE: ("found no free file descriptor", "raise the limit shown by `ulimit -n`"),
    errno.ENFILE: ("found no free file descriptor", "close programs, the whole system ran out"),
    errno.EAGAIN: ("found no free process", "close programs, or raise `ulimit -u`"),
    errno.ENOMEM: ("found no free memory", "close programs, the system ran out of memory"),
    errno.ELOOP: ("is a circle of links", "remove the symlink and install the program again"),
}


class ServerCommand(NamedTuple):
    """What to start: words, the whole environment, and the folder (None: the guard's own)."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str | None


class Started(NamedTuple):
    """The running server, or why there is none: `failed` where it should have started."""

    process: ServerProcess | None
    why_not: str = ""
    failed: bool = False


def start_up(command: ServerCommand) -> Started:
    """The running server, or why it could not be started."""
    try:
        return Started(spawn(command))
    except ServerFault as fault:
        return Started(None, fault.explain(), failed=True)


def spawn(command: ServerCommand) -> ServerProcess:
    """The running server, with blocking pipes that nobody else inherits. Raises ServerFault."""
    if not command.argv:
        raise ServerFault("the server has no command", fix="give the program and its arguments")
    _check_folder(command.cwd)
    executable = resolve(command.argv[0], command.env.get("PATH", os.defpath), command.cwd)
    arguments = command.argv[1:]
    check_batch(executable, arguments)
    try:
        return start((executable, *arguments), command.env, command.cwd)
    except OSError as error:
        raise _fault(error, executable) from error
    except ValueError as error:
        raise ServerFault(
            f"the server's command or environment cannot be passed on ({error})",
            where=executable,
            fix="remove NUL characters from it, and = from the names of variables",
        ) from error


def _check_folder(cwd: str | None) -> None:
    if cwd is not None and not os.path.isdir(cwd):
        raise ServerFault(
            f"the server's working directory {cwd!r} is not there",
            where=cwd,
            fix="create it, or correct `cwd`",
        )


def _fault(error: OSError, executable: str) -> ServerFault:
    if error.errno == errno.ENOENT:
        return _without_interpreter(executable)
    reason = (f"could not be started ({error.strerror})", "start it in a terminal to see more")
    what, fix = _REFUSALS.get(error.errno or 0, reason)
    return ServerFault(f"the server's program {what}", where=executable, fix=fix)


def _without_interpreter(script: str) -> ServerFault:
    """The file is there, so what execve(2) missed is its interpreter or its dynamic loader."""
    interpreter = _shebang(script)
    if interpreter is None:
        what = "the server's program needs a loader that this system does not have"
        return ServerFault(what, where=script, fix="install the build for this system")
    return ServerFault(
        f"the interpreter {interpreter!r} of the server's script does not exist",
        where=f"{script}:1",
        fix="install it, correct the script's first line (also its line ends), or reinstall it",
    )


def _shebang(script: str) -> str | None:
    try:
        with open(script, "rb") as file:
            line = file.read(256).partition(b"\n")[0]
    except OSError:
        return None
    if not line.startswith(b"#!"):
        return None
    return os.fsdecode(line[2:].strip(b" \t").partition(b" ")[0])
