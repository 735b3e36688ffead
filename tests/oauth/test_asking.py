"""The page that other programs know of: nothing by a GET, one POST, and by the page alone."""

import re
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from localguard.aside import start
from localguard.oauth.asking import MAX_VISITORS, Asking, Visit, serve
from localguard.oauth.pages import Page
from localguard.oauth.sockets import listening

HOST = "127.0.0.1:4711"
GET = Visit("/secret", host=(HOST,))
FORM = "application/x-www-form-urlencoded"
TOKEN = re.compile(rb'name="token" value="([^"]+)"')


class Door:
    """A page that counts how often it was used, and shows its token to the test."""

    def __init__(self, authority: str = HOST) -> None:
        self.begun = 0
        self.token = ""
        self.asking = Asking(authority, "/secret", self._page, self._begin)

    def press(self, **other: object) -> int:
        """Post the form as the page does it, but for what is given; the status."""
        self.asking.get(GET)
        ours = replace(
            GET,
            origin=(f"http://{HOST}",),
            site=("same-origin",),
            kind=(FORM,),
            body=f"token={self.token}".encode(),
        )
        return self.asking.post(replace(ours, **other)).status  # type: ignore[arg-type]

    def _page(self, token: str) -> Page:
        self.token = token
        return Page(200, "Go?", button="Go", token=token)

    def _begin(self) -> Page:
        self.begun += 1
        return Page(200, "Gone", onward="https://login.example/?a=1&b=2")


def test_a_get_shows_the_page_and_does_nothing() -> None:
    """Whoever asks, from wherever: links are followed by programs too."""
    door = Door()
    for site in ((), ("cross-site",), ("none",)):
        assert door.asking.get(replace(GET, site=site)).status == 200
    assert door.begun == 0


def test_the_form_can_be_posted_once() -> None:
    """And the page is not shown again after it."""
    door = Door()
    assert door.press() == 200
    assert door.press() == 410
    assert door.asking.get(GET).status == 410
    assert door.begun == 1


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ({"host": ("evil.test",)}, 421),
        ({"host": ()}, 421),
        ({"host": (HOST, HOST)}, 421),
        ({"host": (HOST.replace("127.0.0.1", "localhost"),)}, 421),
        ({"target": "/"}, 404),
        ({"target": "/secret?x"}, 404),
        ({"target": f"http://{HOST}/secret"}, 404),
        ({"origin": ()}, 403),
        ({"origin": ("null",)}, 403),
        ({"origin": ("https://evil.test",)}, 403),
        ({"origin": (f"https://{HOST}",)}, 403),
        ({"origin": (f"http://{HOST}", "https://evil.test")}, 403),
        ({"site": ("cross-site",)}, 403),
        ({"site": ("same-site",)}, 403),
        ({"kind": ("text/plain",)}, 403),
        ({"kind": ()}, 403),
        ({"body": b""}, 403),
        ({"body": b"token="}, 403),
        ({"body": b"token=guess"}, 403),
        ({"body": b"\xff"}, 403),
        ({"body": b"a&b&c&d&e&token=x"}, 403),
    ],
)
def test_what_is_not_the_form_of_the_page_uses_nothing_up(
    other: dict[str, object], status: int
) -> None:
    """Attack: DNS rebinding, cross-site requests, guesses; the person's own press still counts."""
    door = Door()
    assert door.press(**other) == status
    assert door.begun == 0
    assert door.press() == 200


def test_two_tokens_are_none() -> None:
    """Attack: the right one among others."""
    door = Door()
    door.asking.get(GET)
    assert door.press(body=f"token={door.token}&token=x".encode()) == 403


def test_browsers_that_tell_no_site_are_served() -> None:
    """Older ones; they say an Origin with each form."""
    assert Door().press(site=()) == 200


def test_neither_token_nor_address_is_in_a_message_about_the_page() -> None:
    """Promise: no secret in a repr."""
    door = Door()
    page = door.asking.get(GET)
    assert door.token
    assert door.token not in repr(page) + repr(door.asking)


@contextmanager
def opened() -> Generator[tuple[Door, Callable[[bytes], bytes]]]:
    """A page that is served, and a way to say bytes to it."""
    (bound,) = listening("127.0.0.1", (0,), again="")
    port, over = bound.getsockname()[1], threading.Event()
    door = Door(f"127.0.0.1:{port}")
    serving = start(lambda: serve(bound, door.asking, over.is_set))

    def say(data: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            connection.sendall(data.replace(b"HOST", door.asking.authority.encode()))
            return b"".join(iter(lambda: connection.recv(4096), b""))

    try:
        yield door, say
    finally:
        over.set()
        serving.result(10)


def test_it_is_served_and_pressed_on_the_wire() -> None:
    """One connection each, and no header that lets another page look in."""
    with opened() as (door, say):
        shown = say(b"GET /secret HTTP/1.1\r\nHost: HOST\r\n\r\n")
        found = TOKEN.search(shown)
        assert found is not None
        for header in (b"form-action 'self'", b"frame-ancestors 'none'", b"no-store", b"DENY"):
            assert header in shown
        # With `no-referrer` browsers would send `Origin: null` with the form (Fetch 3.2).
        assert b"Referrer-Policy: same-origin" in shown
        assert b"Python" not in shown
        body = b"token=" + found[1]
        head = (
            b"POST /secret HTTP/1.1\r\nHost: HOST\r\nOrigin: http://HOST\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n"
        )
        gone = say(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert gone.startswith(b"HTTP/1.1 200")
        assert b'content="0;url=https://login.example/?a=1&amp;b=2"' in gone
        assert b"form-action 'none'" in gone
        assert door.begun == 1


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"GET /secret HTTP/1.1\r\nHost: evil.test\r\n\r\n", 421),
        (b"GET /secret\r\n\r\n", 421),
        (b"HEAD /secret HTTP/1.1\r\nHost: HOST\r\n\r\n", 501),
        (b"PUT /secret HTTP/1.1\r\nHost: HOST\r\n\r\n", 501),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /secret HTTP/9.9.9\r\n\r\n", 400),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"POST /secret HTTP/1.1\r\nHost: HOST\r\nContent-Length: 99999\r\n\r\n", 403),
        (b"POST /secret HTTP/1.1\r\nHost: HOST\r\nContent-Length: -1\r\n\r\n", 403),
        (b"POST /secret HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n", 403),
    ],
)
def test_odd_requests_are_turned_away(said: bytes, status: int) -> None:
    """And nothing is echoed, kept, or begun."""
    with opened() as (door, say):
        assert f" {status} ".encode() in say(said).partition(b"\r\n")[0]
        assert door.begun == 0


def test_visitors_who_say_nothing_do_not_take_all_the_room() -> None:
    """Attack: connections that stay open; who comes beyond the limit is let go at once."""
    with opened() as (door, _):
        port = int(door.asking.authority.rpartition(":")[2])
        quiet = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(MAX_VISITORS + 1)]
        assert quiet[-1].recv(1) == b""
        for each in quiet:
            each.close()
