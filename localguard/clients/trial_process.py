"""A program that is started as a client starts its entry: pipes, a group of its own, an end.

Blocks, with a deadline for each wait. Raises OSError and ValueError where it cannot be started.
"""

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Final

GRACE: Final = 5.0
"""Seconds for a program to end once its stdin has, before it is told to."""
_PATIENCE: Final = 2.0
"""Seconds that it has to end once it is told to, and for its pipes to close after that."""
_PIECE: Final = 65536
_STDERR: Final = 4096
LONGEST: Final = 16 << 20
"""Bytes of one line; a listing of some thousand tools has a few million."""


MOST: Final = 64 << 20
"""Bytes of all that is read of a program in one trial."""
_WAITING: Final = 64
"""Lines that are read ahead; then the program waits, as its pipe is full."""


class TooLong(ValueError):
    """A line is longer than `LONGEST`."""


class TooMuch(ValueError):
    """All lines together are longer than `MOST`."""


class TrialProcess:
    """A program that runs, and the lines that it writes."""

    def __init__(self, argv: Sequence[str], environ: Mapping[str, str], cwd: str | None) -> None:
        found = shutil.which(argv[0], path=environ.get("PATH", "")) or argv[0]
        self._popen = subprocess.Popen(  # noqa: S603 -- what stands in a client's file, as argv
            [found, *argv[1:]],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environ),
            cwd=cwd,
            start_new_session=sys.platform != "win32",
        )
        self._lines: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        self._tail = b""
        self._fault: type[TooLong | TooMuch] | None = None
        self._unread, self._killed = threading.Event(), threading.Event()
        self._readers = [
            threading.Thread(target=work, daemon=True)
            for work in (self._read_lines, self._read_tail)
        ]
        for reader in self._readers:
            reader.start()

    @property
    def tail(self) -> bytes:
        """The end of what it wrote to stderr."""
        return self._tail

    def write(self, data: bytes) -> None:
        """All of it to stdin; waits for a program that does not read. Raises OSError."""
        pipe = _pipe(self._popen.stdin)
        view = memoryview(data)
        while view:
            view = view[pipe.write(view) :]

    def line(self, seconds: float) -> bytes | None:
        """The next line; None when there are no more. Raises TimeoutError, TooLong, TooMuch."""
        # Once the time is up, whatever waits: a program that never stops would have no deadline.
        if seconds <= 0:
            raise TimeoutError
        try:
            found = self._lines.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None
        if found is None and self._fault is not None:
            raise self._fault
        return found

    def exit_code(self, seconds: float = 1.0) -> int | None:
        """The exit code; None if it runs on after the seconds."""
        with suppress(subprocess.TimeoutExpired):
            return self._popen.wait(seconds)
        return None

    def end(self, grace: float = GRACE) -> None:
        """End its stdin, after the seconds of grace itself, and its group."""
        self._let_go()
        with suppress(OSError):
            _pipe(self._popen.stdin).close()
        if self.exit_code(grace) is None:
            self._signal(kill=False)
            self.exit_code(_PATIENCE)
        self._signal(kill=True)
        self.exit_code(_PATIENCE)
        self._killed.set()
        self._close()

    def _let_go(self) -> None:
        """Wait for no reader of lines: what is still written must not hold up the program's end."""
        self._unread.set()
        with suppress(queue.Empty):
            while True:
                self._lines.get_nowait()

    def _signal(self, *, kill: bool) -> None:
        """To the whole group: what a wrapper has started holds the pipes as well."""
        with suppress(OSError):
            if sys.platform == "win32":
                self._popen.kill() if kill else self._popen.terminate()
            else:
                os.killpg(self._popen.pid, signal.SIGKILL if kill else signal.SIGTERM)

    def _close(self) -> None:
        for reader, pipe in zip(
            self._readers, (self._popen.stdout, self._popen.stderr), strict=True
        ):
            reader.join(_PATIENCE)
            if not reader.is_alive():
                _pipe(pipe).close()

    def _read_lines(self) -> None:
        descriptor, begun, read = _pipe(self._popen.stdout).fileno(), bytearray(), 0
        with suppress(OSError):
            while not self._killed.is_set() and (piece := os.read(descriptor, _PIECE)):
                if self._unread.is_set():
                    continue
                read += len(piece)
                begun = self._put_lines(begun, piece)
                self._fault = _fault(len(begun), read)
                if self._fault is not None:
                    break
        self._lines.put(None)

    def _put_lines(self, begun: bytearray, piece: bytes) -> bytearray:
        """Put the lines that a piece ends; what it begins of the next."""
        first, *more = piece.split(b"\n")
        begun += first
        for rest in more:
            # At most one line is put after nobody reads any more, and then there is room for it.
            if self._unread.is_set():
                break
            self._lines.put(bytes(begun))
            begun = bytearray(rest)
        return begun

    def _read_tail(self) -> None:
        descriptor = _pipe(self._popen.stderr).fileno()
        with suppress(OSError):
            while piece := os.read(descriptor, _PIECE):
                self._tail = (self._tail + piece)[-_STDERR:]


def _fault(line: int, all_lines: int) -> type[TooLong | TooMuch] | None:
    if line > LONGEST:
        return TooLong
    return TooMuch if all_lines > MOST else None


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the program has no such pipe")
    return pipe
