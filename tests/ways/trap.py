"""A file system that fails when the test says so: writes, syncs and new files of one folder.

The kernel itself gives the error to the system call (seccomp_unotify(2)), as it does when a disk
is broken or slow. It needs no mount, no device and no rights, and can be repaired under way.
"""

import array
import contextlib
import errno
import fcntl
import os
import platform
import select
import socket
import struct
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

TRAPPED = Path(__file__).resolve().parent / "trapped.py"
NUMBERS = {
    "x86_64": {1: "write", 18: "pwrite64", 20: "writev", 77: "ftruncate"}
    | {74: "fsync", 75: "fdatasync", 257: "openat"},
    "aarch64": {64: "write", 68: "pwrite64", 66: "writev", 46: "ftruncate"}
    | {82: "fsync", 83: "fdatasync", 56: "openat"},
}
RECEIVE, SEND = 0xC0502100, 0xC0182101
GO_ON = 1
PATH_MAX = 4096

Verdict = Callable[[str], int]
"""What becomes of a system call, by its name: an error number, or 0 where it goes on."""


def healthy(_call: str) -> int:
    """Nothing fails."""
    return 0


def failing(number: int, *calls: str) -> Verdict:
    """These calls fail with an error number, or all where none is named."""
    return lambda call: number if call in calls or not calls else 0


class Trap:
    """Listens for the system calls of one program and its children on the files below a folder.

    `verdict` may be exchanged at any time. `seen` has the names of the calls so far. While
    `moving` is clear, no call ends: the disk is slow.
    """

    def __init__(self, folder: Path, socket_path: Path) -> None:
        self.verdict: Verdict = healthy
        self.seen: list[str] = []
        self.moving = threading.Event()
        self.moving.set()
        self.waiting = threading.Event()
        self._folder = os.path.realpath(folder)
        self._numbers = NUMBERS[platform.machine()]
        self._place = str(socket_path)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self._place)
        self._listener.listen()
        self._thread = threading.Thread(target=self._run, name="trap")
        self._done, self._end = os.pipe()

    def command(self, argv: Sequence[str]) -> list[str]:
        """The command that starts `argv` in the trap; call `spring` once it is started."""
        opening = next(n for n, call in self._numbers.items() if call == "openat")
        others = ",".join(str(n) for n in self._numbers if n != opening)
        start = [sys.executable, "-I", "-S", str(TRAPPED), self._place, others, str(opening)]
        return [*start, *argv]

    def spring(self) -> None:
        """Begin to listen. Raises OSError where the kernel has no such filters."""
        self._listener.settimeout(10)
        connection, _ = self._listener.accept()
        with connection:
            connection.settimeout(10)
            _, rights, _, _ = connection.recvmsg(1, socket.CMSG_SPACE(4))
        if not rights:
            raise OSError(errno.ENOSYS, "no filter")
        (self._fd,) = array.array("i", rights[0][2])
        self._thread.start()

    def close(self) -> None:
        """Listen no more; call it when the program has ended."""
        self.moving.set()
        os.close(self._end)
        if self._thread.is_alive():
            self._thread.join(10)
            os.close(self._fd)
        os.close(self._done)
        self._listener.close()

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        poll.register(self._done)
        while True:
            ready = dict(poll.poll())
            if self._done in ready or ready[self._fd] & select.POLLHUP:
                return
            # A caller that was killed meanwhile is no longer there to be answered.
            with contextlib.suppress(FileNotFoundError):
                self._answer()

    def _answer(self) -> None:
        notice = bytearray(80)
        fcntl.ioctl(self._fd, RECEIVE, notice)
        id_, pid, _, number = struct.unpack_from("=QIIi", notice)
        arguments = struct.unpack_from("=6Q", notice, 32)
        error = self._judge(pid, self._numbers[number], arguments)
        answer = struct.pack("=QqiI", id_, 0, -error, 0 if error else GO_ON)
        fcntl.ioctl(self._fd, SEND, bytearray(answer))

    def _judge(self, pid: int, call: str, arguments: Sequence[int]) -> int:
        path = _path(pid, arguments[1]) if call == "openat" else _file(pid, arguments[0])
        if not path.startswith(self._folder + os.sep):
            return 0
        self.seen.append(call)
        if not self.moving.is_set():
            self.waiting.set()
            self.moving.wait()
        return self.verdict(call)


def _file(pid: int, fd: int) -> str:
    """What a descriptor of a thread refers to."""
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/{pid}/fd/{fd}")
    return ""


def _path(pid: int, address: int) -> str:
    """The text at an address of a thread."""
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        memory.seek(address)
        found = memory.read(min(PATH_MAX, 4096 - address % 4096) or PATH_MAX)
        if b"\0" not in found:
            found += memory.read(PATH_MAX)
    return os.fsdecode(found.partition(b"\0")[0])
