"""Descriptors on the event loop: the one place that reads and writes the wire.

What the loop can watch (`loop_pipes`) is read and written when it is ready; what it cannot (files,
Windows pipes) by a thread (`thread_pipes`). A writer never blocks and never loses order: what the
pipe does not take waits, and who feeds it is paused.
"""

import asyncio
import os
import stat
import sys
from collections.abc import Callable
from typing import Any, Protocol

from localguard.relay.thread_pipes import OnGone, OnLine, ThreadReader, ThreadWriter

if sys.platform != "win32":
    from localguard.relay.loop_pipes import LoopReader, LoopWriter


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


def watchable(fd: int) -> bool:
    """True for a pipe or socket, which POSIX loops can watch."""
    mode = os.fstat(fd).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def reader(
    fd: int, on_line: OnLine, on_end: Callable[[], None], *, hurried: bool = False
) -> Reader:
    """Start to read a descriptor; needs a running loop."""
    if sys.platform != "win32" and watchable(fd):
        return LoopReader(fd, on_line, on_end, hurried=hurried)
    return ThreadReader(fd, on_line, on_end)


def writer(fd: int, on_slow: Callable[[bool], None], on_gone: OnGone) -> Writer:
    """Start to write a descriptor; needs a running loop."""
    if sys.platform != "win32" and watchable(fd):
        return LoopWriter(fd, on_slow, on_gone)
    return ThreadWriter(fd, on_slow, on_gone)


def later(seconds: float, callback: Callable[[], None]) -> None:
    """Run a callback on the running loop after so many seconds."""
    asyncio.get_running_loop().call_later(seconds, callback)


def blame(error: Exception) -> None:
    """Have an exception of a task told as those of callbacks are."""
    context = {"message": "a task of localguard failed", "exception": error}
    asyncio.get_running_loop().call_exception_handler(context)


def on_fault(tell: Callable[[], None]) -> None:
    """Tell of an exception that a callback of the running loop let through, after logging it."""

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        loop.default_exception_handler(context)
        tell()

    asyncio.get_running_loop().set_exception_handler(handle)
