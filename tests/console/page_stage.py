"""One screen of the console by itself, over pictures that a test gives it."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, TypeVar
from xml.etree import ElementTree

import anyio
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import OptionList, Static
from textual.worker import WorkerCancelled

from localguard.config.paths import Places
from localguard.console.confirm import Confirm
from localguard.console.dialog import Dialog
from localguard.console.hub import Held, Picture
from localguard.console.page import Page
from localguard.console.services import Profile, Services, Surroundings
from localguard.console.sheet import Sheet
from localguard.console.theme import NAMES, THEMES
from localguard.control.messages import GuardView, Reply, RequestView
from tests.config.makers import places_in
from tests.console.pilot import ExactPilot

T = TypeVar("T")

HOSTILE = (
    "[@click=app.bell]x[/]",
    "a[/]b [bold",
    "\x1b[2K\x1b]52;c;aGk=\x07\x1b]8;;http://x\x07y",
    "\x9b31m\x9d0;t\x9c",
    "\u202egnorw\u2066\u200f\u061c",
    "z\u0335\u0321\u0322" * 40,
    "\U000e0041\U000e0042tag",
    "\ud800 half \udfff",
    "a\tb\nc\rd\x00e\x7f",
    "💀\u200d💀 \u3164 漢字" * 20,
)
"""Texts that draw, steer, hide or break."""
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")


class Refusing:
    """Services that a screen of these tests must never need."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(name)


class OnePicture:
    """A hub with a picture that a test puts there; no answer goes through it."""

    def __init__(self, picture: Picture) -> None:
        self.now = picture

    def picture(self) -> Picture:
        return self.now

    async def changed(self) -> None:
        await anyio.sleep_forever()

    async def decide(self, held: Held, **_: object) -> Reply:
        raise AssertionError(held)

    async def stop(self, held: Held) -> Reply:
        raise AssertionError(held)


class Host(App[None]):
    """A console with one screen."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen { background: $background; color: $foreground; }"

    def __init__(
        self, make: Callable[[Surroundings], Page], hub: OnePicture, places: Places, armed: bool
    ) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = NAMES["dark"]
        self.animation_level = "none"
        refusing = Refusing()
        work = Profile("work", "violet")

        def none() -> Refusing:
            return refusing

        services = Services(places, lambda: work, none, none, none)
        # Keys carry the moments of the real clock: of one that stands at its beginning all of them
        # come late enough, and of one at its end none.
        now = 0.0 if armed else 1e12
        self.hub = hub
        self.around = Surroundings(hub, services, lambda: 1_800_000_000.0, lambda: now)
        self._make = make

    def on_mount(self) -> None:
        _ = self.push_screen(self._make(self.around))


class Stage:
    """What a test does with the screen, and what it sees of it."""

    def __init__(self, host: Host, pilot: Pilot[None]) -> None:
        self.host = host
        self.pilot = pilot

    @property
    def screen(self) -> Page | Dialog[object]:
        found = self.host.screen
        assert isinstance(found, Page | Dialog)
        return found

    def at(self, kind: type[T]) -> T:
        """The screen that is shown now, which must be of this kind."""
        found = self.host.screen
        assert isinstance(found, kind)
        return found

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def settle(self) -> None:
        """Wait until what was begun is done, and what that began."""
        await self.pilot.pause()
        while self.host.workers:
            # One whose place was taken is done, too.
            with suppress(WorkerCancelled):
                await self.host.workers.wait_for_complete()
            await self.pilot.pause()

    async def show(self, picture: Picture) -> None:
        self.host.hub.now = picture
        for screen in self.host.screen_stack:
            if isinstance(screen, Page | Dialog):
                screen.picture_changed(picture)
        await self.settle()

    @property
    def head(self) -> str:
        return str(self.screen.query_one("#head", Static).content)

    @property
    def rows(self) -> list[str]:
        listed = self.screen.query_one("#list", OptionList)
        return [str(option.prompt) for option in listed.options]

    @property
    def text(self) -> str:
        return "\n".join(line.plain for line in self.screen.query_one("#text", Sheet).shown)

    @property
    def words(self) -> str:
        """The text without its line ends."""
        return " ".join(self.text.split())

    @property
    def said(self) -> str:
        return self.at(Page).said

    @property
    def keys(self) -> str:
        """What the footer offers."""
        works = (one for one in self.screen.every_command() if one.works() and not one.quiet)
        return "  ".join(f"{one.shown} {one.word}" for one in works)

    async def type_code(self) -> None:
        """Type the digits of the question on the screen."""
        await self.press(*self.at(Confirm).code)

    def picture_of_all(self) -> str:
        """The screen as an SVG."""
        return self.host.export_screenshot()

    def require_clean(self, *, picture: bool = True) -> None:
        """Nothing that is shown can be clicked, and no character steers; nor in its picture."""
        for strip in self.host.screen._compositor.render_strips():
            for segment in strip:
                assert CONTROL.search(segment.text) is None
                meta = segment.style.meta if segment.style else {}
                assert "@click" not in meta
                assert segment.style is None or segment.style.link is None
        if picture:
            drawn = self.picture_of_all()
            ElementTree.fromstring(drawn)
            assert CONTROL.search(drawn) is None
            drawn.encode("utf-8")


@asynccontextmanager
async def staged(
    make: Callable[[Surroundings], Page],
    folder: Path,
    picture: Picture | None = None,
    *,
    size: tuple[int, int] = (120, 30),
    armed: bool = True,
) -> AsyncIterator[Stage]:
    """The screen, drawn and settled."""
    host = Host(make, OnePicture(picture or Picture()), places_in(folder), armed)
    async with host.run_test(size=size):
        stage = Stage(host, ExactPilot(host))
        await stage.settle()
        yield stage


def guard(**others: object) -> GuardView:
    """A guard of `shop` for Claude Desktop."""
    usual = GuardView(
        id="g1",
        pid=5120,
        version="0.1.0",
        started=1_799_999_000.0,
        server="shop",
        command="/usr/bin/shop",
        server_state="runs",
        profile="work",
        fixed=False,
        fault=None,
        lockdown=False,
        silent=False,
        client="claude-ai",
        client_pid=4123,
        identity=None,
        confirmed=True,
        tools=2,
        unreviewed=0,
        calls=12,
        asked=3,
    )
    return replace(usual, **others)  # type: ignore[arg-type]


def request(**others: object) -> RequestView:
    """A call of `shop` that waits for an answer."""
    usual = RequestView(
        id="7f3a9c-12",
        revision=1,
        digest="d",
        state="waiting",
        server="shop",
        item="write",
        method="tools/call",
        profile="work",
        client="claude-ai",
        by="work.toml:3",
        reason="asked",
        rule="r",
        remembered_as="r",
        risk=None,
        marks=("write",),
        confirmed=True,
        identity=None,
        pin="p",
        arguments="{}",
        size=2,
        sha256="",
        whole=True,
        count=1,
        opened=1_799_999_990.0,
        left=40.0,
        until=1_800_000_900.0,
    )
    return replace(usual, **others)  # type: ignore[arg-type]
