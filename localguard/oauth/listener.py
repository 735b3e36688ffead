"""A listener that takes one redirect, on this machine alone (RFC 8252 section 7.3 and 8.3).

It reads on a thread of its own, without ever blocking on one connection: strangers may be slow or
many, and what they send is turned away without ending the sign-in. The browser that brought the
right answer is kept waiting until the sign-in is settled, and then told what came of it.
"""

import queue
import selectors
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from localguard.aside import start
from localguard.oauth.pages import Page, not_signed_in, turned_away
from localguard.oauth.redirects import PATH, NotOurs, Redirect, read_redirect
from localguard.oauth.sockets import Host, listening
from localguard.oauth.visitor import Request, Visitor

MAX_VISITORS: Final = 64
"""Connections at once; the one that has been silent for longest makes room for a new one."""

_LINGER: Final = 2.0
_TICK: Final = 0.25
_BROKE_OFF: Final = not_signed_in("the sign-in broke off", "look where you started it")


class Listener:
    """Listens while it is entered; `deliver` gets the one redirect that has the state.

    `deliver` is called on the listener's thread. `ports` are tried in order, 0 for any; `again` is
    the command to repeat once one is free. Entering raises SignInFault where none is.
    """

    def __init__(
        self,
        state: str,
        deliver: Callable[[Redirect], None],
        *,
        host: Host = "127.0.0.1",
        ports: tuple[int, ...] = (0,),
        again: str = "localguard login",
    ) -> None:
        self._state = state
        self._deliver = deliver
        self._host: Host = host
        self._ports = ports
        self._again = again
        self._used = False
        self._closing: float | None = None
        self._settled: queue.SimpleQueue[Page] = queue.SimpleQueue()
        self._outcome: Page | None = None

    @property
    def redirect_uri(self) -> str:
        """The address that the provider sends the browser to; known once it listens."""
        return f"http://{self._authority}{PATH}"

    def __enter__(self) -> Self:
        self._sockets = listening(self._host, self._ports, again=self._again)
        self._authority = f"{self._host}:{self._sockets[0].getsockname()[1]}"
        self._wake, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._thread: Future[None] = start(self._run)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing = time.monotonic() + _LINGER
        self._signal()
        with suppress(TimeoutError):
            self._thread.result(_LINGER + 1)
        self._wake.close()

    def settle(self, page: Page) -> None:
        """Tell the browser that brought the answer, if one did, what came of it."""
        self._settled.put(page)
        self._signal()

    def _signal(self) -> None:
        with suppress(OSError):
            self._wake.send(b"!")

    def _run(self) -> None:
        with selectors.DefaultSelector() as ready:
            try:
                self._serve(ready)
            finally:
                for visitor in _visitors(ready):
                    visitor.close()
                for each in (*self._sockets, self._woken):
                    each.close()

    def _serve(self, ready: selectors.BaseSelector) -> None:
        for each in (*self._sockets, self._woken):
            ready.register(each, selectors.EVENT_READ)
        while not self._finished(ready):
            for key, events in ready.select(_TICK):
                if isinstance(key.data, Visitor):
                    self._attend(key.data, events)
                elif key.fileobj is self._woken:
                    self._take_outcome()
                    self._tell(ready, self._outcome)
                else:
                    self._welcome(key.fileobj, ready)
            self._tidy(ready)

    def _finished(self, ready: selectors.BaseSelector) -> bool:
        """Whether it is to end, and what was to be told has been."""
        if self._closing is None:
            return False
        self._take_outcome()
        self._tell(ready, self._outcome or _BROKE_OFF)
        telling = any(visitor.writing for visitor in _visitors(ready))
        return not telling or time.monotonic() > self._closing

    def _take_outcome(self) -> None:
        with suppress(BlockingIOError):
            self._woken.recv(64)
        with suppress(queue.Empty):
            self._outcome = self._settled.get_nowait()

    def _tell(self, ready: selectors.BaseSelector, page: Page | None) -> None:
        """Answer the browser that was kept waiting, once there is something to tell."""
        for visitor in _visitors(ready):
            if visitor.held and page is not None:
                visitor.answer(page, time.monotonic())
                ready.modify(visitor.connection, _wanted(visitor), visitor)

    def _welcome(self, listener: object, ready: selectors.BaseSelector) -> None:
        if not isinstance(listener, socket.socket):
            return
        try:
            connection, _ = listener.accept()
        except OSError:
            # A stranger who is gone already, or no descriptor is left: the latter passes.
            time.sleep(0.01)
            return
        _make_room(ready)
        ready.register(connection, selectors.EVENT_READ, Visitor(connection, time.monotonic()))

    def _attend(self, visitor: Visitor, events: int) -> None:
        if events & selectors.EVENT_WRITE and visitor.writing:
            visitor.write()
        if events & selectors.EVENT_READ and (request := visitor.read()) is not None:
            found = self._judged(request)
            if isinstance(found, Redirect):
                visitor.held = self._used = True
                self._deliver(found)
            else:
                visitor.answer(turned_away(found.status, found.why), time.monotonic())

    def _judged(self, request: Request) -> Redirect | NotOurs:
        """The redirect, or why this request is none. The host comes first (DNS rebinding)."""
        if request.host != self._authority:
            return NotOurs(421, "This address is not meant for that name.")
        try:
            target = urlsplit(request.target)
        except ValueError:
            return NotOurs(400, "This is no address.")
        if not request.target.startswith("/") or target.netloc or target.path != PATH:
            return NotOurs(404, "There is nothing here.")
        if request.method != "GET":
            return NotOurs(405, "A sign-in ends with a GET.")
        found = read_redirect(target.query, self._state)
        if isinstance(found, Redirect) and self._used:
            return NotOurs(410, "This answer was used already.")
        return found

    def _tidy(self, ready: selectors.BaseSelector) -> None:
        """Let go of those who are done or late, and listen for what each of the others needs."""
        now = time.monotonic()
        for visitor in _visitors(ready):
            if visitor.over or (now > visitor.until and not visitor.held):
                _drop(visitor, ready)
            else:
                ready.modify(visitor.connection, _wanted(visitor), visitor)


def _visitors(ready: selectors.BaseSelector) -> list[Visitor]:
    return [key.data for key in ready.get_map().values() if isinstance(key.data, Visitor)]


def _wanted(visitor: Visitor) -> int:
    return selectors.EVENT_READ | (selectors.EVENT_WRITE if visitor.writing else 0)


def _make_room(ready: selectors.BaseSelector) -> None:
    strangers = [visitor for visitor in _visitors(ready) if not visitor.held]
    if len(strangers) >= MAX_VISITORS:
        _drop(min(strangers, key=lambda visitor: visitor.until), ready)


def _drop(visitor: Visitor, ready: selectors.BaseSelector) -> None:
    ready.unregister(visitor.connection)
    visitor.close()
