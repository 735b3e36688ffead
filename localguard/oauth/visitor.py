"""One connection to the redirect's socket: a request of a stranger until it is shown to be more."""

import socket
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import h11

from localguard.oauth.pages import Page, response, turned_away

SECONDS: Final = 5.0
"""How long a stranger may take to ask, and as long again to read the answer."""
_MAX_HEAD: Final = 32_768
_CHUNK: Final = 16_384


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked; `host` is the header as it came, "" where there was none.

    `target` may have the code in it.
    """

    method: str
    target: str = field(repr=False)
    host: str


class Visitor:
    """A connection that is read and written only when that does not block."""

    def __init__(self, connection: socket.socket, now: float) -> None:
        connection.setblocking(False)
        self.connection = connection
        self.held = False
        self.until = now + SECONDS
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_HEAD)
        self._out = bytearray()
        self._asked = False
        self._over = False

    @property
    def writing(self) -> bool:
        """Whether there is something that waits to be written."""
        return bool(self._out)

    @property
    def over(self) -> bool:
        """Whether nothing more will come of this."""
        return self._over

    def read(self) -> Request | None:
        """The request once it is whole, and only once. What is none is answered right here."""
        try:
            data = self.connection.recv(_CHUNK)
        except BlockingIOError:
            return None
        except OSError:
            data = b""
        if not data:
            self._over = True
        if self._over or self._asked:
            # What comes after the request is thrown away, so that the answer gets through.
            return None
        return self._request(data)

    def answer(self, page: Page, now: float) -> None:
        """Begin to write a page, after which the connection ends."""
        self.held, self._asked, self.until = False, True, now + SECONDS
        self._out += response(page)

    def write(self) -> None:
        """Write what can be written now."""
        try:
            sent = self.connection.send(self._out)
        except BlockingIOError:
            return
        except OSError:
            self._over = True
            self._out.clear()
            return
        del self._out[:sent]
        if not self._out:
            with suppress(OSError):
                # A close with something unread would take the page away from the other side.
                self.connection.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """End the connection."""
        self.connection.close()

    def _request(self, data: bytes) -> Request | None:
        try:
            self._http.receive_data(data)
            event = self._http.next_event()
        except h11.RemoteProtocolError as error:
            status = error.error_status_hint if error.error_status_hint in (400, 431) else 400
            self.answer(turned_away(status, "This is no request of a browser."), self.until)
            return None
        if not isinstance(event, h11.Request):
            return None
        self._asked = True
        host = next((value for name, value in event.headers if name == b"host"), b"")
        words = (event.method, event.target, host)
        return Request(*(word.decode("latin-1") for word in words))
