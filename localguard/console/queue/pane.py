"""The pane beside the list: the request that is looked at, under a line that never scrolls away."""

from collections.abc import Iterator

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from localguard.console.content import EMPTY, QUIET, content, plain
from localguard.console.hub import Held
from localguard.console.queue.detail import Subject, lines
from localguard.console.queue.signs import sign
from localguard.console.queue.times import left
from localguard.console.services import Surroundings
from localguard.console.sheet import Sheet
from localguard.telling.counts import count

SHORT = 20
"""Rows of the terminal below which what decides comes first."""


class Pane(Vertical):
    """Everything about one request, or what to do where none is looked at."""

    DEFAULT_CSS = """
    Pane > #title { height: 1; text-wrap: nowrap; }
    Pane > #detail { height: 1fr; }
    """

    def __init__(self, around: Surroundings) -> None:
        super().__init__(id="pane")
        self._around = around
        self._subject: Subject | None = None

    def compose(self) -> ComposeResult:
        """A title and a sheet."""
        yield Static(EMPTY, id="title")
        yield Sheet(id="detail", can_focus=False)

    def show(self, subject: Subject, *, keep: bool) -> None:
        """Show one request; with `keep` where it was scrolled to."""
        self._subject = subject
        self.query_one(Sheet).show(self._lines, keep=keep)
        self.tick()

    def again(self, held: Held) -> None:
        """Take the same request with other calls that wait, or another time that is left."""
        if self._subject is not None:
            self.show(self._subject._replace(held=held), keep=True)

    def show_none(self, waiting: int) -> None:
        """Say that none is looked at."""
        self._subject = None
        said = "Nothing waits. Requests appear here when a rule asks for you."
        if waiting:
            verb = "waits" if waiting == 1 else "wait"
            said = f"{count(waiting, 'request')} {verb}. ↓ looks at the first one."

        def make(width: int) -> Iterator[Content]:
            yield from plain(said, QUIET).wrap(max(width, 8))

        self.query_one(Sheet).show(make)
        self.query_one("#title", Static).update(EMPTY)

    def tick(self) -> None:
        """Count down."""
        if self._subject is not None:
            self.query_one("#title", Static).update(self._title(self._subject))

    def page_by(self, by: int) -> None:
        """Move the text by pages."""
        sheet = self.query_one(Sheet)
        step = max(sheet.size.height - 1, 1)
        sheet.scroll_to(y=sheet.scroll_offset.y + by * step, animate=False, immediate=True)

    def _title(self, subject: Subject) -> Content:
        width = self.size.width - self.styles.gutter.width
        around, view = self._around, subject.held.view
        time = left(subject.held, around.monotonic(), around.clock())
        end = Content.assemble("  ", sign(view).in_words(), f"  {time}")
        room = max(width - end.cell_length, 8)
        name = content(f"{view.server}/{view.item}", max(room, 12), "bold")
        name = name.truncate(room, ellipsis=True)
        return name + plain(" " * max(room - name.cell_length, 0)) + end

    def _lines(self, width: int) -> Iterator[Content]:
        if self._subject is not None:
            short = self.app.size.height < SHORT
            yield from lines(self._subject, width, short=short)
