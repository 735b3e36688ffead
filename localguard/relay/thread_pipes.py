"""Descriptors read and written by a thread: files, and the pipes of Windows.

Same surface as the readers and writers of `relay.pipes`, which chooses.
"""

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final

from localguard.relay.lines import Oversized, Splitter

CHUNK: Final = 65536
BACKLOG: Final = 8 * 1024 * 1024
"""Bytes that may wait for a slow peer before the other side is no longer read."""

OnLine = Callable[[bytes | Oversized], None]
OnGone = Callable[[], None]


class ThreadReader:
    """Reads by a thread, where the loop cannot watch the descriptor."""

    def __init__(self, fd: int, on_line: OnLine, on_end: Callable[[], None]) -> None:
        self._fd = fd
        self._on_line = on_line
        self._on_end = on_end
        self._splitter = Splitter()
        self._loop = asyncio.get_running_loop()
        self._open = True
        self._may_read = threading.Semaphore(1)
        self._paused = False
        self._kept: bytes | None = None
        self._idle = False
        threading.Thread(target=self._run, name=f"localguard-read-{fd}", daemon=True).start()

    def pause(self) -> None:
        """Stop reading; a chunk that is under way waits here."""
        self._paused = True

    def resume(self) -> None:
        """Read on."""
        if self._paused:
            self._paused = False
            kept, self._kept = self._kept, None
            if kept is not None:
                self._tell(kept)
            elif self._idle:
                self._go_on()

    def close(self) -> None:
        """Let go of the descriptor."""
        self._open = False

    def _run(self) -> None:
        while self._may_read.acquire():
            try:
                chunk = os.read(self._fd, CHUNK)
            except OSError:
                chunk = b""
            # The loop may be closed while this thread was in its read.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._take, chunk)
            if not chunk:
                return

    def _take(self, chunk: bytes) -> None:
        if not self._open:
            return
        if self._paused:
            self._kept = chunk
        else:
            self._tell(chunk)

    def _tell(self, chunk: bytes) -> None:
        for line in self._splitter.feed(chunk) if chunk else self._splitter.close():
            self._on_line(line)
        if not chunk:
            self._on_end()
        elif self._paused:
            self._idle = True
        else:
            self._go_on()

    def _go_on(self) -> None:
        self._idle = False
        self._may_read.release()


class ThreadWriter:
    """Writes by a thread, where the loop cannot watch the descriptor."""

    def __init__(self, fd: int, on_slow: Callable[[bool], None], on_gone: OnGone) -> None:
        self._fd = fd
        self._on_slow = on_slow
        self._on_gone = on_gone
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[bytes | None] = SimpleQueue()
        self._size = 0
        self._slow = False
        self._empty = asyncio.Event()
        self._empty.set()
        threading.Thread(target=self._run, name=f"localguard-write-{fd}", daemon=True).start()

    def write(self, data: bytes) -> None:
        """Take a frame."""
        self._empty.clear()
        self._count(len(data))
        self._queue.put(data)

    async def drained(self) -> None:
        """Return when everything is written, or the peer is gone."""
        await self._empty.wait()

    def close(self) -> None:
        """Let go of the descriptor."""
        self._queue.put(None)
        self._empty.set()

    def _run(self) -> None:
        gone = False
        while (data := self._queue.get()) is not None:
            lost = gone or not _write_all(self._fd, data)
            # The loop may be closed while this thread was in its write.
            with contextlib.suppress(RuntimeError):
                if lost and not gone:
                    self._loop.call_soon_threadsafe(self._on_gone)
                self._loop.call_soon_threadsafe(self._count, -len(data))
            gone = lost

    def _count(self, change: int) -> None:
        self._size += change
        if self._size == 0:
            self._empty.set()
        slow = self._size > BACKLOG
        if slow is not self._slow:
            self._slow = slow
            self._on_slow(slow)


def _write_all(fd: int, data: bytes) -> bool:
    try:
        while data:
            data = data[os.write(fd, data) :]
    except OSError:
        return False
    return True
