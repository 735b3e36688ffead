"""A console on a stage: guards that say and take what a test wants, services, clocks that stand.

`Desk` is what all guards hold, and answers as they do: the first answer wins, and one to a request
that is not as it was shown is stale. `FakeHub` is one console's view of it.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import NamedTuple

import anyio
from textual.events import AppFocus, Key, Paste
from textual.keys import _character_to_key
from textual.pilot import Pilot

from localguard.config.paths import places
from localguard.console.app import Console, Make
from localguard.console.hub import Closed, Held, Picture
from localguard.console.page import Page
from localguard.console.queue.screen import Queue
from localguard.console.services import Choice, Earlier, Preview, Profile, Services, Told
from localguard.console.sign_ins import SignIns
from localguard.control.messages import (
    ClosedView,
    Decided,
    GuardView,
    How,
    Match,
    Refused,
    Reply,
    RequestView,
    Scope,
    Stale,
    Surface,
)
from localguard.telling.people import SignInView
from tests.console.pilot import ExactPilot

EPOCH = 1_790_000_000.0
BEGIN = 1000.0
PROFILE = Profile("work", "violet")
NOTHING = Earlier()
PREVIEW = Preview("# added\n[[answer]]\n", "work.remembered.toml", 12, "none of the last 500 calls")
GUARD = GuardView(
    id="5f3a9c1e",
    pid=5120,
    version="0.1",
    started=EPOCH - 600,
    server="db",
    command="uvx postgres-mcp",
    server_state="runs",
    profile="work",
    fixed=False,
    fault=None,
    lockdown=False,
    silent=False,
    client="Claude Desktop 2.25",
    client_pid=4123,
    identity="alice@example.com",
    confirmed=True,
    tools=12,
    unreviewed=0,
    calls=40,
    asked=7,
)


def request(
    call: str = "7f3a9c-1", arguments: str = '{"title": "hello"}', **other: object
) -> RequestView:
    """A request that waits: a write that nothing is wrong with."""
    data = arguments.encode("utf-8", "surrogatepass")
    plain = RequestView(
        id=call,
        revision=1,
        digest=sha256(data).hexdigest(),
        state="waiting",
        server="github",
        item="create_issue",
        method="tools/call",
        profile="work",
        client="Claude Desktop 2.25",
        by="work.toml:31",
        reason="a rule asks",
        rule="work.toml:31",
        remembered_as="work.toml:31",
        risk=None,
        marks=("open", "write"),
        confirmed=True,
        identity="alice@example.com",
        pin="9c1e",
        arguments=arguments,
        size=len(data),
        sha256=sha256(data).hexdigest(),
        whole=True,
        count=1,
        opened=EPOCH,
        left=45.0,
        until=EPOCH + 900,
    )
    return replace(plain, **other)  # type: ignore[arg-type]


def of(view: RequestView, **other: object) -> RequestView:
    """The same with some fields as given."""
    return replace(view, **other)  # type: ignore[arg-type]


def destructive(call: str = "7f3a9c-9", **other: object) -> RequestView:
    """A request that needs a code."""
    arguments = '{"query": "DELETE FROM users WHERE 1=1", "db": "prod"}'
    known: dict[str, object] = {
        "server": "db",
        "item": "execute_sql",
        "risk": "destructive",
        "marks": ("destructive", "open", "write"),
    }
    return request(call, arguments, **(known | other))


class Answer(NamedTuple):
    """An answer that reached the desk."""

    call: str
    allow: bool
    scope: Scope = "once"
    match: Match = "exact"
    kept: tuple[str, ...] = ()
    reason: str | None = None
    arguments: str | None = None
    receipt: str | None = None


class Desk:
    """What all guards hold together."""

    def __init__(self, *requests: RequestView, guards: Sequence[GuardView] = (GUARD,)) -> None:
        self.answers: list[Answer] = []
        self.stopped: list[str] = []
        self.refuses: str | None = None
        self.sends = False
        self.wait: anyio.Event | None = None
        self._hubs: list[FakeHub] = []
        self._arrived = 0
        self.picture = Picture(guards=tuple(guards), held=tuple(map(self._new, requests)))

    def hub(self) -> "FakeHub":
        """One console's view."""
        hub = FakeHub(self)
        self._hubs.append(hub)
        return hub

    def arrive(self, *requests: RequestView) -> None:
        """More requests come."""
        self.show(held=(*self.picture.held, *map(self._new, requests)))

    def change(self, call: str, **other: object) -> None:
        """A request changes, and its revision with it."""
        self.show(
            held=tuple(
                _changed(one, other) if one.view.id == call else one for one in self.picture.held
            )
        )

    def close(
        self, call: str, how: How = "cancelled", by: str = "the client", **other: object
    ) -> None:
        """A request is closed."""
        gone = next(one for one in self.picture.held if one.view.id == call)
        view = ClosedView(
            id=call,
            server=gone.view.server,
            item=gone.view.item,
            how=how,
            by=by,
            at=EPOCH,
            missed=False,
        )
        view = replace(view, **other)  # type: ignore[arg-type]
        self.show(
            held=tuple(one for one in self.picture.held if one.view.id != call),
            closed=(*self.picture.closed, Closed(gone.guard, view)),
        )

    def show(self, **other: object) -> None:
        """Anything else of the picture changes."""
        self.picture = self.picture._replace(**other)  # type: ignore[arg-type]
        for hub in self._hubs:
            hub.news.set()

    def _new(self, view: RequestView) -> Held:
        self._arrived += 1
        return Held("5f3a9c1e", view, self._arrived, BEGIN)

    async def take(self, held: Held, answer: Answer) -> Reply:
        """The first answer to a request as it is wins."""
        if self.wait is not None:
            await self.wait.wait()
        if self.refuses is not None:
            return Refused(ask=1, id=answer.call, why=self.refuses)
        now = next((one for one in self.picture.held if one.view.id == answer.call), None)
        if now is None or now.view.revision != held.view.revision:
            return Stale(ask=1, id=answer.call, why="it was allowed already by console pid 812")
        self.answers.append(answer)
        if self.sends and answer.allow:
            self.change(answer.call, state="sending")
        else:
            self.close(answer.call, "allowed" if answer.allow else "denied", by="console pid 812")
        return Decided(ask=1, id=answer.call, how="sent" if answer.allow else "denied")


