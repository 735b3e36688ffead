"""The loopback listener: one right answer from this machine, whoever else comes (RFC 8252)."""

import queue
import socket
import sys
import threading
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

import pytest

from localguard.errors import SignInFault
from localguard.oauth.listener import MAX_VISITORS, Listener
from localguard.oauth.pages import not_signed_in, signed_in
from localguard.oauth.redirects import Redirect
from localguard.oauth.sockets import Host
from localguard.oauth.visitor import SECONDS
from tests.oauth.site import closed_port
from tests.oauth.visits import connected, request, sent, shown, visit

RIGHT = "code=c&state=right"


class Room:
    """A listener with what was delivered."""

    def __init__(self, host: Host = "127.0.0.1", ports: tuple[int, ...] = (0,)) -> None:
        self.delivered: queue.SimpleQueue[Redirect] = queue.SimpleQueue()
        self.listener = Listener("right", self.delivered.put, host=host, ports=ports)

    @property
    def uri(self) -> str:
        return self.listener.redirect_uri

    def arrival(self) -> Redirect:
        return self.delivered.get(timeout=20)


@contextmanager
def room(host: Host = "127.0.0.1", ports: tuple[int, ...] = (0,)) -> Generator[Room]:
    made = Room(host, ports)
    with made.listener:
        yield made


@pytest.fixture
def here() -> Generator[Room]:
    with room() as made:
        yield made


def test_the_right_answer_is_delivered_and_shown_once_it_is_settled(here: Room) -> None:
    browser = connected(here.uri)
    browser.sendall(request(here.uri, RIGHT))
    assert here.arrival() == Redirect({"code": "c", "state": "right"})
    here.listener.settle(signed_in("Alice"))
    page = shown(browser)
    assert page.status == 200
    assert "Alice" in page.body


def test_a_failure_is_shown_as_failure(here: Room) -> None:
    browser = connected(here.uri)
    browser.sendall(request(here.uri, RIGHT))
    here.arrival()
    here.listener.settle(not_signed_in("the provider refuses: access_denied", "sign in again"))
    assert "You are not signed in" in shown(browser).body


def test_wrong_state_twice_then_right(here: Room) -> None:
    """Identity.md 7.2: a wrong state is turned away and ends nothing."""
    assert visit(here.uri, "code=evil&state=wrong").status == 400
    assert visit(here.uri, "code=evil").status == 400
    assert here.delivered.empty()
    browser = connected(here.uri)
    browser.sendall(request(here.uri, RIGHT))
    assert here.arrival().parameters["code"] == "c"
    here.listener.settle(signed_in("Alice"))
    assert shown(browser).status == 200


def test_dup_params(here: Room) -> None:
    """Identity.md 7.2: two readers could take two different codes."""
    assert visit(here.uri, f"{RIGHT}&code=d").status == 400
    assert visit(here.uri, f"{RIGHT}&state=right").status == 400
    assert here.delivered.empty()


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "localhost", "127.0.0.1", "127.0.0.1:1", ""]
)
def test_evil_host(here: Room, host: str) -> None:
    """Identity.md 7.2: a name that was pointed to this machine (DNS rebinding) gets nothing."""
    page = visit(here.uri, RIGHT, host=host)
    assert page.status == 421
    assert here.delivered.empty()


def test_second_use(here: Room) -> None:
    """Identity.md 7.2: one use, and 410 afterwards, also while the first is not settled."""
    browser = connected(here.uri)
    browser.sendall(request(here.uri, RIGHT))
    here.arrival()
    assert visit(here.uri, RIGHT).status == 410
    here.listener.settle(signed_in("Alice"))
    assert shown(browser).status == 200
    assert visit(here.uri, RIGHT).status == 410
    assert visit(here.uri, "code=c&state=wrong").status == 400
    assert here.delivered.empty()


def test_any_other_request_is_turned_away(here: Room) -> None:
    assert visit(here.uri, RIGHT, path="/").status == 404
    assert visit(here.uri, RIGHT, path="/callback/").status == 404
    assert visit(here.uri, RIGHT, path="//callback").status == 404
    assert visit(here.uri, RIGHT, path=here.uri).status == 404
    assert visit(here.uri, RIGHT, path="/favicon.ico").status == 404
    for method in ("POST", "HEAD", "PUT", "OPTIONS"):
        assert visit(here.uri, RIGHT, method=method).status == 405
    assert here.delivered.empty()


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET /callback HTTP/1.1\r\n\r\n",
        b"GET /callback HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /call\x00back HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /" + b"a" * 40_000,
    ],
)
def test_garbage_is_turned_away(here: Room, garbage: bytes) -> None:
    """TLS to a plain port, requests without a host or with two, heads without an end."""
    assert sent(here.uri, garbage).status in (400, 431)
    assert here.delivered.empty()


def test_a_request_in_single_bytes_is_understood(here: Room) -> None:
    browser = connected(here.uri)
    browser.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in request(here.uri, RIGHT):
        browser.sendall(bytes([byte]))
    here.arrival()
    here.listener.settle(signed_in("Alice"))
    assert shown(browser).status == 200


