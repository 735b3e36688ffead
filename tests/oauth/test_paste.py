"""Signing in with a browser elsewhere: printed, pasted, and checked as any redirect is."""

import io
import os
import queue
import sys
import threading
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from localguard.errors import SignInFault
from localguard.oauth.asked import Asked
from localguard.oauth.authorize import authorize
from localguard.oauth.browser import Pasting
from localguard.oauth.client import Client
from localguard.oauth.paste import PastedRedirect
from localguard.oauth.provider import read_provider
from localguard.oauth.terminal_line import TerminalLines
from localguard.oauth.wire import Wire
from tests.oauth.site import Site, metadata, said
from tests.oauth.visits import visit

if sys.platform == "win32":
    pytest.skip("terminals of POSIX", allow_module_level=True)

import pty
import termios

GIVEN = {"access_token": "t", "token_type": "Bearer"}


class Screen(io.StringIO):
    """What a person sees; whoever waits for the address gets it once it is there."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: queue.SimpleQueue[str] = queue.SimpleQueue()

    def write(self, text: str) -> int:
        for line in text.splitlines():
            if line.startswith("  http"):
                self.addresses.put(line.strip())
        return super().write(text)


@dataclass(slots=True)
class Terminal:
    """Both ends of a terminal; what is echoed is thrown away, so that nothing gets stuck."""

    mine: int
    theirs: int
    screen: Screen = field(default_factory=Screen)

    def types(self, text: str) -> None:
        """Type once the terminal takes whole lines."""
        while termios.tcgetattr(self.theirs)[3] & termios.ICANON:
            pass
        os.write(self.mine, text.encode())

    @property
    def cooked(self) -> bool:
        return bool(termios.tcgetattr(self.theirs)[3] & termios.ICANON)


@pytest.fixture
def terminal() -> Generator[Terminal]:
    mine, theirs = pty.openpty()

    def drain() -> None:
        with suppress(OSError):
            while os.read(mine, 65_536):
                pass

    thread = threading.Thread(target=drain)
    thread.start()
    yield Terminal(mine, theirs)
    os.close(theirs)
    thread.join()
    os.close(mine)


@pytest.fixture
def asked(op: Site) -> Asked:
    op.at["/token"] = said(GIVEN)
    return Asked(read_provider(metadata(op.url), op.url), Client("me"))


def _answer(url: str, issuer: str, **changes: str) -> tuple[str, str]:
    """Where the browser of another machine ends, and with which query."""
    request = dict(parse_qsl(urlsplit(url).query))
    given = {"code": "c" * 5000, "state": request["state"], "iss": issuer, **changes}
    return request["redirect_uri"], urlencode(given)


def _doing(work: object) -> threading.Thread:
    assert callable(work)
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_the_address_that_is_pasted_signs_in(
    op: Site, wire: Wire, asked: Asked, terminal: Terminal
) -> None:
    """A wrong one is named and asked for again; 5,000 characters are more than a line holds."""

    def paste() -> None:
        url = terminal.screen.addresses.get(timeout=20)
        uri, query = _answer(url, op.url)
        terminal.types("\n")
        terminal.types("https://example.com/\n")
        terminal.types(f"{uri}?{_answer(url, op.url, state='wrong')[1]}\r")
        terminal.types(f" {uri}?{query}X\x7f \n")

    browser = PastedRedirect(terminal.screen, TerminalLines(terminal.theirs), why="it is \x1b SSH")
    thread = _doing(paste)
    authorize(wire, asked, browser, settle=lambda _: "Alice")
    thread.join(20)
    shown = terminal.screen.getvalue()
    assert op.forms("/token")[0]["code"] == "c" * 5000
    assert terminal.cooked
    assert shown.count("Paste the whole address") == 2
    assert "No browser is opened here: it is \\u{1b} SSH." in shown
    assert "c" * 50 not in shown


def test_meanwhile_the_listener_waits_too(
    op: Site, wire: Wire, asked: Asked, terminal: Terminal
) -> None:
    """A tunnel (`ssh -L`) brings the redirect here after all."""
    pages = []

    def come() -> None:
        uri, query = _answer(terminal.screen.addresses.get(timeout=20), op.url)
        pages.append(visit(uri, query).status)

    thread = _doing(come)
    browser = PastedRedirect(terminal.screen, TerminalLines(terminal.theirs))
    assert authorize(wire, asked, browser, settle=lambda _: "Alice").access == "t"
    thread.join(20)
    assert pages == [200]


def test_a_pasted_answer_of_another_provider_ends_the_sign_in(
    op: Site, wire: Wire, asked: Asked, terminal: Terminal
) -> None:
    """RFC 9207, on the same path as a redirect."""

    def paste() -> None:
        url = terminal.screen.addresses.get(timeout=20)
        terminal.types("?".join(_answer(url, "https://evil.example")) + "\n")

    browser = PastedRedirect(terminal.screen, TerminalLines(terminal.theirs))
    thread = _doing(paste)
    with pytest.raises(SignInFault, match="another provider"):
        authorize(wire, asked, browser, settle=lambda _: "Alice")
    thread.join(20)
    assert op.forms("/token") == []


def test_the_browser_is_tried_as_well_where_there_is_one(terminal: Terminal) -> None:
    opened: list[str] = []

    class There:
        def open(self, url: str) -> None:
            opened.append(url)

    lines = TerminalLines(terminal.theirs)
    PastedRedirect(terminal.screen, lines, browser=There()).open("https://a.example/x")
    assert opened == ["https://a.example/x"]
    assert "If no page opens" in terminal.screen.getvalue()


def test_a_browser_that_cannot_be_opened_leaves_the_address_to_the_person(
    terminal: Terminal,
) -> None:
    class Broken:
        def open(self, url: str) -> None:
            raise SignInFault("no program that opens a browser is there", where=url)

    lines = TerminalLines(terminal.theirs)
    PastedRedirect(terminal.screen, lines, browser=Broken()).open("https://a.example/x")
    assert "No page was opened: no program" in terminal.screen.getvalue()


def test_an_address_that_is_not_safe_is_not_printed(terminal: Terminal) -> None:
    browser = PastedRedirect(terminal.screen, TerminalLines(terminal.theirs))
    with pytest.raises(SignInFault, match="not safe"):
        browser.open("javascript:alert(1)")
    assert terminal.screen.getvalue() == ""


def test_it_is_a_browser_that_takes_addresses(terminal: Terminal) -> None:
    assert isinstance(PastedRedirect(terminal.screen, TerminalLines(terminal.theirs)), Pasting)


def test_a_wait_for_a_line_can_be_ended_and_the_terminal_is_as_before(terminal: Terminal) -> None:
    lines = TerminalLines(terminal.theirs)
    found: list[str | None] = []
    thread = _doing(lambda: found.append(lines.line()))
    terminal.types("half a line")
    lines.close()
    thread.join(20)
    assert found == [None]
    assert terminal.cooked


def test_the_end_of_input_is_no_line(terminal: Terminal) -> None:
    lines = TerminalLines(terminal.theirs)
    found: list[str | None] = []
    thread = _doing(lambda: found.append(lines.line()))
    terminal.types("\x04")
    thread.join(20)
    assert found == [None]


def test_a_pipe_is_read_line_by_line_and_no_further() -> None:
    read, write = os.pipe()
    with os.fdopen(write, "wb") as end:
        end.write(b"one\r\nt\xffwo\nrest")
    lines = TerminalLines(read)
    assert [lines.line(), lines.line(), lines.line()] == ["one", "", "t\ufffdwo"]
    assert os.read(read, 100) == b"rest"
    assert lines.line() is None
    os.close(read)


def test_a_descriptor_that_is_gone_is_the_end_of_input() -> None:
    read, write = os.pipe()
    os.close(read)
    os.close(write)
    assert TerminalLines(read).line() is None
