"""The rows of the log, of which only the visible ones are read, made and drawn.

It has a marked row and may follow what comes in. Whatever is put before the first row, after the
last or filtered away, the marked record stays where it is on the screen; only who follows is moved.
"""

from collections.abc import Callable
from typing import ClassVar, Final

from textual.binding import BindingType
from textual.content import Content
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual

from localguard.audit.reader import Entry
from localguard.console.content import EMPTY, plain
from localguard.console.log.cells import row as row_of
from localguard.console.log.matches import All, Shown

Read = Callable[[int], Entry]
"""Gives the record at a position."""

_KEPT: Final = 512
_LEADS: Final = {
    "marked": plain("▸", "bold"),
    "faint": plain("▸", "bold"),
    "same": plain("│", "$accent"),
    "other": plain(" "),
}
"""What stands before the marked row, those of its call, and all others."""


class Table(ScrollView, can_focus=True):
    """A row for each record that is shown."""

    BINDINGS: ClassVar[list[BindingType]] = []
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"table--{look}" for look in _LEADS}
    DEFAULT_CSS = """
    Table { overflow-x: hidden; overflow-y: scroll; text-wrap: nowrap; scrollbar-size-vertical: 1;
        background: $background; }
    Table > .table--marked { background: $primary 35%; }
    Table > .table--faint { background: $panel; }
    """

    class Marked(Message):
        """Another record is the marked one, or whether the table follows has changed."""

    def __init__(self, read: Read, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._read = read
        self._shown: Shown = All()
        self._nothing = EMPTY
        self._edition: tuple[int, ...] = ()
        self._marked: int | None = None
        self._call: object = None
        self._rows: dict[int, tuple[object, Content]] = {}
        self._strips: dict[tuple[int, str], Strip] = {}
        self.following = True

    @property
    def marked(self) -> int | None:
        """The position of the marked record; None when no row is there."""
        row = self._row
        return None if row is None else self._shown[row]

    @property
    def shown(self) -> Shown:
        """What the rows are."""
        return self._shown

    @property
    def at_end(self) -> bool:
        """Whether the newest row is in sight."""
        return self.scroll_offset.y + self.size.height >= len(self._shown)

    def has(self, position: int) -> bool:
        """Whether a record is one of the rows."""
        row = self._shown.row_of(position)
        return row < len(self._shown) and self._shown[row] == position

    @property
    def _row(self) -> int | None:
        size = len(self._shown)
        if not size:
            return None
        return size - 1 if self._marked is None else min(self._shown.row_of(self._marked), size - 1)

    def show(self, shown: Shown, edition: tuple[int, ...], nothing: Content) -> None:
        """Show other rows, made anew for another edition; `nothing` says why there are none."""
        self._nothing = nothing
        if edition != self._edition:
            self._edition = edition
            self._forget()
        before, row = self.marked, self._row
        at = 0 if row is None else row - self.scroll_offset.y
        self._shown = shown
        self._fit()
        if self.following:
            self._mark(len(shown) - 1)
        elif self._row is not None:
            self.scroll_to(y=self._row - at, animate=False, immediate=True)
        if self.marked != before:
            self._told()
        self.refresh()

    def follow(self, following: bool) -> None:
        """Go to the newest row and stay with it, or no longer."""
        self.following = following
        if following:
            self._mark(len(self._shown) - 1)
        self._told()

    def step(self, rows: int) -> None:
        """Mark the row so many further down, or up; who goes up stops to follow."""
        if self._row is not None:
            self.following = self.following and rows > 0
            self._mark(self._row + rows)
            self._told()

    def page(self, pages: int) -> None:
        """Mark the row a page further down, or up."""
        self.step(pages * max(self.size.height - 1, 1))

    def go(self, position: int) -> None:
        """Mark a record; where it is not shown, the one that comes next."""
        self.following = False
        self._mark(self._shown.row_of(position))
        self._told()

    def render_line(self, y: int) -> Strip:
        """One visible row."""
        width = self.scrollable_content_region.width
        row = y + self.scroll_offset.y
        if row >= len(self._shown):
            line = self._nothing if row == 0 else EMPTY
            return self._drawn(line, width, self.visual_style)
        position = self._shown[row]
        call, made = self._made(position, width)
        if row == self._row:
            look = "marked" if self.has_focus else "faint"
        else:
            look = "same" if call is not None and call == self._call else "other"
        key = (position, look)
        if key not in self._strips:
            style = self.get_visual_style(f"table--{look}")
            self._strips[key] = self._drawn(_LEADS[look] + made, width, style)
        return self._strips[key]

    def notify_style_update(self) -> None:
        """Draw the rows anew in other colours."""
        super().notify_style_update()
        self._strips.clear()

    def on_resize(self) -> None:
        """Make the rows anew for another width, and keep the marked one in sight."""
        self._forget()
        self._fit()
        row = self._row
        if row is not None:
            self._see(row)

    def on_click(self, event: Click) -> None:
        """Mark the row that was clicked."""
        row = event.y + self.scroll_offset.y
        if row < len(self._shown):
            self.following = False
            self._mark(row)
            self._told()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Who scrolls up stops to follow."""
        super().watch_scroll_y(old_value, new_value)
        if self.following and round(new_value) < round(min(old_value, self.max_scroll_y)):
            self.following = False
            self._told()

    def _forget(self) -> None:
        self._rows.clear()
        self._strips.clear()

    def _drawn(self, line: Content, width: int, style: Style) -> Strip:
        strips = Visual.to_strips(self, line, width, 1, style)
        strip = strips[0] if strips else Strip.blank(width, style.rich_style)
        return strip.crop_extend(0, width, style.rich_style)

    def _made(self, position: int, width: int) -> tuple[object, Content]:
        found = self._rows.get(position)
        if found is None:
            if len(self._rows) >= _KEPT:
                self._forget()
            entry = self._read(position)
            call = entry.record.get("call") or entry.record.get("request")
            found = self._rows[position] = (call, row_of(entry, width - 1))
        return found

    def _mark(self, row: int) -> None:
        if not len(self._shown):
            return
        row = min(max(row, 0), len(self._shown) - 1)
        self._marked = self._shown[row]
        self._call = self._made(self._marked, self.scrollable_content_region.width)[0]
        self._see(row)
        self.refresh()

    def _see(self, row: int) -> None:
        """Scroll as little as shows the row."""
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        y = min(max(top, row - height + 1), row)
        if y != top:
            self.scroll_to(y=y, animate=False, immediate=True)

    def _fit(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._shown))

    def _told(self) -> None:
        self.post_message(self.Marked())
