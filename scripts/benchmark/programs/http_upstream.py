"""The server that does nothing, at a URL. Run as http_upstream.py json|sse.

It says {"url": ...} and ends with its stdin. HTTP is read by hand, so that what stands before the
server is felt and not the server. Requests of 2026-07-28 are known by their header.
"""

import asyncio
import json
import sys
from typing import Any

SSE = sys.argv[1:] == ["sse"]
SERVER = {"name": "bench", "version": "1"}
CAPABILITIES: dict[str, Any] = {"tools": {}}
PROPERTIES = {name: {"type": kind} for name, kind in (("text", "string"), ("ms", "integer"))}
TOOLS = [
    {
        "name": name,
        "description": what,
        "inputSchema": {"type": "object", "properties": PROPERTIES},
    }
    for name, what in (("echo", "Says a text again."), ("sleep", "Takes its time."))
]
FRESH = {"ttlMs": 0, "cacheScope": "private"}
EMPTY = b"content-length: 0\r\n\r\n"


def result(method: str, params: dict[str, Any]) -> dict[str, Any]:
    """What a request is answered with."""
    if method == "initialize":
        version = params["protocolVersion"]
        return {"protocolVersion": version, "capabilities": CAPABILITIES, "serverInfo": SERVER}
    if method == "server/discover":
        versions = ["2026-07-28", "2025-11-25"]
        return {"supportedVersions": versions, "capabilities": CAPABILITIES, **FRESH}
    if method == "tools/list":
        return {"tools": TOOLS, **FRESH}
    if method == "tools/call":
        text = params.get("arguments", {}).get("text", "")
        return {"content": [{"type": "text", "text": text}], "isError": False}
    return {}


def seconds(method: str, params: dict[str, Any]) -> float:
    """How long a request takes."""
    if method != "tools/call" or params.get("name") != "sleep":
        return 0.0
    return float(params["arguments"]["ms"]) / 1000


class Http(asyncio.Protocol):
    """One connection, kept alive."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport, self.read = transport, b""

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self.read += data
        while (end := self.read.find(b"\r\n\r\n")) >= 0:
            head = self.read[:end].lower()
            body = end + 4
            _, _, length = head.partition(b"\r\ncontent-length:")
            whole = body + int(length.partition(b"\r")[0] or 0)
            if len(self.read) < whole:
                return
            message, self.read = self.read[body:whole], self.read[whole:]
            self.request(head, message)

    def request(self, head: bytes, body: bytes) -> None:
        """Answer one request."""
        if not head.startswith(b"post "):
            status = b"200 OK" if head.startswith(b"delete ") else b"405 Method Not Allowed"
            self.transport.write(b"HTTP/1.1 " + status + b"\r\n" + EMPTY)
            return
        message = json.loads(body)
        if "id" not in message:
            self.transport.write(b"HTTP/1.1 202 Accepted\r\n" + EMPTY)
            return
        method, params = message["method"], message.get("params") or {}
        found = result(method, params)
        if b"\r\nmcp-protocol-version: 2026-07-28" in head:
            found = {"resultType": "complete", **found}
        answer = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": found}).encode()
        more = b"mcp-session-id: bench\r\n" if method == "initialize" else b""
        self.answer(answer, more, seconds(method, params))

    def answer(self, message: bytes, headers: bytes, after: float) -> None:
        """Send an answer, at once or later."""
        data = b"HTTP/1.1 200 OK\r\n" + headers + (stream(message) if SSE else whole(message))
        if after:
            asyncio.get_running_loop().call_later(after, self.transport.write, data)
        else:
            self.transport.write(data)


def whole(message: bytes) -> bytes:
    """An answer as JSON."""
    length = b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(message)
    return length + message


def stream(message: bytes) -> bytes:
    """An answer as a stream that ends with it."""
    event = b"event: message\r\ndata: " + message + b"\r\n\r\n"
    head = b"content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    return head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(event), event)


async def main() -> None:
    """Serve until stdin ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Http, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"url": f"http://127.0.0.1:{port}/mcp"}), flush=True)
    over = asyncio.Event()
    loop.add_reader(0, over.set)
    await over.wait()


if __name__ == "__main__":
    asyncio.run(main())
