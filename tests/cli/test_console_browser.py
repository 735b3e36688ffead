"""What a person is told while a sign-in from the console waits for them."""

import sys
import threading
from pathlib import Path

import pytest

from localguard.cli.console_browser import Elsewhere, Here, OnDevice, Said
from localguard.console.sign_ins import Visit
from localguard.oauth.browser import Pasting

URL = "https://login.example.com/authorize?x=1"


class Shown:
    """A browser that notes what it is to show."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    def open(self, url: str) -> None:
        self.opened.append(url)


@pytest.mark.skipif(sys.platform == "win32", reason="the opener is a program of POSIX")
def test_an_opener_that_fails_later_leaves_the_address_to_be_opened_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """xdg-open ends with a code long after it was started."""
    opener = tmp_path / "opener"
    opener.write_text("#!/bin/sh\nexit 3\n")
    opener.chmod(0o700)
    monkeypatch.setenv("BROWSER", str(opener))
    told, failed = list[Visit](), threading.Event()

    def tell(visit: Visit) -> None:
        told.append(visit)
        if visit.said:
            failed.set()

    Here(tell, threading.Event()).open(URL)
    assert failed.wait(20)
    later = next(visit for visit in told if visit.said)
    assert (later.url, later.opened) == (URL, False)
    assert "could not open the page" in later.said


def test_a_browser_here_is_told_with_its_address() -> None:
    told, browser = list[Visit](), Shown()
    Here(told.append, threading.Event(), browser).open(URL)
    assert told == [Visit(URL, opened=True)]
    assert browser.opened == [URL]


def test_what_is_pasted_is_given_to_whoever_waits_until_none_does() -> None:
    told = list[Visit]()
    browser = Elsewhere(told.append)
    assert isinstance(browser, Pasting)
    browser.open(URL)
    (visit,) = told
    assert visit.paste is not None
    visit.paste("http://127.0.0.1:1/callback")
    assert browser.pasted() == "http://127.0.0.1:1/callback"
    browser.refuse("it is of another sign-in")
    assert told[-1].said == "That is not it: it is of another sign-in"
    assert told[-1].url == URL
    browser.close()
    assert browser.pasted() is None


def test_a_code_is_told_line_by_line_and_the_key_is_that_of_the_console() -> None:
    told = list[Visit]()
    device = OnDevice(told.append)
    device.show("On any device, open  https://x/device")
    device.show("It is good for 5 min. Ctrl-C gives up.")
    assert told[-1].url is None
    assert told[-1].said.splitlines() == [
        "On any device, open  https://x/device",
        "It is good for 5 min. esc gives up.",
    ]


def test_what_a_command_prints_is_parted_where_the_browser_opens() -> None:
    said = Said()
    print("Your browser goes to x.", file=said)
    assert said.before() == "Your browser goes to x."
    print("Signed in.\nRenewed by itself.", file=said)
    assert said.before() == "Your browser goes to x."
    assert said.after() == "Signed in. Renewed by itself."
