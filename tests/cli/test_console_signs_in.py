"""The console and its sign-ins together: keys, the browser of a person, a real small provider."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import anyio
import pytest

from localguard.cli.console_sign_in import ConsoleSignIns
from localguard.cli.signed_in import followed, view
from localguard.config.build import read_profile
from localguard.console.services import Services
from localguard.console.sign_ins import SignIns
from localguard.oauth.browser import Browser
from localguard.telling.people import SignInView
from tests.cli.persons import Visitor
from tests.cli.sign_in_floor import Floor, floor
from tests.console.stage import Answer, Desk, FakeServices, Stage, request, staged


@pytest.fixture
def at(tmp_path: Path) -> Generator[Floor]:
    with floor(tmp_path) as found:
        yield found
        for visit in found.browser.threads:
            visit.join(20)


class Absent:
    """A browser at which nobody sits."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    def open(self, url: str) -> None:
        self.opened.append(url)


class Home(FakeServices):
    """The services of a console in a person's home."""

    def __init__(self, at: Floor, browser: Browser | None = None) -> None:
        super().__init__()
        self._at = at
        self._browser = browser or at.browser
        self._followed = followed(at.where)

    def services(self) -> Services:
        sign_ins: SignIns = ConsoleSignIns(
            self._at.where,
            lambda: "work",
            Visitor(self._at.where).person,
            browser=self._browser,
            vault=self._at.vault,
            why_not=lambda: None,
        )
        made = super().services()
        return replace(made, signed_in=self.who, sign_ins=lambda: sign_ins)

    def who(self) -> SignInView:
        asked = read_profile(self._at.where, "work", tested=False).sign_in
        assert asked is not None
        return view("work", asked, self._followed)


async def until(stage: Stage, words: str) -> None:
    """Wait until the words are on the screen."""
    with anyio.fail_after(30):
        while words not in stage.text():
            await stage.pilot.pause()


async def test_a_person_signs_in_at_the_console_and_proves_it_for_a_call(at: Floor) -> None:
    """Promise: from "not signed in" to an answer with its receipt, by keys alone."""
    desk = Desk(request("r-1", step_up="a1b2c3d4" * 8))
    async with staged(desk, Home(at)) as stage:
        await until(stage, "✗ NOT SIGNED IN  I to sign in at 127.0.0.1")
        await stage.press("I")
        await until(stage, "nobody has signed in")
        await stage.press("i")
        await until(stage, "is signed in at")
        await until(stage, "Alice at 127.0.0.1")
        await stage.press("escape")
        await stage.read()
        await stage.press("a")
        with anyio.fail_after(30):
            while not desk.answers:
                await stage.pilot.pause()
        (answer,) = desk.answers
        assert answer == Answer("r-1", True, receipt=answer.receipt)
        assert (answer.receipt or "").count(".") == 2
        assert len(at.browser.opened) == 2
        assert (answer.receipt or "?") not in stage.text()


async def test_escape_ends_the_sign_in_for_good(at: Floor) -> None:
    """Whoever gave up has no sign-in that arrives later: nothing listens any more."""
    absent = Absent()
    async with staged(Desk(), Home(at, absent)) as stage:
        await stage.press("I")
        await until(stage, "nobody has signed in")
        await stage.press("i")
        await until(stage, "Sign in on the page")
        await stage.press("escape")
        await until(stage, "esc back")
        (url,) = absent.opened
        there = urlsplit(parse_qs(urlsplit(url).query)["redirect_uri"][0])
        with anyio.fail_after(30):
            while await _listens(there.hostname or "", there.port or 0):
                await stage.pilot.pause()
        assert "✗ NOT SIGNED IN" in stage.text()


async def _listens(host: str, port: int) -> bool:
    try:
        stream = await anyio.connect_tcp(host, port)
    except OSError:
        return False
    await stream.aclose()
    return True
