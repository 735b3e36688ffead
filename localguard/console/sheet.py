"""Text that is only read: lines made for a width, of which only the visible ones are drawn.

Every long text of the console stands on a sheet. `folded` cuts by cells and loses no character,
so that nothing hides behind a line's end.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from rich.cells import cell_len, get_character_cell_size
from textual.content import Content
from textual.events import Resize
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from localguard.console.content import BAR, numbered, plain

Lines = Callable[[int], Iterable[Content]]
"""Makes the lines for a width in cells, none of them wider."""
_NARROWEST: Final = 8


def folded(text: Content, width: int) -> list[Content]:
    """A text of one line in pieces of at most `width` cells, after a space where one is near."""
    width = max(width, 2)
    shown = text.plain
    if cell_len(shown) <= width:
        return [text]
    return text.divide(list(_cuts(shown, width)))


def _cuts(shown: str, width: int) -> Iterator[int]:
    used = begin = 0
    for at, char in enumerate(shown):
        size = get_character_cell_size(char)
        if used + size > width:
            space = shown.rfind(" ", max(begin, at - width // 3), at) + 1
            begin = space or at
            yield begin
            used = cell_len(shown[begin:at])
        used += size


def hanging(lead: Content, text: Content, width: int) -> Iterator[Content]:
    """A text of one line beside its label, folded below itself."""
    indent = lead.cell_length
    if width - indent < _NARROWEST:
        yield from folded(lead, width)
        lead, indent = plain("  "), 2
    for number, line in enumerate(folded(text, width - indent)):
        yield lead + line if number == 0 else plain(" " * indent) + line


def numbered_lines(text: str, limit: int, width: int) -> Iterator[Content]:
    """A text of anyone's with its lines (`numbered`), each folded beside its number."""
    for line in numbered(text, limit):
        at = line.plain.index(BAR) + len(BAR)
        number, rest = line.divide([at])
        yield from hanging(number, rest, width)


def wrapped(text: Content, width: int) -> list[Content]:
    """Words of our own, broken between words."""
    return text.wrap(max(width, 2))


class Sheet(ScrollView, can_focus=True):
    """Lines to read. The keys that move it are those of every scrolling widget."""

    DEFAULT_CSS = """
    Sheet { overflow-x: hidden; text-wrap: nowrap; scrollbar-size-vertical: 1; }
    """

    def __init__(self, *, id: str | None = None, can_focus: bool = True) -> None:  # noqa: A002
        super().__init__(id=id)
        self.can_focus = can_focus
        self._make: Lines = lambda _: ()
        self._lines: Sequence[Content] = ()
        self._width = 0

    @property
    def shown(self) -> Sequence[Content]:
        """The lines as they are now."""
        return self._lines

    def show(self, make: Lines, *, keep: bool = False) -> None:
        """Show other lines, from the first on; or from where it was, with `keep`."""
        self._make = make
        self._remake()
        if not keep:
            self.scroll_to(y=0, animate=False, immediate=True)

    def on_resize(self, event: Resize) -> None:
        """Make the lines anew where the width is another one."""
        del event
        if self.scrollable_content_region.width != self._width:
            self._remake()

    def render_line(self, y: int) -> Strip:
        """One line of what is visible."""
        width = self.scrollable_content_region.width
        at = y + self.scroll_offset.y
        style = self.visual_style
        if not 0 <= at < len(self._lines):
            return Strip.blank(width, style.rich_style)
        strips = Visual.to_strips(self, self._lines[at], width, 1, style)
        strip = strips[0] if strips else Strip.blank(width, style.rich_style)
        return strip.crop_extend(0, width, style.rich_style)

    def _remake(self) -> None:
        self._width = self.scrollable_content_region.width
        self._lines = list(self._make(self._width)) if self._width else ()
        self.virtual_size = Size(self._width, len(self._lines))
        self.refresh()
