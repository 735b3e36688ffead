"""A screen with a list, and what is to be told of its marked line: beside, below or in its place.

The marked line stays marked when the list changes: by its key where it is still there, else by its
place. Enter shows more and never does more. Knows no rule, no server and no profile.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from textual import on
from textual.content import Content
from textual.css.query import NoMatches
from textual.events import Key, Mount, Resize
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import WorkType

from localguard.console.keys import Command
from localguard.console.page import Page
from localguard.console.panes.lines import Line, drawn
from localguard.console.services import Surroundings
from localguard.console.sheet import Sheet

BESIDE: Final = 110
"""Columns from which on the text stands beside the list."""
BELOW: Final = 17
"""Rows from which on it stands below the list."""


class Row(NamedTuple):
    """One line of the list. `key` tells it from all others; one without a key cannot be marked."""

    shown: Content
    key: str | None = None


class Split(Page):
    """The base of the screens: they `fill` it, and `describe` what is to be told of a line."""

    DEFAULT_CSS = """
    Split #head { height: auto; max-height: 2; padding: 0 1; color: $text-muted; }
    Split #both { layout: vertical; height: 1fr; }
    Split #list { height: 2fr; width: 1fr; border: none; padding: 0; background: $background;
        text-wrap: nowrap; text-overflow: ellipsis; scrollbar-size-vertical: 1; }
    Split #list > .option-list--option { padding: 0 1; }
    Split #list > .option-list--option-highlighted { background: $primary 25%; }
    Split #list:focus > .option-list--option-highlighted { background: $primary 45%; }
    Split #text { height: 3fr; width: 1fr; padding: 0 1; border-top: solid $panel; }
    Split #text:focus { border-top: solid $accent; }
    Split.-beside #both { layout: horizontal; }
    Split.-beside #list { width: 5fr; height: 1fr; }
    Split.-beside #text { width: 4fr; height: 1fr; border-top: none; border-left: solid $panel; }
    Split.-beside #text:focus { border-left: solid $accent; }
    Split.-single #head { max-height: 1; }
    Split.-single #text { display: none; border-top: none; height: 1fr; }
    Split.-single.-opened #text { display: block; }
    Split.-single.-opened #list { display: none; }
    """

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        self._keys: list[str | None] = []
        self._rows: list[Row] = []

    def body(self) -> Iterable[Widget]:
        """A line above, the list and the text."""
        yield Static(id="head", markup=False)
        yield _Both(OptionList(id="list", markup=False), Sheet(id="text"), id="both")

    def commands(self) -> Sequence[Command]:
        """The screen's own keys, and those that go to and fro."""
        to_and_fro = (
            Command("enter", "read", self._read, self._can_read, quiet=True),
            Command("escape", "back", self._back, lambda: self.above or self.reading()),
        )
        return (*self.own_commands(), *to_and_fro)

    def own_commands(self) -> Sequence[Command]:
        """The keys of this screen alone."""
        raise NotImplementedError

    def describe(self, key: str | None) -> Sequence[Line]:
        """What is to be told of the line with a key; of none, why there is none."""
        raise NotImplementedError

    @property
    def marked(self) -> str | None:
        """The key of the marked line."""
        found = self.query("#list").results(OptionList)
        at = next((one.highlighted for one in found), None)
        return self._keys[at] if at is not None and at < len(self._keys) else None

    def reading(self) -> bool:
        """Whether the person is in the text and not in the list."""
        return self.query_one("#text", Sheet).has_focus

    def head(self, shown: Content) -> None:
        """Say something above the list."""
        self.query_one("#head", Static).update(shown)

    def fill(self, rows: Sequence[Row]) -> None:
        """Show these lines; the mark stays with its line."""
        listed = self.query_one("#list", OptionList)
        before, at = self.marked, listed.highlighted
        if list(rows) != self._rows:
            self._rows = list(rows)
            self._keys = [row.key for row in rows]
            options = [Option(row.shown, disabled=row.key is None) for row in rows]
            with self.prevent(OptionList.OptionHighlighted):
                listed.set_options(options)
                listed.highlighted = self._place_of(before, at)
        self.describe_again(keep=before is not None and before == self.marked)

    def describe_again(self, *, keep: bool = True) -> None:
        """Tell anew what is to be told of the marked line."""
        self.query_one("#text", Sheet).show(drawn(self.describe(self.marked)), keep=keep)
        self.refresh_keys()

    def work(self, wish: Callable[[], Awaitable[None]], group: str) -> None:
        """Do something that takes time; another of the same group takes its place."""
        at_work(self, wish, group)

    @on(Mount)
    def _begin(self) -> None:
        self._lay_out(self.size.width, self.size.height)
        self.query_one("#list", OptionList).focus()

    @on(Resize)
    def _resized(self, event: Resize) -> None:
        self._lay_out(event.size.width, event.size.height)

    @on(OptionList.OptionHighlighted, "#list")
    def _marked_another(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.describe_again(keep=False)

    @on(OptionList.OptionSelected, "#list")
    def _opened(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._read()

    def _can_read(self) -> bool:
        return not self.reading() and self.marked is not None

    def _read(self, _: Key | None = None) -> None:
        self.add_class("-opened")
        self.query_one("#text", Sheet).focus()
        self.call_after_refresh(self.refresh_keys)

    def _back(self, event: Key) -> None:
        del event
        if self.above and not self.reading():
            self.close()
            return
        self.remove_class("-opened")
        self.query_one("#list", OptionList).focus()
        self.call_after_refresh(self.refresh_keys)

    def _place_of(self, key: str | None, at: int | None) -> int | None:
        if key is not None and key in self._keys:
            return self._keys.index(key)
        free = [place for place, one in enumerate(self._keys) if one is not None]
        return min(free, key=lambda place: (abs(place - (at or 0)), place)) if free else None

    def _lay_out(self, width: int, height: int) -> None:
        beside = width >= BESIDE and height >= BELOW // 2
        self.set_class(beside, "-beside")
        self.set_class(not beside and height < BELOW, "-single")


def at_work(screen: Page, wish: Callable[[], Awaitable[None]], group: str) -> None:
    """Do something beside the screen; another wish of the same group takes its place."""

    async def done() -> None:
        with suppress(NoMatches):  # the screen was left meanwhile
            await wish()

    # Not the coroutine itself: one that is replaced before it begins was never awaited.
    work: WorkType[None] = done
    screen.run_worker(work, group=group, exclusive=True)


class _Both(Widget):
    """The list and the text."""


def columns(*cells: tuple[Content, int]) -> Content:
    """Cells of a line, each cut or filled to its width; a width of 0 leaves it as it is."""
    shown = [_fitted(cell, width) if width else cell for cell, width in cells]
    return Content("  ").join(shown)


def _fitted(cell: Content, width: int) -> Content:
    over = cell.cell_length - width
    return cell.truncate(width, ellipsis=True) if over > 0 else cell.pad_right(-over)
