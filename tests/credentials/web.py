"""A small HTTP server on loopback for the tests of this folder."""

import json
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: `path` without its query, `fields` of the query or the form, `said` of JSON."""

    method: str
    path: str
    fields: Mapping[str, str]
    headers: Mapping[str, str]
    said: Any = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered; None in its place closes the connection without a word."""

    status: int = 200
    said: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


Answering = Callable[[Asked], Reply | None]


@contextmanager
def serving(answering: Answering) -> Generator[str]:
    """The origin of a server that answers so, as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            reply = answering(self._asked())
            self.close_connection = True
            if reply is None:
                return
            body = reply.said if isinstance(reply.said, bytes) else json.dumps(reply.said).encode()
            self.send_response(reply.status)
            headers = {"Content-Type": "application/json", **reply.headers}
            for name, value in {**headers, "Connection": "close"}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815 -- the names are those of http.server

        def _asked(self) -> Asked:
            raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            is_json = headers.get("content-type") == "application/json"
            text = parts.query if self.command == "GET" or is_json else raw.decode()
            fields = dict(parse_qsl(text, keep_blank_values=True))
            said = json.loads(raw) if is_json and raw else None
            return Asked(self.command, parts.path, fields, headers, said)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
