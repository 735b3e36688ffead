"""Descriptors on the loop and on threads: order, back-pressure, and a peer that goes away."""

import contextlib
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from localguard.relay import pipes
from localguard.relay.lines import Oversized
from localguard.relay.thread_pipes import BACKLOG, ThreadReader, ThreadWriter

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")

if sys.platform != "win32":
    from localguard.relay.loop_pipes import LoopReader, LoopWriter, hung_up

PATIENCE = 10.0
READERS = ["loop", "thread"]


class Ear:
    """Takes what a reader hears, and can be waited for."""

    def __init__(self) -> None:
        self.lines: list[bytes | Oversized] = []
        self.ends = 0
        self._news = anyio.Event()

    def line(self, line: bytes | Oversized) -> None:
        """One line more."""
        self.lines.append(line)
        self._news.set()

    def end(self) -> None:
        """The end of the stream."""
        self.ends += 1
        self._news.set()

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait for a state."""
        with anyio.fail_after(PATIENCE):
            while not done():
                await self._news.wait()
                self._news = anyio.Event()


def reader(kind: str, fd: int, ear: Ear) -> pipes.Reader:
    """A reader of either kind."""
    return (LoopReader if kind == "loop" else ThreadReader)(fd, ear.line, ear.end)


def writer(kind: str, fd: int, slow: list[bool], ear: Ear) -> pipes.Writer:
    """A writer of either kind; its peer's going away is an end."""
    return (LoopWriter if kind == "loop" else ThreadWriter)(fd, slow.append, ear.end)


@pytest.mark.parametrize("kind", READERS)
async def test_lines_come_in_order_and_the_last_needs_no_newline(kind: str) -> None:
    """Promise, "no final newline": and the end is told once."""
    source, feed = os.pipe()
    ear = Ear()
    reading = reader(kind, source, ear)
    os.write(feed, b"one\r\n\ntwo\nthr")
    os.write(feed, b"ee")
    os.close(feed)
    await ear.until(lambda: ear.ends == 1)
    assert ear.lines == [b"one", b"two", b"three"]
    reading.close()
    os.close(source)