def test_slow_strangers_and_many_connections_are_in_nobodys_way(here: Room) -> None:
    """Connections that say nothing, or half of something, neither block nor exhaust."""
    with ExitStack() as strangers:
        for number in range(3 * MAX_VISITORS):
            stranger = strangers.enter_context(connected(here.uri))
            if number % 2:
                stranger.sendall(b"GET /callback?code=")
        browser = connected(here.uri)
        browser.sendall(request(here.uri, RIGHT))
        here.arrival()
        here.listener.settle(signed_in("Alice"))
        assert shown(browser).status == 200


def test_a_flood_while_the_sign_in_is_settled_does_not_push_the_browser_out(here: Room) -> None:
    browser = connected(here.uri)
    browser.sendall(request(here.uri, RIGHT))
    here.arrival()
    with ExitStack() as strangers:
        for _ in range(2 * MAX_VISITORS):
            strangers.enter_context(connected(here.uri))
        assert visit(here.uri).status == 400
        here.listener.settle(signed_in("Alice"))
        assert shown(browser).status == 200


@pytest.mark.slow
def test_a_silent_stranger_is_let_go_of(here: Room) -> None:
    stranger = connected(here.uri)
    stranger.settimeout(3 * SECONDS)
    assert shown(stranger).status == 0


def test_a_browser_that_left_meanwhile_changes_nothing(here: Room) -> None:
    with connected(here.uri) as browser:
        browser.sendall(request(here.uri, RIGHT))
        here.arrival()
    here.listener.settle(signed_in("Alice"))
    assert visit(here.uri, RIGHT).status == 410


def test_a_sign_in_that_breaks_off_is_said_to_the_browser_that_waits() -> None:
    with room() as made:
        browser = connected(made.uri)
        browser.sendall(request(made.uri, RIGHT))
        made.arrival()
    assert "broke off" in shown(browser).body


def test_what_was_settled_last_moment_still_arrives() -> None:
    with room() as made:
        browser = connected(made.uri)
        browser.sendall(request(made.uri, RIGHT))
        made.arrival()
        made.listener.settle(signed_in("Alice"))
    assert "Alice" in shown(browser).body


def test_afterwards_nobody_listens() -> None:
    with room() as made:
        uri = made.uri
    with pytest.raises(ConnectionRefusedError):
        connected(uri)


def test_only_this_machine_is_listened_to(here: Room) -> None:
    """RFC 8252 section 8.3; botocore's listener took all interfaces."""
    port = int(here.uri.rpartition(":")[2].partition("/")[0])
    with pytest.raises(OSError, match=r"."):
        socket.create_connection(("::1", port), timeout=5)
    with socket.socket() as other:
        # The same port of another loopback address is free: 0.0.0.0 is not taken.
        if sys.platform == "linux":
            other.bind(("127.0.0.2", port))


def test_exact_ports_are_tried_in_their_order() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy, free = taken.getsockname()[1], closed_port()
        with room(ports=(busy, free)) as made:
            assert made.uri == f"http://127.0.0.1:{free}/callback"


def test_exact_port_all_busy() -> None:
    """Identity.md 7.7: the message names the ports and says what to do."""
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        ports = (one.getsockname()[1], two.getsockname()[1])
        with pytest.raises(SignInFault) as error, room(ports=ports):
            pass
    assert f"{ports[0]}, {ports[1]}" in error.value.what
    assert "localguard login" in error.value.fix


def test_a_fixed_port_can_be_had_again_at_once() -> None:
    """TIME_WAIT of the first sign-in does not keep the second from the port."""
    port = closed_port()
    for _ in range(3):
        with room(ports=(port,)) as made:
            browser = connected(made.uri)
            browser.sendall(request(made.uri, RIGHT))
            made.arrival()
            made.listener.settle(signed_in("Alice"))
            assert shown(browser).status == 200


def _ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.parametrize("address", ["127.0.0.1", *(["::1"] if _ipv6() else [])])
def test_localhost_is_both_addresses_of_this_machine(address: str) -> None:
    """A browser may try either for the name."""
    with room("localhost") as made:
        assert made.uri.startswith("http://localhost:")
        assert visit(made.uri, "code=c", address=address).status == 400
        assert visit(made.uri, "code=c", address=address, host="127.0.0.1").status == 421


@pytest.mark.skipif(not _ipv6(), reason="this machine has no IPv6")
def test_a_port_that_is_taken_on_one_of_both_addresses_is_taken() -> None:
    """Whoever has `::1` would be given the redirect of a browser that tries it first."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        busy, free = taken.getsockname()[1], closed_port()
        with room("localhost", (busy, free)) as made:
            assert made.uri == f"http://localhost:{free}/callback"


def test_many_right_answers_at_once_deliver_one(here: Room) -> None:
    pages: list[int] = []

    def come() -> None:
        pages.append(visit(here.uri, RIGHT).status)

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    here.arrival()
    here.listener.settle(signed_in("Alice"))
    for thread in threads:
        thread.join(20)
    assert sorted(pages) == [200, *[410] * 7]
    assert here.delivered.empty()
