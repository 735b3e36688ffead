"""Descriptors read and written when the loop says so: the pipes and sockets of POSIX.

At most 64 KiB are read at a time: CPython allocates what is asked for before it reads, and from
128 KiB on that costs more than the read. Same surface as the readers and writers by thread;
`relay.pipes` chooses.
"""

import sys

if sys.platform == "win32":
    raise ImportError("loop_pipes is for POSIX")

import asyncio
import os
import select
from collections import deque
from collections.abc import Callable
from typing import Final

from localguard.relay.lines import Splitter
from localguard.relay.thread_pipes import BACKLOG, CHUNK, OnGone, OnLine

_HANGUP_POLL: Final = 0.25


class LoopReader:
    """Reads a descriptor that the loop can watch.

    With `hurried` a peer that hangs up while its reader is paused ends at once, and what it wrote
    last is left unread.
    """

    def __init__(
        self, fd: int, on_line: OnLine, on_end: Callable[[], None], *, hurried: bool = False
    ) -> None:
        self._fd = fd
        self._on_line = on_line
        self._on_end = on_end
        self._hurried = hurried
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
            if self._hurried:
                self._loop.call_later(_HANGUP_POLL, self._look_for_hangup)

    def resume(self) -> None:
        """Read on."""
        if self._paused and self._open:
            self._paused = False
            self._loop.add_reader(self._fd, self._ready)

    def close(self) -> None:
        """Let go of the descriptor."""
        self._hurried = False
        self.pause()
        self._open = False

    def _look_for_hangup(self) -> None:
        if not (self._paused and self._hurried):
            return
        if hung_up(self._fd):
            self.close()
            self._on_end()
        else:
            self._loop.call_later(_HANGUP_POLL, self._look_for_hangup)

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
        while self._waiting:
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


def hung_up(fd: int) -> bool:
    """Whether the peer of a pipe or socket writes no more, however much of it is still unread."""
    poll = select.poll()
    poll.register(fd, getattr(select, "POLLRDHUP", 0))
    return bool(poll.poll(0))
