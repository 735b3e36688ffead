"""Streamable HTTP in front of a stdio server: each JSON-RPC message passes as the text it is.

Run as `python -m tests.conformance.bridge COMMAND...`; it prints its URL and serves until its stdin
ends. Up to 2025-11-25 a session is a process of its own, and what belongs to no request goes to its
GET stream (basic/transports "Streamable HTTP"). From 2026-07-28 on one process serves every POST;
the headers are checked here, and closing a stream is the cancellation. It knows no tool and nothing
of localguard.
"""

import json
import secrets
import socket
import sys
import threading
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import anyio
import click
import uvicorn
from anyio.abc import TaskGroup
from mcp.shared.inbound import (
    ERROR_CODE_HTTP_STATUS,
    InboundLadderRejection,
    classify_inbound_request,
)
from mcp_types import HEADER_MISMATCH, METHOD_NOT_FOUND
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.conformance.child import Child, Message, Outlet

STATEFUL = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
STATELESS = "2026-07-28"
META = "io.modelcontextprotocol"
SESSION = "mcp-session-id"
PATIENCE = 20.0
"""Seconds until a first answer has to be there."""
SPARE = 2
"""Processes that start while the sessions before theirs are in use."""


class Bridge:
    """The processes of one command, and the HTTP endpoint in front of them."""

    tasks: TaskGroup
    stateless: Child

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._sessions: dict[str, Child] = {}
        self._spare: deque[Child] = deque()
        self._all: list[Child] = []

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as self.tasks:
            self.stateless = await self._start()
            await self._probe()
            self._spare.extend([await self._start() for _ in range(SPARE)])
            yield
            async with anyio.create_task_group() as ends:
                for child in self._all:
                    ends.start_soon(child.stop)
            self.tasks.cancel_scope.cancel()

    async def _start(self) -> Child:
        child = Child(await anyio.open_process(self._command, stderr=None))
        self._all.append(child)
        self.tasks.start_soon(child.read)
        self.tasks.start_soon(child.write)
        return child

    async def _probe(self) -> None:
        """What every client of both eras sends first on stdio (2026-07-28 transports/stdio)."""
        meta = {f"{META}/protocolVersion": STATELESS, f"{META}/clientCapabilities": {}}
        probe = {"id": "bridge", "method": "server/discover", "params": {"_meta": meta}}
        message = {"jsonrpc": "2.0", **probe}
        with anyio.fail_after(PATIENCE):
            await self.stateless.ask(json.dumps(message).encode(), message).take()

    async def post(self, request: Request) -> Response:
        body = await request.body()
        message = json.loads(body)
        if request.headers.get("mcp-protocol-version", STATEFUL[0]) not in STATEFUL:
            return refusal(request, message) or await self._answer(body, message)
        id_ = request.headers.get(SESSION)
        if message.get("method") == "initialize" and id_ is None:
            id_ = secrets.token_hex()
            self._sessions[id_] = self._spare.popleft()
            self._spare.append(await self._start())
        child = self._sessions.get(id_ or "")
        if child is None:
            return Response(status_code=404 if id_ else 400)
        if "method" not in message or "id" not in message:
            child.say(body)
            return Response(status_code=202)
        return stream(events(child.ask(body, message)), {SESSION: str(id_)})

    async def _answer(self, body: bytes, message: Message) -> Response:
        """A POST that stands alone: an error has a status, all else is a stream."""
        if "id" not in message:
            return Response(status_code=202)
        outlet = self.stateless.ask(body, message)
        first = await outlet.take()
        error = json.loads(first).get("error")
        if error is not None:
            status = ERROR_CODE_HTTP_STATUS.get(error["code"], 200)
            return Response(first, status, media_type="application/json")

        async def whole() -> AsyncIterator[bytes]:
            try:
                yield event(first)
                async for line in events(outlet):
                    yield line
            finally:
                self.stateless.give_up(message["id"])

        return stream(whole(), {})

    async def get(self, request: Request) -> Response:
        child = self._sessions.get(request.headers.get(SESSION, ""))
        return Response(status_code=405) if child is None else stream(events(child.aside), {})

    async def delete(self, request: Request) -> Response:
        child = self._sessions.pop(request.headers.get(SESSION, ""), None)
        if child is None:
            return Response(status_code=404)
        self.tasks.start_soon(child.stop)
        return Response(status_code=204)


def refusal(request: Request, message: Message) -> Response | None:
    """Why a POST of the new era is none: other words in its headers, or a method of the old era.

    Only there: a stdio server knows `initialize` in both, and says which era its stream has.
    """
    found = classify_inbound_request(message, headers=request.headers)
    if isinstance(found, InboundLadderRejection) and found.code == HEADER_MISMATCH:
        code, words = found.code, found.message
    elif message.get("method") == "initialize":
        code, words = METHOD_NOT_FOUND, "Method not found"
    else:
        return None
    answer = {"jsonrpc": "2.0", "id": message.get("id"), "error": {"code": code, "message": words}}
    return JSONResponse(answer, ERROR_CODE_HTTP_STATUS[code])


def event(line: bytes) -> bytes:
    return b"event: message\ndata: " + line.replace(b"\r", b" ") + b"\n\n"


async def events(outlet: Outlet) -> AsyncIterator[bytes]:
    with suppress(anyio.EndOfStream):
        while True:
            yield event(await outlet.take())


def stream(lines: AsyncIterator[bytes], headers: dict[str, str]) -> Response:
    return StreamingResponse(lines, headers=headers, media_type="text/event-stream")


def main(command: list[str]) -> None:
    """Serve on a free port of this machine."""
    bridge = Bridge(command)
    methods = {"POST": bridge.post, "GET": bridge.get, "DELETE": bridge.delete}
    app = Starlette(
        routes=[Route("/mcp", handler, methods=[name]) for name, handler in methods.items()],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1"])],
        lifespan=bridge.lifespan,
    )
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)

    def end_with_stdin() -> None:
        sys.stdin.buffer.read()
        server.should_exit = True

    threading.Thread(target=end_with_stdin, daemon=True).start()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        click.echo(f"http://127.0.0.1:{listening.getsockname()[1]}/mcp")
        server.run(sockets=[listening])


if __name__ == "__main__":
    main(sys.argv[1:])
