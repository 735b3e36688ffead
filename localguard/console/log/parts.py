"""The parts of the log: the rows, a filter above them, and the marked record beside or below.

The segments are read by a thread, turn by turn; what it found is taken in ten times a second, and
nothing moves but where a person wants to follow. Knows no key.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.events import DescendantBlur, DescendantFocus, Resize
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from localguard.audit.filters import Filter
from localguard.audit.reader import POLL_SECONDS
from localguard.console.content import EMPTY
from localguard.console.log.head import day_of, head, nothing
from localguard.console.log.index import Index
from localguard.console.log.reading import Reading
from localguard.console.log.record import Judge, Record
from localguard.console.log.search import Search
from localguard.console.log.table import Table
from localguard.telling.values import local_time

_EVERY: Final = 0.1
"""Seconds between two looks at what the thread has found."""
_BESIDE: Final = 110
_BELOW: Final = 17


class LogParts(Widget):
    """What shows the records of an index. `clock` is in seconds since the epoch.

    `judge` tells of a call which rules came near. The record is in the rows' place where both have
    no room (`-single`).
    """

    DEFAULT_CSS = """
    LogParts { layout: vertical; height: 1fr; }
    LogParts > #head { height: 1; padding: 0 1; background: $surface; text-wrap: nowrap; }
    LogParts > #both { layout: vertical; height: 1fr; }
    LogParts #rows { height: 1fr; width: 1fr; }
    LogParts #record { display: none; height: 3fr; width: 1fr; padding: 0 1;
        border-top: solid $panel; }
    LogParts #record:focus { border-top: solid $accent; }
    LogParts.-opened #record { display: block; }
    LogParts.-opened #rows { height: 2fr; }
    LogParts.-beside > #both { layout: horizontal; }
    LogParts.-beside #rows { height: 1fr; }
    LogParts.-beside #record { height: 1fr; border-top: none; border-left: solid $panel; }
    LogParts.-beside #record:focus { border-left: solid $accent; }
    LogParts.-single.-opened #rows { display: none; }
    LogParts.-single #record, LogParts.-single #record:focus { border-top: none; }
    """

    class Said(Message):
        """One line about what became of a key, in words of our own."""

        def __init__(self, line: Content) -> None:
            super().__init__()
            self.line = line

    class Turned(Message):
        """Which keys work, and what they are called, may have changed."""

    def __init__(
        self,
        index: Index,
        clock: Callable[[], float],
        judge: Judge = lambda _: "",
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.index = index
        # Held here, since what comes in late still asks for them while the screen is taken apart.
        self.table = Table(index.entry, id="rows")
        self.record = Record(index, judge, id="record")
        self.search = Search(self._now)
        self._head = Static(EMPTY, id="head")
        self._clock = clock
        self._reading = Reading(index, monotonic)
        self._taken: tuple[object, ...] = ()
        self._only = ""
        self._seen = 0
        self._ended, self._wake = Event(), Event()

    def compose(self) -> ComposeResult:
        """A line, the filter, the rows and the record."""
        yield self._head
        yield self.search
        yield _Both(self.table, self.record, id="both")

    def on_mount(self) -> None:
        """Begin to read."""
        self.table.focus()
        self.run_worker(self._read, group="log", thread=True)
        self.set_interval(_EVERY, self._take_in)

    def on_unmount(self) -> None:
        """Let the thread end."""
        self._ended.set()
        self._wake.set()

    @property
    def opened(self) -> bool:
        """Whether the record is shown."""
        return self.has_class("-opened")

    @property
    def only(self) -> str:
        """The text of the filter; nothing where everything is shown."""
        return self._only

    def choose(self, text: str, only: Filter | None) -> None:
        """Show what a filter lets through, or everything."""
        self._only = text
        self._reading.choose(only)
        self._wake.set()
        self.table.focus()
        self._take_in()

    @on(Search.Wanted)
    def _wanted(self, event: Search.Wanted) -> None:
        event.stop()
        self.choose(event.text, event.only)

    @on(Table.Marked)
    def _another(self, event: Table.Marked) -> None:
        event.stop()
        self.tell()
        self._show_head()
        self.post_message(self.Turned())

    @on(DescendantFocus)
    @on(DescendantBlur)
    def _refocused(self) -> None:
        self.post_message(self.Turned())

    @on(Resize)
    def _lay_out(self, event: Resize) -> None:
        beside = event.size.width >= _BESIDE and event.size.height >= _BELOW // 2
        self.set_class(beside, "-beside")
        self.set_class(not beside and event.size.height < _BELOW, "-single")
        if self.has_class("-single") and self.opened:
            self.record.focus()
        self._show_head()

    def tell(self) -> None:
        """Tell of the marked record, where that is shown."""
        marked = self.table.marked
        if self.opened and marked is not None:
            self.record.tell(marked)

    def _read(self) -> None:
        """Read until the view goes; runs in a thread."""
        worker = get_current_worker()
        while not (worker.is_cancelled or self._ended.is_set()):
            if not self._reading.turn():
                self._wake.wait(POLL_SECONDS)
                self._wake.clear()

    def _take_in(self) -> None:
        """Show what the thread has found since."""
        state = self._reading.state()
        taken = (len(state.shown), *state[1:])
        if taken != self._taken:
            self._taken = taken
            self.table.show(state.shown, state.edition, nothing(state, self._only))
            self.tell()
            self._show_head()

    def _show_head(self) -> None:
        table = self.table
        if table.at_end:
            self._seen = self.index.end
        marked = table.marked
        entry = None if marked is None else self.index.entry(marked)
        day = "" if entry is None else day_of(local_time(entry.record))
        fresh = len(table.shown) - table.shown.row_of(self._seen)
        state = self._reading.state()
        line = head(
            state,
            self._only,
            day,
            following=table.following,
            fresh=fresh,
            width=self.size.width - 2,
        )
        self._head.update(line)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC).astimezone()


class _Both(Widget):
    """The rows and the record."""
