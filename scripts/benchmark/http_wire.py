"""The client that speaks to a server at a URL itself: what a call costs with nothing in between.

It has the methods of `wire.Wire`, and parses no JSON either.
"""

import re
import socket
import time
from contextlib import suppress
from types import TracebackType
from urllib.parse import urlsplit

from scripts.benchmark.eras import LEGACY, Era
from scripts.benchmark.wire import CHUNK, FIRST_ID, PATIENCE, SMALL, Broken, need_good

HEAD = (
    "POST {path} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json, text/event-stream\r\n"
    "Content-Type: application/json\r\nMCP-Protocol-Version: {version}\r\n{more}"
    "Content-Length: {length}\r\n\r\n"
)
END, LAST_CHUNK = b"\r\n\r\n", b"0\r\n\r\n"
SESSION = re.compile(rb"\r\nmcp-session-id: ([\x21-\x7e]+)\r\n", re.IGNORECASE)
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
NAME = re.compile(r'^{"name":"([a-z]+)"')


class HttpWire:
    """A session with a server. What goes wrong with it is raised as Broken."""

    def __init__(self, url: str, era: Era = LEGACY) -> None:
        self.begin = time.perf_counter()
        self._parts = urlsplit(url)
        self._era = era
        self._session = ""
        self._next_id = FIRST_ID
        self._lines: list[socket.socket] = []

    def __enter__(self) -> "HttpWire":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for line in self._lines:
            line.close()

    def initialize(self) -> float:
        """The first request, up to its answer: seconds since the connection was begun."""
        answer = self._good(self._era.greeting, self._era.params)
        took = time.perf_counter() - self.begin
        if (session := SESSION.search(answer)) is not None:
            self._session = f"Mcp-Session-Id: {session[1].decode()}\r\n"
        return took

    def ready(self, calls: int = 50) -> "HttpWire":
        """The whole handshake, a listing and some calls."""
        self.initialize()
        self.settle(calls)
        return self

    def settle(self, calls: int) -> None:
        """What follows the first request: the handshake's end, a listing and some calls."""
        if self._era.confirmation:
            self._exchange(self._post("notifications/initialized", "", self._era.confirmation))
        self._good("tools/list", "{}")
        for _ in range(calls):
            self._good("tools/call", SMALL)

    def timed(self, method: str, params: str, many: int = 1, gap: float = 0.0) -> list[float]:
        """Seconds from each request to its whole answer, `gap` seconds after the one before."""
        requests = [self._request(method, params) for _ in range(many)]
        times = []
        for request in requests:
            if gap:
                time.sleep(gap)
            begin = time.perf_counter()
            self._exchange(request)
            times.append(time.perf_counter() - begin)
        return times

    def together(self, params: str, many: int) -> float:
        """Seconds from the first of so many calls to the last answer; each has its connection."""
        requests = [self._request("tools/call", params) for _ in range(many)]
        lines = [self._line(number) for number in range(many)]
        begin = time.perf_counter()
        for line, request in zip(lines, requests, strict=True):
            line.sendall(request)
        for line in lines:
            need_good("tools/call", _answer(line))
        return time.perf_counter() - begin

    def _request(self, method: str, params: str) -> bytes:
        frame = self._era.frame(self._next_id, method, params)
        self._next_id += 1
        return self._post(method, params, frame)

    def _post(self, method: str, params: str, frame: bytes) -> bytes:
        """The whole request; 2026-07-28 mirrors the message in its headers."""
        more = self._session
        if self._era.meta:
            name = NAME.match(params)
            named = f"Mcp-Name: {name[1]}\r\n" if name else ""
            more += f"Mcp-Method: {method}\r\n{named}"
        head = HEAD.format(
            path=self._parts.path,
            host=self._parts.netloc,
            version=self._era.version,
            more=more,
            length=len(frame),
        )
        return head.encode() + frame

    def _good(self, method: str, params: str) -> bytes:
        answer = self._exchange(self._request(method, params))
        need_good(method, answer)
        return answer

    def _exchange(self, request: bytes) -> bytes:
        line = self._line(0)
        line.sendall(request)
        return _answer(line)

    def _line(self, number: int) -> socket.socket:
        """A connection, begun on demand."""
        while len(self._lines) <= number:
            place = (self._parts.hostname or "", self._parts.port or 80)
            try:
                line = socket.create_connection(place, PATIENCE)
            except OSError as error:
                raise Broken(f"it cannot be reached: {error}") from error
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._lines.append(line)
        return self._lines[number]


def _answer(line: socket.socket) -> bytes:
    """One answer, its head included."""
    answer = b""
    while not _is_whole(answer):
        chunk = b""
        with suppress(OSError):
            chunk = line.recv(CHUNK)
        if not chunk:
            raise Broken("it broke off the connection, or never answered")
        answer += chunk
    return answer


def _is_whole(answer: bytes) -> bool:
    end = answer.find(END)
    if end < 0:
        return False
    length = LENGTH.search(answer, 0, end + 2)
    if length is None:
        return answer.endswith(LAST_CHUNK)
    return len(answer) >= end + len(END) + int(length[1])
