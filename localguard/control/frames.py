"""Frames on a socket: one JSON object a line, 1 MiB at most, both ways.

What does not begin as an object ends the connection at its first byte, before anything is kept of
it: that is how a browser's request for a port is told from a console. Nothing here blocks the loop.
Raises no OSError: a socket that fails is a peer that is gone.
"""

import socket
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import anyio

FRAME: Final = 1024 * 1024
"""Bytes of one frame without its newline."""
CHUNK: Final = 16 * 1024
STUCK: Final = 10.0
"""Seconds in which a peer has to read something of what was sent to it."""


class NotFrames(ValueError):
    """Raised for bytes that are no frames, or a frame that is too large."""


class Splitter:
    """Cuts a stream into frames of at most `limit` bytes."""

    def __init__(self, limit: int = FRAME) -> None:
        self.limit = limit
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The frames that end in this chunk. Raises NotFrames at what can be none."""
        seen = len(self._rest)
        self._rest += chunk
        start = 0
        while (end := self._rest.find(b"\n", max(seen, start))) >= 0:
            frame = bytes(self._rest[start:end])
            self._check(frame)
            yield frame
            start = end + 1
        del self._rest[:start]
        self._check(self._rest)

    def _check(self, frame: bytes | bytearray) -> None:
        if len(frame) > self.limit or (frame and not frame.startswith(b"{")):
            raise NotFrames


class Channel:
    """A connected socket that carries frames. One task may receive and one may send at a time."""

    def __init__(self, connected: socket.socket, limit: int = FRAME) -> None:
        connected.setblocking(False)
        self.socket = connected
        self._splitter = Splitter(limit)
        self._ready: deque[bytes] = deque()
        self._broken = False

    def allow(self, limit: int) -> None:
        """Take frames of another size from now on."""
        self._splitter.limit = limit

    async def receive(self) -> bytes | None:
        """The next frame; None when the peer is gone. Raises NotFrames where no frame follows."""
        while not self._ready:
            if self._broken:
                raise NotFrames
            chunk = await self._chunk()
            if not chunk:
                return None
            self._cut(chunk)
        return self._ready.popleft()

    async def send(self, frame: bytes) -> bool:
        """Send a frame; False when the peer is gone, or reads nothing for 10 seconds."""
        rest = memoryview(frame)
        while rest:
            sent = self._sent(rest)
            if sent is None or (not sent and not await self._writable()):
                return False
            rest = rest[sent:]
        return True

    def send_now(self, frame: bytes) -> None:
        """Send a last word, if the socket takes it at once."""
        self._sent(memoryview(frame))

    def hang_up(self) -> None:
        """End the connection for whoever waits on it, who closes it then."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection. Nobody may be waiting on it."""
        self.socket.close()

    def _cut(self, chunk: bytes) -> None:
        try:
            self._ready.extend(frame for frame in self._splitter.feed(chunk) if frame)
        except NotFrames:
            # What came before it is heard first, as it would be in chunks of its own.
            self._broken = True

    async def _chunk(self) -> bytes:
        while True:
            # Waited for even where there is something to read: a peer that never stops to write
            # must not keep the loop to itself.
            try:
                await anyio.wait_readable(self.socket)
                return self.socket.recv(CHUNK)
            except BlockingIOError:
                continue
            except OSError:
                return b""

    def _sent(self, data: memoryview) -> int | None:
        try:
            return self.socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            return None

    async def _writable(self) -> bool:
        with anyio.move_on_after(STUCK):
            try:
                await anyio.wait_writable(self.socket)
            except OSError:
                return False
            return True
        return False
