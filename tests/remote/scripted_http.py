"""An HTTP server of the tests' own: it says exactly the bytes that a test has written.

A `Script` gets each request and yields what is sent, piece by piece; at its end the connection is
kept, unless it yields CUT. It knows nothing of MCP and shares no code with what is tested.
"""

import json
import time
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio.abc import SocketAttribute, SocketStream, TaskGroup
from anyio.from_thread import start_blocking_portal

CUT = b"\0cut"
"""Yielded by a script: close the connection now."""

Message = dict[str, Any]


@dataclass(frozen=True)
class Heard:
    """One request: names of headers are in lower case, those of one name joined."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def message(self) -> Message:
        """The message in a POST."""
        message: Message = json.loads(self.body) if self.body else {}
        return message

    @property
    def about(self) -> str:
        """The MCP method, or that of HTTP where there is no message."""
        return str(self.message.get("method", self.method))


Script = Callable[[Heard], AsyncIterator[bytes]]


@dataclass
class ScriptedServer:
    """Runs a script. `heard` has the requests in order, `closed` how many of them lost the peer."""

    script: Script
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    closed: int = 0
    news: anyio.Event = field(default_factory=anyio.Event)
    port: int = 0
    early: dict[int, bytes] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/mcp"

    def of(self, about: str) -> list[Heard]:
        """The requests of one MCP method, or HTTP method without a message."""
        return [one for one in self.heard if one.about == about]

    def wait_for(self, about: str) -> None:
        """Wait, in a test that is not async, until such a request has come."""
        deadline = time.monotonic() + 10
        while not self.of(about):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {about} among {[one.about for one in self.heard]}")
            time.sleep(0.005)

    async def until(self, look: Callable[[], bool]) -> None:
        """Wait until something is so."""
        with anyio.fail_after(10):
            while not look():
                await self.news.wait()

    async def serve(self, group: TaskGroup) -> None:
        """Listen, and go on in a task group."""
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        self.port = listener.extra(SocketAttribute.local_port)

        async def listening() -> None:
            async with listener:
                await listener.serve(self._connected)

        group.start_soon(listening)

    def _tell(self) -> None:
        self.news.set()
        self.news = anyio.Event()

    async def _connected(self, stream: SocketStream) -> None:
        self.connections += 1
        number = self.connections
        try:
            async with stream:
                while await self._exchange(stream, number):
                    pass
        except (anyio.BrokenResourceError, anyio.EndOfStream, anyio.ClosedResourceError):
            pass

    async def _exchange(self, stream: SocketStream, number: int) -> bool:
        request = await _read(stream, number, self.early.pop(number, b""))
        self.heard.append(request)
        self._tell()
        going = True
        async with anyio.create_task_group() as group:
            group.start_soon(self._watch, stream, number, group)
            async for piece in self.script(request):
                if piece == CUT:
                    going = False
                    break
                if piece:
                    await stream.send(piece)
            group.cancel_scope.cancel()
        return going

    async def _watch(self, stream: SocketStream, number: int, group: TaskGroup) -> None:
        """Notice that the peer has gone while an answer is being made."""
        try:
            while True:
                self.early[number] = self.early.get(number, b"") + await stream.receive()
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            self.closed += 1
            self._tell()
            group.cancel_scope.cancel()


async def _read(stream: SocketStream, number: int, data: bytes) -> Heard:
    while b"\r\n\r\n" not in data:
        data += await stream.receive()
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    while len(body) < int(headers.get("content-length", "0")):
        body += await stream.receive()
    method, target, _ = first.split(" ")
    return Heard(method, target, headers, body, number)


def reply(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """A whole answer; `content_type="…"` becomes Content-Type."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def as_json(message: Any, status: int = 200, **headers: str) -> bytes:
    """An answer with one message."""
    return reply(status, json.dumps(message).encode(), content_type="application/json", **headers)


def result(request: Heard, **members: Any) -> Message:
    """The good answer to a request."""
    return {"jsonrpc": "2.0", "id": request.message["id"], "result": members}


def error(request: Heard, code: int, message: str = "no", **data: Any) -> Message:
    """The bad answer to a request."""
    body: Message = {"code": code, "message": message} | ({"data": data} if data else {})
    return {"jsonrpc": "2.0", "id": request.message["id"], "error": body}


def stream(**headers: str) -> bytes:
    """The head of an answer that is a stream, in chunks."""
    lines = [
        "HTTP/1.1 200 OK",
        "Content-Type: text/event-stream",
        "Transfer-Encoding: chunked",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def chunk(data: bytes) -> bytes:
    """A chunk (RFC 9112 section 7.1)."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


END = b"0\r\n\r\n"
"""The last chunk."""


def event(message: Any = None, **fields: object) -> bytes:
    """A chunk with one event; `id` and `retry` as they are given."""
    lines = [f"{name}: {value}" for name, value in fields.items()]
    if message is not None:
        lines.append(f"data: {message if isinstance(message, str) else json.dumps(message)}")
    return chunk("\n".join([*lines, "", ""]).encode())


@contextmanager
def in_thread(script: Script) -> Generator[ScriptedServer]:
    """A server for a test that is not async itself."""
    server = ScriptedServer(script)

    async def run() -> None:
        async with anyio.create_task_group() as group:
            server.news = anyio.Event()
            await server.serve(group)
            ready.set()
            await over.wait()
            group.cancel_scope.cancel()

    with start_blocking_portal() as portal:
        ready, over = portal.call(anyio.Event), portal.call(anyio.Event)
        done = portal.start_task_soon(run)
        portal.call(ready.wait)
        try:
            yield server
        finally:
            portal.call(over.set)
            done.result(10)
