"""Whoever comes to the listener: byte by byte, with no client library in the way."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit


@dataclass(frozen=True, slots=True)
class Shown:
    """What a browser would show."""

    status: int
    head: str
    body: str


def connected(uri: str, address: str = "127.0.0.1") -> socket.socket:
    """A connection to where an address points, without a word yet."""
    port = urlsplit(uri).port
    assert port is not None
    return socket.create_connection((address, port), timeout=20)


def shown(connection: socket.socket) -> Shown:
    """All that comes until the other side is done; status 0 where nothing does."""
    received = bytearray()
    with connection:
        while chunk := connection.recv(65_536):
            received += chunk
    head, _, body = received.decode("utf-8").partition("\r\n\r\n")
    return Shown(int(head.split(" ")[1]) if head else 0, head, body)


def sent(uri: str, request: bytes, address: str = "127.0.0.1") -> Shown:
    """What a request is answered with."""
    connection = connected(uri, address)
    connection.sendall(request)
    return shown(connection)


def visit(
    uri: str,
    query: str = "",
    *,
    method: str = "GET",
    host: str | None = None,
    path: str | None = None,
    address: str = "127.0.0.1",
) -> Shown:
    """What a browser is shown that goes to an address with a query."""
    return sent(uri, request(uri, query, method=method, host=host, path=path), address)


def request(
    uri: str,
    query: str = "",
    *,
    method: str = "GET",
    host: str | None = None,
    path: str | None = None,
) -> bytes:
    parts = urlsplit(uri)
    target = f"{path or parts.path}?{query}" if query else path or parts.path
    host = parts.netloc if host is None else host
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n".encode()


@dataclass(slots=True)
class Visiting:
    """A browser whose person does what a test says, on a thread of its own.

    `doing` gets the parameters of the request for authorization, with the issuer among them.
    """

    issuer: str
    doing: Callable[["Visiting"], object]
    opened: list[str] = field(default_factory=list)
    asked: dict[str, str] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)
    _thread: threading.Thread | None = None

    def open(self, url: str) -> None:
        self.opened.append(url)
        self.asked = dict(parse_qsl(urlsplit(url).query))
        self._thread = threading.Thread(target=lambda: self.doing(self))
        self._thread.start()

    def close(self) -> None:
        if self._thread is not None:
            self._thread.join(20)
            assert not self._thread.is_alive()

    def comes_back(self, **changes: str | None) -> Shown:
        """The redirect of an honest provider, with some parameters changed or (None) left out."""
        said = {"code": "c", "state": self.asked["state"], "iss": self.issuer, **changes}
        query = urlencode({name: value for name, value in said.items() if value is not None})
        seen = visit(self.asked["redirect_uri"], query)
        self.shown.append(seen)
        return seen
