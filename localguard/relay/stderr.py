"""What the server says on stderr: kept in a capped file and passed on to the client's log.

A server whose stderr nobody reads stops once the pipe is full (64 KiB on Linux), so it is drained
whatever becomes of the file and of our own stderr. Everything is made harmless for a terminal
first: control characters and bidi overrides become visible escapes, lines end in LF. Two daemon
threads, asleep while nothing is said: one reads and writes the file, one writes to our stderr.
"""

import codecs
import contextlib
import io
import os
import queue
import selectors
import threading
from pathlib import Path
from typing import Final

from localguard.relay.capped_file import KEPT, CappedFile
from localguard.relay.redacting import Sieve

_CHUNK: Final = 16 * 1024
_BACKLOG: Final = 64

# C0 without tab and line feed, DEL, C1, and the same as stray bytes that are not UTF-8; then what
# reorders a line (Unicode UAX 9). Other stray bytes and letters of any language pass unchanged.
_HARMLESS: Final = (
    {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (9, 10)}
    | {0xDC00 + byte: f"\\x{byte:02x}" for byte in range(0x80, 0xA0)}
    | {code: f"\\u{code:04x}" for code in (0x61C, 0x200E, 0x200F)}
    | {code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
)


class Escaper:
    """Bytes of a server into bytes fit for a terminal; keeps what a chunk cut in two."""

    __slots__ = ("_decoder",)

    def __init__(self) -> None:
        utf8 = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        # A lone carriage return, which would overwrite a line already read, ends the line instead.
        self._decoder = io.IncrementalNewlineDecoder(utf8, translate=True)

    def feed(self, chunk: bytes, *, final: bool = False) -> bytes:
        """The harmless form of `chunk`; with `final` also of what was kept."""
        text = self._decoder.decode(chunk, final=final)
        return text.translate(_HARMLESS).encode("utf-8", "surrogateescape")


class Forwarder:
    """Passes bytes on to a descriptor that may block for ever, without ever blocking its caller.

    O_NONBLOCK would change the open file description, which other processes share, and poll() is no
    promise where several write to one pipe. So a thread of its own blocks; what does not fit the
    queue meanwhile is dropped, counted, and the gap is marked.
    """

    __slots__ = ("_fd", "_gap", "_queue", "_thread", "dropped")

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._queue: queue.Queue[bytes | None] = queue.Queue(_BACKLOG)
        self._thread: threading.Thread | None = None
        self._gap = 0
        self.dropped = 0

    def put(self, data: bytes) -> None:
        """Pass `data` on, or drop it when the reader is too far behind."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name="localguard-stderr-out", daemon=True
            )
            self._thread.start()
        mark = f"\nlocalguard: {self._gap} bytes dropped here\n".encode() if self._gap else b""
        try:
            self._queue.put_nowait(mark + data)
            self._gap = 0
        except queue.Full:
            self._gap += len(data)
            self.dropped += len(data)

    def finish(self, seconds: float) -> None:
        """Give what is queued up to `seconds` to get out."""
        if self._thread is not None:
            with contextlib.suppress(queue.Full):
                self._queue.put(None, timeout=seconds)
                self._thread.join(seconds)

    def _run(self) -> None:
        open_end = True
        while (data := self._queue.get()) is not None:
            # Keeps taking from the queue when the reader is gone: nothing has to wait then.
            open_end = open_end and _written(self._fd, data)


class StderrDrain:
    """Reads a server's stderr to its end, into a file and on to `forward_fd`."""

    __slots__ = ("_fd", "_file", "_forwarder", "_sieve", "_thread")

    def __init__(self, stderr_fd: int, file: CappedFile, sieve: Sieve, forward_fd: int) -> None:
        # Its own descriptor: the caller may close the other while the thread is blocked in a read.
        self._fd = os.dup(stderr_fd)
        self._file = file
        self._sieve = sieve
        self._forwarder = Forwarder(forward_fd)
        self._thread = threading.Thread(target=self._run, name="localguard-stderr-in", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """How many bytes our own stderr did not take in time."""
        return self._forwarder.dropped

    @property
    def file_broken(self) -> bool:
        """Whether the file could not be written and was given up."""
        return self._file.broken

    def finish(self, seconds: float) -> bool:
        """Wait up to `seconds` for the last words of a stopped server; whether they all came."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        escaper = Escaper()
        try:
            while chunk := _read(self._fd):
                self._take(self._sieve.feed(escaper.feed(chunk)))
            last = escaper.feed(b"", final=True)
            self._take(self._sieve.feed(last, final=True))
        finally:
            os.close(self._fd)
            self._file.close()
            self._forwarder.finish(0.1)

    def _take(self, data: bytes) -> None:
        if data:
            self._file.write(data)
            self._forwarder.put(data)


def drain(stderr_fd: int, path: Path, sieve: Sieve, forward_fd: int = 2) -> StderrDrain:
    """Start to drain `stderr_fd` into `path` (at most KEPT bytes) and to `forward_fd`.

    `sieve` takes out of it what nobody may read.
    """
    return StderrDrain(stderr_fd, CappedFile(path, KEPT), sieve, forward_fd)


def _read(fd: int) -> bytes:
    while True:
        try:
            return os.read(fd, _CHUNK)
        except BlockingIOError:
            _wait(fd, selectors.EVENT_READ)
        except OSError:
            return b""


def _written(fd: int, data: bytes) -> bool:
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except BlockingIOError:
            _wait(fd, selectors.EVENT_WRITE)
        except OSError:
            return False
    return True


def _wait(fd: int, event: int) -> None:
    # Somebody who shares the open file description made it non-blocking.
    with selectors.DefaultSelector() as selector:
        selector.register(fd, event)
        selector.select()