def _changed(held: Held, other: Mapping[str, object]) -> Held:
    view = replace(held.view, revision=held.view.revision + 1, **other)  # type: ignore[arg-type]
    return held._replace(view=view)


class FakeHub:
    """One console's view of a desk."""

    def __init__(self, desk: Desk) -> None:
        self.news = anyio.Event()
        self._desk = desk
        self._taken: Picture | None = None

    def picture(self) -> Picture:
        """Everything as it is now."""
        self._taken = self._desk.picture
        return self._desk.picture

    async def changed(self) -> None:
        """Return when there is another picture."""
        while self._taken is self._desk.picture:
            await self.news.wait()
            self.news = anyio.Event()

    async def decide(
        self,
        held: Held,
        *,
        allow: bool,
        scope: Scope = "once",
        match: Match = "exact",
        kept: Sequence[str] = (),
        reason: str | None = None,
        arguments: str | None = None,
        receipt: str | None = None,
        surface: Surface = "console",
    ) -> Reply:
        """Give an answer to the desk."""
        assert surface == "console"
        answer = Answer(held.view.id, allow, scope, match, tuple(kept), reason, arguments, receipt)
        return await self._desk.take(held, answer)

    async def stop(self, held: Held) -> Reply:
        """Stop what is being sent."""
        self._desk.stopped.append(held.view.id)
        self._desk.change(held.view.id, state="waiting")
        return Decided(ask=1, id=held.view.id, how="stopped")


