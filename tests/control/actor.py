"""A client, a guard or a server that has a process answer in one of the ways models have found.

    actor.py SOCKET WAY [ARGUMENT...]

It says hello at the socket first, and those of its processes that wait do so until that one closes.
"""

import ctypes
import fcntl
import os
import pty
import shlex
import socket
import subprocess
import sys
import termios

PR_SET_NAME = 15
HELLO = socket.socket(socket.AF_UNIX)


def wait(command: list[str]) -> None:
    """Nothing is started; this process lives until it is ended."""
    del command
    HELLO.recv(1)


def child(command: list[str]) -> None:
    """A child, as an agent runs a command."""
    subprocess.run(command, check=False)


def shell(command: list[str]) -> None:
    """A shell for one command."""
    subprocess.run(["bash", "-c", f"{shlex.join(command)}; true"], check=False)


def session(command: list[str]) -> None:
    """A child with a session of its own."""
    subprocess.run(command, check=False, start_new_session=True)


def terminal(command: list[str]) -> None:
    """A child on a terminal that was made for it."""
    pty.spawn(command)


def script(command: list[str]) -> None:
    """The same by script(1)."""
    subprocess.run(["script", "-qec", shlex.join(command), "/dev/null"], check=False)


def orphan(command: list[str]) -> None:
    """A double fork within the session, so that its terminal stays."""
    if os.fork() == 0:
        if os.fork() == 0:
            os.execv(command[0], command)
        os._exit(0)
    os.wait()
    HELLO.recv(1)


def daemon(command: list[str]) -> None:
    """A double fork into a session of its own, where what follows goes on."""
    way, *rest = command
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            WAYS[way](rest)
            os._exit(0)
        os._exit(0)
    os.wait()
    HELLO.recv(1)


def leader(command: list[str]) -> None:
    """The command leads a session itself, on a terminal that a hidden process holds."""
    master, slave = os.openpty()
    pid = os.fork()
    if pid == 0:
        os.close(master)
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        os.execv(command[0], command)
    os.waitpid(pid, 0)


def disguised(command: list[str]) -> None:
    """A terminal that calls itself tmux, and a leader that calls itself bash."""
    rename("tmux: server")
    pid, _ = pty.fork()
    if pid == 0:
        rename("bash")
        subprocess.run(command, check=False)
        os._exit(0)
    os.waitpid(pid, 0)


def rename(name: str) -> None:
    ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode(), 0, 0, 0)


WAYS = {
    way.__name__: way
    for way in (wait, child, shell, session, terminal, script, orphan, daemon, leader, disguised)
}

if __name__ == "__main__":
    path, name, *words = sys.argv[1:]
    HELLO.connect(path)
    WAYS[name](words)
