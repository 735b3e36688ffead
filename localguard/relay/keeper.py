"""The keeper: a tiny shell that outlives a guard killed by SIGKILL and ends the server's tree.

No handler runs in a process that gets SIGKILL, so something else has to notice. The keeper holds
the read end of a pipe whose write end only the guard has; the kernel closes that end however the
guard dies. A shell, because it costs 1 MB where a second Python costs ten. POSIX only; where
/bin/sh is missing there is no keeper, and a server that ignores the end of its stdin outlives a
guard killed by SIGKILL. Knows a process group and a mark, nothing of servers or MCP.
"""

import sys

if sys.platform == "win32":
    raise ImportError("the keeper is a POSIX shell")

import contextlib
import os
import signal
import subprocess
from collections.abc import Generator
from typing import Final

_SHELL: Final = "/bin/sh"

_ENDING: Final = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)

# NixOS has /bin/sh, but grep and sleep elsewhere. The client's PATH may be anything.
_ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin:/run/current-system/sw/bin"}

# `kill -TERM -1234` is the one spelling that dash, bash and busybox all take. busybox's grep stops
# at a NUL byte, which separates the entries of an environment, hence the probe and the slower way.
# Where there is no /proc nothing matches, and the process group is all there is. A group whose
# zombies nobody collects (a container without an init) never looks empty: loops have an end.
_SCRIPT: Final = r"""
trap '' HUP INT QUIT TERM TSTP
read -r group mark || exit
read -r _ && exit
exec 2>/dev/null
marked() {
    if printf 'a\000b' | grep -qF b; then
        grep -lF -e "$mark" /proc/[0-9]*/environ
        return
    fi
    tail -c +1 /proc/[0-9]*/environ | tr '\000' '\n' |
        awk -v mark="$mark" '/^==> /{ file = $2 } index($0, mark) { print file }'
}
alive() { kill -0 "-$group" || [ -n "$(marked)" ]; }
send() {
    kill "-$1" "-$group"
    for environ in $(marked); do
        pid=${environ#/proc/}
        kill "-$1" "${pid%/environ}"
    done
}
send TERM
for _ in 1 2 3 4 5; do alive || exit; sleep 0.1; done
for _ in 1 2 3 4 5; do send KILL; alive || exit; sleep 0.1; done
"""


class Keeper:
    """A running keeper, and the write end of its pipe: when that closes, the keeper acts."""

    __slots__ = ("_shell",)

    def __init__(self, shell: subprocess.Popen[bytes]) -> None:
        self._shell = shell

    @classmethod
    def start(cls, group: int, mark: str) -> "Keeper | None":
        """A keeper for the process group `group` and every process marked `mark` (hex digits).

        None where no shell can be started: a server without keeper is better than none.
        """
        try:
            shell = _shell()
        except OSError:
            return None
        keeper = cls(shell)
        keeper._tell(f"{group} {mark}\n")
        return keeper

    @property
    def pid(self) -> int:
        """The shell's process id."""
        return self._shell.pid

    def release(self) -> None:
        """Tell the keeper that all is done, and see it gone."""
        self._tell("done\n")
        try:
            self._shell.wait(0.2)
        except subprocess.TimeoutExpired:
            self._shell.kill()
            self._shell.wait()
        if self._shell.stdin is not None:
            self._shell.stdin.close()

    def _tell(self, line: str) -> None:
        # The write fits the pipe's buffer, so it cannot block; the keeper may have been killed.
        if self._shell.stdin is not None:
            with contextlib.suppress(OSError):
                os.write(self._shell.stdin.fileno(), line.encode("ascii"))


def _shell() -> subprocess.Popen[bytes]:
    # Its own session: neither a Ctrl-C of the terminal nor a client that ends the guard's process
    # group reaches it. Its folder is /, so that it keeps no volume busy.
    with _deaf():
        return subprocess.Popen(  # noqa: S603 - constant words
            [_SHELL, "-c", _SCRIPT, "localguard-keeper"],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )


@contextlib.contextmanager
def _deaf() -> Generator[None]:
    """Block the signals that ask a process to end; a child started here begins with them blocked.

    Without it the keeper could be ended before its shell has read the `trap` in the script.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