@pytest.mark.parametrize("kind", READERS)
async def test_a_paused_reader_leaves_its_peer_waiting(kind: str) -> None:
    """Promise: a slow other side is felt, not stored."""
    source, feed = os.pipe()
    os.set_blocking(feed, False)
    ear = Ear()
    reading = reader(kind, source, ear)
    os.write(feed, b"first\n")
    await ear.until(lambda: len(ear.lines) == 1)
    reading.pause()
    written = 0
    with contextlib.suppress(BlockingIOError):
        while written < 1024 * 1024:
            written += os.write(feed, b"x" * 4095 + b"\n")
    assert written < 1024 * 1024
    assert len(ear.lines) < 20
    reading.resume()
    await ear.until(lambda: len(ear.lines) == 1 + written // 4096)
    reading.close()
    os.close(feed)
    os.close(source)


@pytest.mark.parametrize("kind", READERS)
async def test_a_closed_reader_tells_nothing_more(kind: str) -> None:
    """Promise: what comes after the end of a session disturbs nobody."""
    source, feed = os.pipe()
    ear = Ear()
    reading = reader(kind, source, ear)
    reading.close()
    os.write(feed, b"late\n")
    os.close(feed)
    await anyio.lowlevel.checkpoint()
    assert (ear.lines, ear.ends) == ([], 0)
    os.close(source)


@pytest.mark.parametrize("kind", READERS)
async def test_what_a_pipe_does_not_take_waits_in_order(kind: str) -> None:
    """Promise: a writer never blocks; it says when it falls behind and when it has caught up."""
    source, feed = os.pipe()
    slow: list[bool] = []
    writing = writer(kind, feed, slow, Ear())
    frames = [bytes([65 + number]) * (BACKLOG // 4) for number in range(6)]
    for frame in frames:
        writing.write(frame)
    assert slow == [True]
    heard = bytearray()
    with anyio.fail_after(PATIENCE):
        while len(heard) < sum(map(len, frames)):
            heard += await anyio.to_thread.run_sync(os.read, source, 1 << 20)
        await writing.drained()
    assert heard == b"".join(frames)
    assert slow == [True, False]
    writing.close()
    os.close(source)
    os.close(feed)


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("size", [10, BACKLOG * 2], ids=["idle", "behind"])
async def test_a_peer_that_reads_no_more_is_told_of_once(kind: str, size: int) -> None:
    """Attack: EPIPE, at rest or in the middle of much; nothing waits for it, nothing is kept."""
    source, feed = os.pipe()
    ear = Ear()
    slow: list[bool] = []
    writing = writer(kind, feed, slow, ear)
    if size > BACKLOG:
        writing.write(b"x" * size)
        assert slow == [True]
    os.close(source)
    writing.write(b"y" * 10)
    await ear.until(lambda: ear.ends == 1)
    writing.write(b"z" * 10)
    with anyio.fail_after(PATIENCE):
        await writing.drained()
    assert ear.ends == 1
    assert slow in ([], [True, False])
    writing.close()
    os.close(feed)


async def test_a_hurried_reader_notices_the_end_while_it_is_paused() -> None:
    """Attack: a client leaves while its server takes nothing; its last words are in the pipe."""
    source, feed = os.pipe()
    ear = Ear()
    reading = LoopReader(source, ear.line, ear.end, hurried=True)
    reading.pause()
    os.write(feed, b"unread\n")
    os.close(feed)
    await ear.until(lambda: ear.ends == 1)
    assert ear.lines == []
    reading.close()
    os.close(source)


def test_a_socket_whose_peer_writes_no_more_has_hung_up() -> None:
    """node gives its children socket pairs for pipes, and ends one direction of them."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.send(b"x")
        assert not hung_up(ours.fileno())
        theirs.shutdown(socket.SHUT_WR)
        assert hung_up(ours.fileno())


def test_only_what_a_loop_can_watch_is_watched(tmp_path: Path) -> None:
    """epoll(7): a regular file is refused."""
    source, feed = os.pipe()
    with (tmp_path / "file").open("wb") as file:
        assert not pipes.watchable(file.fileno())
    assert pipes.watchable(source)
    os.close(source)
    os.close(feed)


async def test_a_callback_that_fails_is_told_of() -> None:
    """Promise: a fault of our own ends the guard in the open, no line is lost in silence."""
    source, feed = os.pipe()
    told = anyio.Event()
    pipes.on_fault(told.set)

    def fails(line: bytes | Oversized) -> None:
        raise LookupError(line)

    reading = pipes.reader(source, fails, lambda: None)
    os.write(feed, b"line\n")
    with anyio.fail_after(PATIENCE):
        await told.wait()
    reading.close()
    os.close(feed)
    os.close(source)


async def test_a_chunk_that_is_under_way_waits_for_a_paused_reader() -> None:
    """What a thread has read while a server is replaced is for the next one."""
    source, feed = os.pipe()
    ear = Ear()
    reading = ThreadReader(source, ear.line, ear.end)
    for number in range(3):
        reading.pause()
        os.write(feed, b"more\n")
        with anyio.fail_after(PATIENCE):
            while reading._kept is None:
                await anyio.lowlevel.checkpoint()
        assert len(ear.lines) == number
        reading.resume()
        assert len(ear.lines) == number + 1
    os.close(feed)
    await ear.until(lambda: ear.ends == 1)
    reading.close()
    os.close(source)


@pytest.mark.parametrize("kind", READERS)
async def test_a_reader_that_is_paused_by_what_it_reads_reads_on_when_it_may(kind: str) -> None:
    """A client that sends faster than its server takes is paused in the midst of a line of its."""
    source, feed = os.pipe()
    ear = Ear()
    found: list[bytes | Oversized] = []

    def pause(line: bytes | Oversized) -> None:
        found.append(line)
        reading.pause()
        ear.end()

    reading = (LoopReader if kind == "loop" else ThreadReader)(source, pause, ear.end)
    for number in range(3):
        os.write(feed, b"more\n")
        await ear.until(lambda heard=number + 1: len(found) == heard)  # type: ignore[misc]
        reading.resume()
    reading.close()
    os.close(feed)
    os.close(source)
