"""Signing in with real providers, keyrings and browsers, by the commands that a person types."""

import json
import re
import socket
import time
from contextlib import ExitStack
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest

from tests.approving.terminal import Terminal
from tests.providers.canaille import EXACT_PORTS
from tests.providers.chromium import Chromium
from tests.providers.idp import Idp
from tests.providers.person import Person
from tests.ways.signing import Desktop, address_at_end, redirect_of, status_of

CODES = "token:authorization_code:ok"
VERIFICATION = re.compile(r"https?://\S+/device\S*")
USER_CODE = re.compile(r"\b[A-Z]{4}-[A-Z]{4}\b")


def test_a_person_signs_in_once_and_is_known(desktop: Desktop, idp: Idp) -> None:
    """Promise: `login`, then `whoami` says who; what the provider says of them comes along."""
    desktop.profile(idp.issuer)
    assert "alice" in desktop.login().out
    who = json.dumps(desktop.who())
    for told in ("alice@example.test", "finance", idp.issuer):
        assert told in who
    assert len(desktop.opened()) == 1
    assert idp.requests(CODES) == 1


def test_our_own_part_of_a_sign_in_takes_less_than_a_second(desktop: Desktop, idp: Idp) -> None:
    """Promise: between the person's last click and the prompt; measured with all of the start."""
    desktop.profile(idp.issuer)
    desktop.login()
    desktop.browser(says="nothing")
    command = desktop.begin("login")
    end = address_at_end(desktop.until_opened(2))
    started = time.monotonic()
    Person().visit(end)
    assert command.done().code == 0
    assert time.monotonic() - started < 1.0


def test_chromium_ends_at_our_page(desktop: Desktop, idp: Idp, real_browser: Chromium) -> None:
    """The real redirect: it says who signed in, and loads nothing from elsewhere."""
    desktop.profile(idp.issuer)
    desktop.home.environment["BROWSER"] = str(real_browser.opener())
    desktop.login()
    shown = real_browser.shown()
    assert "alice" in shown["text"]
    arrived = next(n for n, url in enumerate(shown["requests"]) if "/callback?" in url)
    ours = {urlsplit(url).netloc for url in shown["requests"][arrived:]}
    assert ours == {urlsplit(shown["url"]).netloc}


def test_who_says_no_is_not_signed_in(desktop: Desktop, idp: Idp) -> None:
    """Promise: `access_denied` is said as such, and no token is asked for."""
    desktop.profile(idp.issuer)
    desktop.browser(says="no")
    done = desktop.type("login")
    assert done.code != 0
    assert "access_denied" in done.err
    assert idp.requests("token") == 0


def test_strangers_at_the_listener_change_nothing(desktop: Desktop, idp: Idp) -> None:
    """Attack: wrong states, doubled parameters, a foreign host; then the right one comes."""
    desktop.profile(idp.issuer)
    desktop.browser(says="nothing")
    command = desktop.begin("login")
    url = desktop.until_opened()
    redirect, state = redirect_of(url)
    good = f"code=x&iss={idp.issuer}&state={state}"
    assert status_of(redirect, "code=x&state=wrong") == 400
    assert status_of(redirect, f"code=x&state={state[:-1]}") == 400
    assert status_of(redirect, f"code=y&{good}") == 400
    assert status_of(redirect, good, host="evil.test") == 421
    assert status_of(redirect, good, method="POST") in {404, 405}
    assert Person().visit(url).status == 200
    done = command.done()
    assert done.code == 0, done
    assert "alice" in done.out
    assert idp.requests("token") == 1


@pytest.mark.parametrize("issuer", ["https://other.example", None])
def test_an_answer_of_another_issuer_is_dropped(
    desktop: Desktop, idp: Idp, issuer: str | None
) -> None:
    """Attack: the mix-up of RFC 9207, with a wrong `iss` and without one; no code leaves."""
    desktop.profile(idp.issuer)
    desktop.browser(says="nothing")

    def altered(url: str) -> str:
        parts = urlsplit(url)
        query = [(name, value) for name, value in parse_qsl(parts.query) if name != "iss"]
        query += [("iss", issuer)] if issuer else []
        return urlunsplit(parts._replace(query=urlencode(query)))

    command = desktop.begin("login")
    Person(altered=altered).visit(desktop.until_opened())
    done = command.done()
    assert done.code != 0
    assert "someone may be between you and the provider" in done.err
    assert idp.requests("token") == 0


