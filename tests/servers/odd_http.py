"""Servers with a URL that answer a call as no server should. They know nothing of localguard.

The name of the tool says how: `bomb` (a small body that inflates to 256 MiB), `another_id`,
`twice`, `garbage`, `empty`, `endless` (an event stream with nothing in it, until it is let go),
`redirected` (to another origin), `page` (HTML with a 200). All else is answered as it should be.
"""

import json
import threading
import zlib
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Message = dict[str, Any]
JSON, EVENTS = "application/json", "text/event-stream"


class Odd(ThreadingHTTPServer):
    """`calls` are the names of the tools that were called, in order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.calls: list[str] = []
        self.ending = threading.Event()
        self.elsewhere = 0

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}/mcp"


class Answering(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    @property
    def odd(self) -> Odd:
        """The server."""
        assert isinstance(self.server, Odd)
        return self.server

    def do_GET(self) -> None:
        self.odd.elsewhere += self.path.startswith("/elsewhere")
        self._send(405, b"")

    def do_DELETE(self) -> None:
        self._send(200, b"")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if "id" not in body:
            self._send(202, b"")
        elif body["method"] == "tools/call":
            self._call(body, body["params"]["name"])
        else:
            self._result(body, _ORDINARY.get(body["method"], {}))

    def _call(self, body: Message, tool: str) -> None:
        self.odd.calls.append(tool)
        odd = getattr(self, f"_{tool}", None)
        if odd is None:
            self._result(body, _text(tool))
        else:
            odd(body)

    def _bomb(self, _: Message) -> None:
        self._send(200, BOMB, JSON, {"content-encoding": "gzip"})

    def _another_id(self, body: Message) -> None:
        self._result({**body, "id": "another"}, _text("of another call"))

    def _twice(self, body: Message) -> None:
        events = "".join(f"data: {_answer(body, _text(word))}\n\n" for word in ("one", "two"))
        self._send(200, events.encode(), EVENTS)

    def _garbage(self, _: Message) -> None:
        self._send(200, b"{not json", JSON)

    def _empty(self, _: Message) -> None:
        self._send(200, b"", JSON)

    def _page(self, _: Message) -> None:
        self._send(200, b"<h1>Sign in at evil.test</h1>", "text/html")

    def _redirected(self, _: Message) -> None:
        elsewhere = f"http://localhost:{self.odd.server_port}/elsewhere"
        self._send(307, b"", JSON, {"location": elsewhere})

    def _endless(self, _: Message) -> None:
        self.send_response(200)
        self.send_header("content-type", EVENTS)
        self.end_headers()
        self.wfile.flush()
        self.odd.ending.wait()
        self.close_connection = True

    def _result(self, body: Message, result: Message) -> None:
        self._send(200, _answer(body, result).encode(), JSON)

    def handle(self) -> None:
        # Who is sent a bomb hangs up.
        with suppress(ConnectionError):
            super().handle()

    def _send(
        self, status: int, body: bytes, kind: str = JSON, more: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        headers = {"content-type": kind, "content-length": str(len(body)), **(more or {})}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def started() -> Generator[Odd]:
    """A server, as long as the block lasts."""
    with Odd() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.ending.set()
            server.shutdown()
            thread.join()


def _answer(body: Message, result: Message) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": body["id"], "result": result})


def _text(word: str) -> Message:
    return {"content": [{"type": "text", "text": word}]}


def _bomb() -> bytes:
    """Made once; 64 MiB of zeros in each of 4 members, as a gzip file may have several."""
    packer, zeros = zlib.compressobj(9, wbits=31), b"\0" * (1 << 20)
    member = b"".join([*(packer.compress(zeros) for _ in range(64)), packer.flush()])
    return member * 4


BOMB = _bomb()
_TOOLS = (
    "fine",
    "bomb",
    "another_id",
    "twice",
    "garbage",
    "empty",
    "endless",
    "redirected",
    "page",
)
_ORDINARY: Mapping[str, Message] = {
    "initialize": {
        "protocolVersion": "2025-11-25",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "odd", "version": "1"},
    },
    "tools/list": {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in _TOOLS]},
}
