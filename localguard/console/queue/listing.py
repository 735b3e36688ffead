"""The list of what waits: drawn line by line, so that a thousand requests cost as little as ten.

It shows what `Rows` says and moves what is looked at when a person does. Nothing else moves it.
"""

from typing import Final

from textual.content import Content
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from localguard.console.content import EMPTY, QUIET, content, plain
from localguard.console.hub import Held
from localguard.console.queue.rows import Rows
from localguard.console.queue.signs import sign
from localguard.console.queue.times import left
from localguard.console.services import Surroundings

_WORDS: Final = 46
"""Cells from which on there is room for the word of a risk."""


class Listing(ScrollView, can_focus=True):
    """The list. `Clicked` is sent with the place of a line; the keys are the screen's."""

    DEFAULT_CSS = """
    Listing { overflow-x: hidden; text-wrap: nowrap; scrollbar-size-vertical: 1; }
    """

    class Clicked(Message):
        """A person pointed at a line."""

        def __init__(self, at: int) -> None:
            super().__init__()
            self.at = at

    def __init__(self, around: Surroundings, rows: Rows) -> None:
        super().__init__(id="listing")
        self._around = around
        self._rows = rows

    def draw(self) -> None:
        """Draw anew; where the list is scrolled to stays."""
        size = Size(self.scrollable_content_region.width, len(self._rows.shown))
        if size != self.virtual_size:
            self.virtual_size = size
        self.refresh()

    def tick(self) -> None:
        """Draw the visible countdowns anew, which are all that a second changes."""
        if any(one.view.state != "sending" for one in self._visible()):
            self.refresh()

    def reveal(self) -> None:
        """Scroll to what is looked at; only called when a person moved."""
        at = self._rows.at
        height = self.scrollable_content_region.height
        if at is None or not height:
            return
        top = self.scroll_offset.y
        if not top <= at < top + height:
            goal = at if at < top else at - height + 1
            self.scroll_to(y=goal, animate=False, immediate=True)

    def on_click(self, event: Click) -> None:
        """Look at the line that was pointed at."""
        at = event.y + self.scroll_offset.y
        if 0 <= at < len(self._rows.shown):
            self.post_message(self.Clicked(at))

    def render_line(self, y: int) -> Strip:
        """One visible line."""
        width = self.scrollable_content_region.width
        at = y + self.scroll_offset.y
        style = self.visual_style
        line = self._line(at, width)
        strips = Visual.to_strips(self, line, width, 1, style) if line else []
        strip = strips[0] if strips else Strip.blank(width, style.rich_style)
        return strip.crop_extend(0, width, style.rich_style)

    def _visible(self) -> list[Held]:
        top = self.scroll_offset.y
        return list(self._rows.shown[top : top + self.size.height])

    def _line(self, at: int, width: int) -> Content:
        if not 0 <= at < len(self._rows.shown):
            return EMPTY
        held = self._rows.shown[at]
        now, epoch = self._around.monotonic(), self._around.clock()
        marked = held.view.id in self._rows.marked
        line = row(held, left(held, now, epoch), width, marked=marked)
        if at != self._rows.at:
            return plain("  ") + line
        style = "on $secondary 50%" if self.has_focus else "on $panel"
        return (plain("▶ ", "bold") + line).pad_right(width - 2 - line.cell_length).stylize(style)


def row(held: Held, time: str, width: int, *, marked: bool) -> Content:
    """One request in `width - 2` cells: sign, name, count, risk, time."""
    view = held.view
    found = sign(view)
    word = f" {found.word}" if found.word.isupper() and width >= _WORDS else ""
    times = f" x{view.count}" if view.count > 1 else ""
    end = Content.assemble((times, QUIET), (word, found.style), f" {time:>5}")
    begin = Content.assemble(("● " if marked else "", "$accent"), (found.mark, found.style), " ")
    room = max(width - 2 - begin.cell_length - end.cell_length, 4)
    name = content(f"{view.server}/{view.item}", max(room, 60)).truncate(room, ellipsis=True)
    return begin + name.pad_right(room - name.cell_length) + end
