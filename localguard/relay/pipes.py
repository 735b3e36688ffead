"""Descriptors on the event loop: the one place that reads and writes the wire.

A descriptor the loop can watch is read when it is ready, at most 64 KiB at a time: CPython
allocates what is asked for before it reads, and from 128 KiB on that costs more than the read. What
the loop cannot watch (files, Windows pipes) is read and written by a thread. A writer never blocks
and never loses order: what the pipe does not take waits here, and who feeds it is paused.
"""

import asyncio
import os
import stat
import sys
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from localguard.relay.lines import Splitter
from localguard.relay.thread_pipes import (
    BACKLOG,
    CHUNK,
    OnGone,
    OnLine,
    ThreadReader,
    ThreadWriter,
)


class Reader(Protocol):
    """A descriptor being read, line by line."""

    def pause(self) -> None:
        """Stop reading, so that the peer feels it."""
        ...

    def resume(self) -> None:
        """Read on."""
        ...

    def close(self) -> None:
        """Let go of the descriptor; no line comes after this."""
        ...


class Writer(Protocol):
    """A descriptor being written, frame by frame."""

    def write(self, data: bytes) -> None:
        """Take a frame. Never blocks, never raises."""
        ...

    async def drained(self) -> None:
        """Return when everything is written, or the peer is gone."""
        ...

    def close(self) -> None:
        """Let go of the descriptor; what waits is lost."""
        ...


class LoopReader:
    """Reads a descriptor that the loop can watch."""

    def __init__(self, fd: int, on_line: OnLine, on_end: Callable[[], None]) -> None:
        self._fd = fd
        self._on_line = on_line
        self._on_end = on_end
        self._splitter = Splitter()
        self._loop = asyncio.get_running_loop()
        self._open = True
        self._paused = True
        self.resume()

    def pause(self) -> None:
        """Stop reading."""
        if not self._paused:
            self._paused = True
            self._loop.remove_reader(self._fd)

    def resume(self) -> None:
        """Read on."""
        if self._paused and self._open:
            self._paused = False
            self._loop.add_reader(self._fd, self._ready)

    def close(self) -> None:
        """Let go of the descriptor."""
        self.pause()
        self._open = False

    def _ready(self) -> None:
        try:
            chunk = os.read(self._fd, CHUNK)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        lines = self._splitter.feed(chunk) if chunk else self._splitter.close()
        for line in lines:
            self._on_line(line)
        if not chunk and self._open:
            self.close()
            self._on_end()


class LoopWriter:
    """Writes a descriptor that the loop can watch.

    `on_slow` is told when the peer falls behind and when it has caught up, `on_gone` once that it
    reads no more.
    """

    def __init__(self, fd: int, on_slow: Callable[[bool], None], on_gone: OnGone) -> None:
        self._fd = fd
        self._on_slow = on_slow
        self._on_gone = on_gone
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[memoryview] = deque()
        self._size = 0
        self._slow = False
        self._empty = asyncio.Event()
        self._empty.set()
        self._gone = False
        os.set_blocking(fd, False)

    def write(self, data: bytes) -> None:
        """Take a frame."""
        if self._gone:
            return
        if self._waiting:
            self._keep(memoryview(data))
            return
        written = self._write(data)
        if written < len(data) and not self._gone:
            self._empty.clear()
            self._loop.add_writer(self._fd, self._ready)
            self._keep(memoryview(data)[written:])

    async def drained(self) -> None:
        """Return when everything is written, or the peer is gone."""
        await self._empty.wait()

    def close(self) -> None:
        """Let go of the descriptor."""
        if not self._empty.is_set():
            self._loop.remove_writer(self._fd)
        self._gone = True
        self._waiting.clear()
        self._size = 0
        self._empty.set()

    def _keep(self, rest: memoryview) -> None:
        self._waiting.append(rest)
        self._size += len(rest)
        self._tell()

    def _ready(self) -> None:
        while self._waiting and not self._gone:
            first = self._waiting[0]
            written = self._write(first)
            if self._gone:
                break
            self._size -= written
            if written < len(first):
                self._waiting[0] = first[written:]
                break
            self._waiting.popleft()
        if not self._waiting and not self._empty.is_set():
            self._loop.remove_writer(self._fd)
            self._empty.set()
        self._tell()

    def _write(self, data: bytes | memoryview) -> int:
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0
        except OSError:
            self.close()
            self._loop.call_soon(self._on_gone)
            return len(data)

    def _tell(self) -> None:
        slow = self._size > BACKLOG
        if slow is not self._slow:
            self._slow = slow
            self._on_slow(slow)


def watchable(fd: int) -> bool:
    """True for a pipe or socket on a system whose loop watches them."""
    if sys.platform == "win32":
        return False
    mode = os.fstat(fd).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def reader(fd: int, on_line: OnLine, on_end: Callable[[], None]) -> Reader:
    """Start to read a descriptor; needs a running loop."""
    return (LoopReader if watchable(fd) else ThreadReader)(fd, on_line, on_end)


def writer(fd: int, on_slow: Callable[[bool], None], on_gone: OnGone) -> Writer:
    """Start to write a descriptor; needs a running loop."""
    return (LoopWriter if watchable(fd) else ThreadWriter)(fd, on_slow, on_gone)


def later(seconds: float, callback: Callable[[], None]) -> None:
    """Run a callback on the running loop after so many seconds."""
    asyncio.get_running_loop().call_later(seconds, callback)


def on_fault(tell: Callable[[], None]) -> None:
    """Tell of an exception that a callback of the running loop let through, after logging it."""

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        loop.default_exception_handler(context)
        tell()

    asyncio.get_running_loop().set_exception_handler(handle)