def test_two_sign_ins_at_once_open_one_browser(
    desktop: Desktop, another_terminal: Terminal, idp: Idp
) -> None:
    """Promise: in two terminals at once; the second takes what the first got."""
    desktop.profile(idp.issuer)
    commands = [desktop.begin("login"), desktop.begin("login", terminal=another_terminal)]
    for command in commands:
        done = command.done()
        assert done.code == 0, done
    assert len(desktop.opened()) == 1
    assert idp.requests(CODES) == 1


def test_guards_open_no_browser(desktop: Desktop, idp: Idp) -> None:
    """Promise: a browser opens at a person's act alone; two guards say how to sign in."""
    desktop.profile(idp.issuer)
    for wire in (desktop.ready(), desktop.ready()):
        assert "localguard login" in json.dumps(wire.call("echo", text="x"))
    assert desktop.opened() == []
    assert desktop.calls() == []


def test_a_provider_that_matches_ports_gets_one_that_it_knows(
    desktop: Desktop, canaille_issuer: str
) -> None:
    """Promise: with the first port taken, the second is used."""
    desktop.profile(canaille_issuer, redirect_ports=EXACT_PORTS[:2])
    with socket.create_server(("127.0.0.1", EXACT_PORTS[0])):
        assert "alice" in desktop.login().out
    assert redirect_of(desktop.opened()[0])[0] == f"http://127.0.0.1:{EXACT_PORTS[1]}/callback"


def test_a_second_sign_in_has_the_same_port_at_once(desktop: Desktop, canaille_issuer: str) -> None:
    """A port in TIME_WAIT is free for whoever listened there before."""
    desktop.profile(canaille_issuer, redirect_ports=EXACT_PORTS[:1])
    for _ in range(2):
        desktop.login()
        desktop.logout()


def test_ports_that_are_all_taken_are_named(desktop: Desktop, canaille_issuer: str) -> None:
    """Promise: a clear message, and no browser that would end nowhere."""
    desktop.profile(canaille_issuer, redirect_ports=EXACT_PORTS)
    with ExitStack() as taken:
        for port in EXACT_PORTS:
            taken.enter_context(socket.create_server(("127.0.0.1", port)))
        done = desktop.type("login")
    assert done.code != 0
    for port in EXACT_PORTS:
        assert str(port) in done.err
    assert desktop.opened() == []


def test_a_browser_that_prints_does_not_print_to_us(desktop: Desktop, idp: Idp) -> None:
    """Promise: whoever reads our stdout gets ours alone, to the byte."""
    desktop.profile(idp.issuer)
    quiet = desktop.login().out
    desktop.logout()
    desktop.browser(prints="Opening in existing browser session.\n")
    loud = desktop.login()
    assert loud.out == quiet
    assert "existing browser session" not in loud.err


def test_a_code_is_typed_on_another_device(desktop: Desktop, idp: Idp) -> None:
    """RFC 8628: no browser opens here."""
    desktop.profile(idp.issuer)
    command = desktop.begin("login", "--device")
    code = command.until(USER_CODE)[0]
    Person(user_code=code).visit(command.until(VERIFICATION)[0])
    done = command.done()
    assert done.code == 0, done
    assert desktop.opened() == []
    assert desktop.who()["subject"] == "alice"


def test_the_address_is_pasted_where_no_browser_is(desktop: Desktop, idp: Idp) -> None:
    """Promise: the page that failed to load has everything in its address."""
    desktop.profile(idp.issuer)
    command = desktop.begin("login", "--no-browser")
    url = command.until(re.compile(rf"{re.escape(idp.issuer)}/auth\?\S+"))[0]
    command.until(re.compile("paste it here"))
    command.answer(address_at_end(url))
    done = command.done()
    assert done.code == 0, done
    assert desktop.opened() == []
    assert desktop.who()["subject"] == "alice"
