"""A log on a stage: folders full of records, and the view over one of them in an app of its own."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import anyio
from textual import on
from textual.app import App, ComposeResult
from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Static

from localguard.audit.reader import Entry
from localguard.audit.sealing import GENESIS, encoded, seal
from localguard.console.log.index import Index
from localguard.console.log.record import Judge
from localguard.console.log.view import LogView
from localguard.console.theme import NAMES, THEMES
from tests.audit.makers import MOMENT
from tests.console.pilot import ExactPilot

DAY = "2026-11-24"
Body = Mapping[str, object]


def stamp(seconds: float) -> str:
    """A moment so many seconds after the first one, as records have it."""
    moment = datetime.fromtimestamp(MOMENT + seconds).astimezone()
    return moment.astimezone(datetime.fromisoformat("2026-01-01T00:00Z").tzinfo).strftime(
        "%Y-%m-%dT%H:%M:%S.%fZ"
    )


def record(seconds: float, kind: str = "intent", **others: object) -> Body:
    """A record with the members that every one begins with."""
    return {"t": stamp(seconds), "m": seconds, "kind": kind, **others}


def call(seconds: float, number: str, decision: str = "allow", **others: object) -> Body:
    """A decision, as a guard records it."""
    kind = {"allow": "intent", "ask": "held", "deny": "refused"}[decision]
    usual = {
        "call": number,
        "method": "tools/call",
        "server": "db",
        "item": "list_tables",
        "client": "claude-ai",
        "profile": "work",
        "decision": decision,
        "rule": "work.toml:12",
        "reason": "a rule says so",
    }
    return record(seconds, kind, **(usual | others))


def ended(seconds: float, number: str, status: str = "ok") -> Body:
    """The outcome of a call."""
    return record(
        seconds, "outcome", call=number, status=status, code=None, bytes=300, milliseconds=12.5
    )


def sealed(bodies: Sequence[Body], prev: str = GENESIS, seq: int = 0) -> bytes:
    """Lines of one segment."""
    lines = []
    for number, body in enumerate(bodies, seq):
        line, prev = seal(prev, number, encoded(dict(body)))
        lines.append(line)
    return b"".join(lines)


def segment(folder: Path, clock: str, instance: str, data: bytes) -> Path:
    """Write a segment that was begun at `clock` (HHMMSS)."""
    day = folder / DAY
    day.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = day / f"{clock}-{instance}.jsonl"
    path.write_bytes(data)
    return path


def many(folder: Path, number: int, guards: int = 4) -> None:
    """So many records of guards that ran side by side: calls and their outcomes, in turn."""
    for guard in range(guards):
        bodies: list[Body] = []
        for at in range(number // guards):
            seconds = (at * guards + guard) * 0.01
            one = f"{guard:04x}-{at // 2}"
            bodies.append(ended(seconds, one) if at % 2 else call(seconds, one))
        segment(folder, "212000", f"{guard:04x}", sealed(bodies))


class Counting(Index):
    """An index that counts which positions were read."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self.read: list[int] = []

    def entry(self, position: int) -> Entry:
        self.read.append(position)
        return super().entry(position)


class LogApp(App[None], inherit_bindings=False):
    """A log and nothing else; what it says is kept."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen { background: $background; color: $foreground; }"

    def __init__(self, index: Index, judge: Judge, theme: str) -> None:
        super().__init__()
        for one in THEMES:
            self.register_theme(one)
        self.theme = NAMES[theme]
        self.animation_level = "none"
        self.index = index
        self.judge = judge
        self.said: list[str] = []

    def compose(self) -> ComposeResult:
        yield LogView(self.index, lambda: MOMENT + 300, self.judge)

    @on(LogView.Said)
    def keep(self, event: LogView.Said) -> None:
        self.said.append(event.line.plain)


class Stage:
    """The view, and a person at its keys."""

    def __init__(self, app: LogApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def view(self) -> LogView:
        return self.app.query_one(LogView)

    @property
    def head(self) -> str:
        return str(self.app.query_one("#head", Static).content)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds that the thread or the app will bring about."""
        with anyio.fail_after(60):
            while not holds():
                await self.pilot.pause(0.01)
            await self.pilot.pause()

    async def loaded(self, number: int) -> None:
        """Wait until so many rows are there and all is read."""
        await self.until(
            lambda: (
                len(self.view.table.shown) == number
                and "reading" not in self.head
                and str(number)[:2] in self.head
            )
        )

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def filter(self, text: str) -> None:
        """Go on with the filter by a text, and apply it."""
        await self.press("slash")
        await self.paste(text)
        await self.press("enter")

    async def paste(self, text: str) -> None:
        """Paste a text where the focus is."""
        self.app.post_message(Paste(text))
        await self.pilot.pause()

    @property
    def lines(self) -> list[str]:
        """Everything on the screen, line by line."""
        strips = self.app.screen._compositor.render_strips(self.app.size)
        return [strip.text.rstrip() for strip in strips]

    @property
    def rows(self) -> list[str]:
        """The visible rows, without those below the last one."""
        table = self.view.table
        lines = [table.render_line(y).text.rstrip() for y in range(table.size.height)]
        return lines[: len(table.shown)]

    @property
    def marked(self) -> str:
        """The row that is marked."""
        return next(row for row in self.rows if row.startswith("▸"))

    @property
    def told(self) -> list[str]:
        """The lines of the record."""
        return [line.plain.rstrip() for line in self.view.record.shown]


@asynccontextmanager
async def opened(
    folder: Path | Index,
    *,
    size: tuple[int, int] = (120, 30),
    judge: Judge = lambda _: "",
    theme: str = "dark",
) -> AsyncGenerator[Stage]:
    """The view over a folder, or over an index."""
    index = folder if isinstance(folder, Index) else Index(str(folder))
    app = LogApp(index, judge, theme)
    async with app.run_test(size=size):
        yield Stage(app, ExactPilot(app))
