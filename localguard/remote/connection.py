"""One connection that speaks HTTP/1.1: a request goes out, the head of an answer and its body come.

h11 knows the protocol (RFC 9112), anyio the stream. Whatever goes wrong becomes `Cut`, which says
whether anything of an answer had come.
"""

import select
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Final

import anyio
import h11
from anyio.abc import ByteStream, SocketAttribute

MAX_HEAD: Final = 64 * 1024
"""Bytes of a status line and its headers."""
HEAD_PATIENCE: Final = 30.0
"""Seconds for the rest of a head that has begun."""
SEND_PATIENCE: Final = 60.0
"""Seconds for the server to take in a request."""
_TOO_LARGE: Final = f"sent headers of more than {MAX_HEAD // 1024} KiB"
_CHUNK: Final = 64 * 1024
_MAX_INTERIM: Final = 20
_AT_ONCE: Final = 16 * 1024

_BROKEN: Final = (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError)


class Cut(Exception):
    """Raised when a connection breaks, or what comes over it is no HTTP.

    `begun` says that something of the answer had come.
    """

    def __init__(self, what: str, *, begun: bool) -> None:
        super().__init__(what)
        self.what = what
        self.begun = begun


class Connection:
    """A connection for one exchange after another."""

    def __init__(self, stream: ByteStream) -> None:
        self.used = False
        self.idle_since = 0.0
        self._stream = stream
        self._raw: socket.socket | None = stream.extra(  # noqa: S610 -- no query of Django's
            SocketAttribute.raw_socket, None
        )
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        self._begun = False

    async def send(self, head: h11.Request, body: bytes) -> None:
        """Send a request in one piece. Raises Cut."""
        http = self._http
        self._begun = False
        parts = [http.send(head)]
        if body:
            parts.append(http.send(h11.Data(data=body)))
        parts.append(http.send(h11.EndOfMessage()))
        try:
            await self._send(b"".join(part for part in parts if part))
        except TimeoutError:
            raise Cut("did not take in the request", begun=True) from None
        except _BROKEN:
            # It may have answered before it closed, and else reading tells.
            return
        self._hurry()

    async def head(self) -> h11.Response:
        """The head of the answer, however long that takes to begin. Raises Cut."""
        await self._receive()
        if isinstance(event := self._event(), h11.Response):
            return _bounded(event)
        try:
            with anyio.fail_after(HEAD_PATIENCE):
                for _ in range(_MAX_INTERIM):
                    event = await self._next()
                    if isinstance(event, h11.Response):
                        return _bounded(event)
        except TimeoutError:
            raise Cut("began an answer and did not go on", begun=True) from None
        raise Cut("does not come to its answer", begun=True)

    async def body(self) -> AsyncIterator[bytes]:
        """The body in pieces. Raises Cut."""
        while True:
            event = await self._next()
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            else:
                return

    def at_hand(self) -> tuple[bytes, bool]:
        """What has come of the body by now, and whether that is all of it. Raises Cut."""
        found = bytearray()
        while (event := self._event()) is not h11.NEED_DATA:
            if not isinstance(event, h11.Data):
                return bytes(found), True
            found += event.data
        return bytes(found), False

    def renew(self) -> bool:
        """Whether the connection can be used again, and is ready for it."""
        http = self._http
        over = http.our_state is h11.DONE and http.their_state is h11.DONE
        if not over or http.trailing_data[0]:
            return False
        http.start_next_cycle()
        self.used = True
        return True

    def is_stale(self) -> bool:
        """Whether the server has closed an idle connection, or says what nobody has asked for."""
        raw = self._raw
        return raw is None or raw.fileno() < 0 or _readable(raw)

    async def close(self) -> None:
        """Let go of it, without a word more."""
        await anyio.aclose_forcefully(self._stream)

    async def _send(self, data: bytes) -> None:
        if len(data) <= _AT_ONCE:
            # No server is slow to take in so little, and a deadline takes its time, too.
            await self._stream.send(data)
            return
        with anyio.fail_after(SEND_PATIENCE):
            await self._stream.send(data)

    def _hurry(self) -> None:
        """Acknowledge at once: some servers hold the body back until their head is (RFC 896)."""
        if self._raw is not None and hasattr(socket, "TCP_QUICKACK") and self._raw.fileno() >= 0:
            self._raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    async def _next(self) -> h11.Event:
        while True:
            event = self._event()
            if event is not h11.NEED_DATA:
                return event  # type: ignore[return-value]
            await self._receive()

    def _event(self) -> "h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]":
        try:
            event = self._http.next_event()
        except h11.RemoteProtocolError as error:
            raise Cut(_words(error), begun=True) from None
        if isinstance(event, h11.ConnectionClosed) or event is h11.PAUSED:
            raise Cut("closed the connection", begun=self._begun)
        return event

    async def _receive(self) -> None:
        try:
            chunk = await self._stream.receive(_CHUNK)
        except anyio.EndOfStream:
            chunk = b""
        except _BROKEN:
            raise Cut("broke the connection off", begun=self._begun) from None
        self._begun = self._begun or bool(chunk)
        if not chunk and not self._begun:
            raise Cut("closed the connection", begun=False)
        try:
            self._http.receive_data(chunk)
        except h11.RemoteProtocolError as error:
            raise Cut(_words(error), begun=True) from None


def _bounded(head: h11.Response) -> h11.Response:
    """A head of at most MAX_HEAD bytes: h11 looks at those alone that have not come to an end."""
    if sum(len(name) + len(value) for name, value in head.headers) > MAX_HEAD:
        raise Cut(_TOO_LARGE, begun=True)
    return head


def _words(error: h11.RemoteProtocolError) -> str:
    """What was wrong; the words of h11 quote the server."""
    if "too long" in str(error).lower() or error.error_status_hint == 431:
        return _TOO_LARGE
    if "closed" in str(error).lower() or "without sending" in str(error).lower():
        return "broke the connection off"
    return "answered what is no HTTP"


if sys.platform == "win32":

    def _readable(raw: socket.socket) -> bool:
        return bool(select.select([raw], [], [], 0)[0])
else:

    def _readable(raw: socket.socket) -> bool:
        # Not by select(2), which knows no descriptor above 1023.
        poll = select.poll()
        poll.register(raw, select.POLLIN)
        return bool(poll.poll(0))


def request(
    method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes
) -> h11.Request:
    """The head of a request. Raises ValueError for what no header can hold."""
    length = [("Content-Length", str(len(body)))] if method == "POST" else []
    try:
        return h11.Request(method=method, target=target, headers=[*headers, *length])
    except (h11.LocalProtocolError, UnicodeEncodeError):
        raise ValueError("a header holds what none can hold") from None
