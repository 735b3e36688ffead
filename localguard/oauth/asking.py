"""A page of our own, on this machine alone, that a person's browser is sent to by another program.

Its address is known to more than the person, and programs look at addresses before a person does.
So nothing ever happens by a GET; a form of the page can be posted once, by the page itself (`Host`,
`Origin`, `Sec-Fetch-Site`, a token that is in the page alone), and what that begins has to be safe
whoever did it. Everything blocks, on threads that no exit waits for.
"""

import hmac
import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs

from localguard.oauth.pages import Page, response, turned_away

MAX_VISITORS: Final = 16
"""Connections at once; who comes beyond that is not listened to."""
_SECONDS: Final = 5.0
_TICK: Final = 0.25
_SIZE: Final = re.compile(r"[0-9]{1,3}", re.ASCII)
_USED: Final = turned_away(410, "This page was used already.")
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Visit:
    """A request. Of each header that is looked at every value, in order; `body` of a POST."""

    target: str
    host: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    body: bytes = b""


@dataclass
class Asking:
    """The page at `path`, and the one use there is of its form: `begin` gives the page after it.

    `authority` is the host and port that it is reached at.
    """

    authority: str
    path: str
    page: Callable[[str], Page]
    begin: Callable[[], Page]
    _token: str = field(default_factory=lambda: token_urlsafe(32), repr=False)
    _used: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def get(self, visit: Visit) -> Page:
        """Shows what it is about, and does nothing."""
        return self._elsewhere(visit) or self._over() or self.page(self._token)

    def post(self, visit: Visit) -> Page:
        """Begins what the page is for, if it is the page that asks, and the first time."""
        objection = self._elsewhere(visit) or self._foreign(visit)
        if objection is not None:
            return objection
        # Never let go of: whoever has it is the one use.
        return self.begin() if self._used.acquire(blocking=False) else _USED

    def _over(self) -> Page | None:
        return _USED if self._used.locked() else None

    def _elsewhere(self, visit: Visit) -> Page | None:
        """The host comes first (DNS rebinding)."""
        if visit.host != (self.authority,):
            return turned_away(421, "This address is not meant for that name.")
        if not _same(visit.target, self.path):
            return turned_away(404, "There is nothing here.")
        return None

    def _foreign(self, visit: Visit) -> Page | None:
        """Why a form is not the one of the page (cross-site request forgery)."""
        # Browsers without Sec-Fetch-Site say an Origin with every form all the same.
        ours = visit.origin == (f"http://{self.authority}",)
        if not ours or visit.site not in ((), ("same-origin",), ("none",)):
            return turned_away(403, "Another page has sent this.")
        tokens = _tokens(visit.body) if visit.kind == (_FORM,) else []
        if len(tokens) != 1 or not _same(tokens[0], self._token):
            return turned_away(403, "This is not the form of the page.")
        return None


def serve(bound: socket.socket, asking: Asking, over: Callable[[], bool]) -> None:
    """Show the page at a socket that listens, which is closed in the end. `over` is quick."""
    with _Server(bound, asking) as server:
        while not over():
            server.handle_request()


class _Handler(BaseHTTPRequestHandler):
    """One request of one connection."""

    timeout: ClassVar[float | None] = _SECONDS
    server: "_Server"  # type: ignore[mutable-override]

    def do_GET(self) -> None:
        self._answer(self.server.asking.get(self._visit()))

    def do_POST(self) -> None:
        self._answer(self.server.asking.post(self._visit(self._body())))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """As `BaseHTTPRequestHandler` has it, in our words and with no name of a program."""
        self._answer(turned_away(code, "This is no request of a browser."))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing goes to stderr: the client keeps that."""

    def _visit(self, body: bytes = b"") -> Visit:
        return Visit(
            self.path,
            host=self._all("Host"),
            origin=self._all("Origin"),
            site=self._all("Sec-Fetch-Site"),
            kind=self._all("Content-Type"),
            body=body,
        )

    def _all(self, name: str) -> tuple[str, ...]:
        return tuple(self.headers.get_all(name, ()))

    def _body(self) -> bytes:
        size = _SIZE.fullmatch(",".join(self._all("Content-Length")))
        return b"" if size is None else self.rfile.read(int(size[0]))

    def _answer(self, page: Page) -> None:
        self.close_connection = True
        self.wfile.write(response(page))


class _Server(ThreadingHTTPServer):
    """A thread for each visitor, as far as there is room."""

    timeout: float | None = _TICK

    def __init__(self, bound: socket.socket, asking: Asking) -> None:
        super().__init__(("127.0.0.1", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = bound
        self.asking = asking
        self._room = threading.Semaphore(MAX_VISITORS)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A visitor that is slow, or gone."""


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _tokens(body: bytes) -> list[str]:
    try:
        return parse_qs(body.decode("ascii"), max_num_fields=4).get("token", [])
    except ValueError:
        return []