@dataclass
class FakeServices:
    """Services that note what they were asked, and say what a test sets."""

    named: Profile = PROFILE
    known: Earlier = NOTHING
    previewed: Preview = PREVIEW
    asked: list[Choice] = field(default_factory=list)
    remembered: list[Preview] = field(default_factory=list)
    switched: list[tuple[str, bool]] = field(default_factory=list)
    undone: int = 0
    signed: SignInView | None = None
    sign_ins: SignIns | None = None

    async def preview(self, request: RequestView, choice: Choice) -> Preview:
        """The text a test sets."""
        del request
        self.asked.append(choice)
        return self.previewed

    async def remember(self, request: RequestView, choice: Choice, preview: Preview) -> Told:
        """Note it."""
        del request, choice
        self.remembered.append(preview)
        return Told(True, "remembered")

    async def undo(self) -> Told:
        """Note it."""
        self.undone += 1
        return Told(True, "taken back")

    async def lockdown(self, *, on: bool) -> Told:
        """Note it."""
        self.switched.append(("lockdown", on))
        return Told(True, f"lockdown {on}")

    async def silent(self, *, on: bool) -> Told:
        """Note it."""
        self.switched.append(("silent", on))
        return Told(True, f"silent {on}")

    async def earlier(self, request: RequestView) -> Earlier:
        """The call a test sets."""
        del request
        return self.known

    def services(self) -> Services:
        """All of them."""
        found = places({"HOME": "/home/ana"}, "linux")

        def me() -> FakeServices:
            return self

        sign_ins = self.sign_ins
        return Services(
            found,
            lambda: self.named,
            me,
            me,
            me,
            signed_in=lambda: self.signed,
            sign_ins=None if sign_ins is None else lambda: sign_ins,
        )


class Clocks:
    """Clocks that stand until they are moved."""

    def __init__(self) -> None:
        self.monotonic = BEGIN
        self.epoch = EPOCH

    def later(self, seconds: float) -> None:
        """Time passes."""
        self.monotonic += seconds
        self.epoch += seconds


class Stage:
    """A running console, and a person at its keys."""

    def __init__(self, app: Console, pilot: Pilot[None], clocks: Clocks, desk: Desk) -> None:
        self.app = app
        self.desk = desk
        self.pilot = pilot
        self.clocks = clocks

    @property
    def queue(self) -> Queue:
        """The queue, whatever lies over it."""
        return next(one for one in self.app.screen_stack if isinstance(one, Queue))

    async def settle(self) -> None:
        """Wait until what there is to see is drawn."""
        with anyio.fail_after(60):
            await self.pilot.pause()
            page = next(one for one in self.app.screen_stack if isinstance(one, Page))
            while page.picture is not self.desk.picture:
                await self.pilot.pause()
            for _ in range(3):
                await self.pilot.pause()

    async def read(self) -> None:
        """Wait, and let so much time pass that keys count."""
        await self.settle()
        self.clocks.later(3)

    async def press(self, *keys: str, at: float | None = None) -> None:
        """Press keys now, or keys that were made at a moment of the monotonic clock."""
        for key in keys:
            self.app.post_message(key_event(key, self.clocks.monotonic if at is None else at))
            await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type a text."""
        await self.press(*text)

    async def paste(self, text: str) -> None:
        """Paste a text, as a terminal with bracketed paste says it."""
        self.app.post_message(Paste(text))
        await self.pilot.pause()

    async def come_back(self) -> None:
        """The terminal has the focus again."""
        self.app.post_message(AppFocus())
        await self.pilot.pause()

    def text(self) -> str:
        """Everything on the screen, line by line."""
        width, height = self.app.size
        lines = self.app.screen._compositor.render_strips(self.app.size)
        assert len(lines) == height
        return "\n".join(strip.text[:width].rstrip() for strip in lines)


def key_event(key: str, at: float) -> Key:
    """A key that was made at a moment."""
    name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
    event = Key(name, key if len(key) == 1 else None)
    event.time = at
    return event


@asynccontextmanager
async def staged(
    desk: Desk,
    services: FakeServices | None = None,
    *,
    size: tuple[int, int] = (120, 30),
    screens: Mapping[str, Make] | None = None,
    theme: str = "dark",
    clocks: Clocks | None = None,
    console: type[Console] = Console,
) -> AsyncGenerator[Stage]:
    """A console that runs, with everything drawn and the keys armed."""
    clocks = clocks or Clocks()
    app = console(
        desk.hub(),
        (services or FakeServices()).services(),
        screens=screens,
        clock=lambda: clocks.epoch,
        monotonic=lambda: clocks.monotonic,
        theme=theme,
    )
    async with app.run_test(size=size):
        stage = Stage(app, ExactPilot(app), clocks, desk)
        await stage.read()
        yield stage
