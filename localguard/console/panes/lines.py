"""Told lines, as `localguard.telling` makes them, drawn on a sheet; anyone's text may be in them.

What is too much for a screen is cut, and said: whoever must have seen all of it asks `cut`.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from textual.content import Content

from localguard.console.content import QUIET, content, plain
from localguard.console.sheet import Lines, hanging, wrapped

MOST: Final = 50_000
"""Lines on one sheet."""
_LONG: Final = 4_000
_BAR: Final = "      | "
_STYLES: Final = {"    ! ": "$warning", "  + ": "$success", "  - ": "$error"}


class Line(NamedTuple):
    """One line of anyone's text. `style` is ours."""

    text: str
    style: str = ""


def told(lines: Iterable[str]) -> list[Line]:
    """Lines as they are told, in the style that their beginning stands for.

    A line of a server's stands behind a bar, so that it begins like none of ours.
    """
    return [Line(line, _style_of(line)) for line in islice(lines, MOST + 1)]


def cut(lines: Sequence[Line]) -> bool:
    """Whether there are more lines than are shown."""
    return len(lines) > MOST


def drawn(lines: Sequence[Line]) -> Lines:
    """The lines for a sheet, folded to its width below their own beginning."""

    def made(width: int) -> Iterator[Content]:
        for text, style in lines[:MOST]:
            yield from _folded(text, style, width)
        if cut(lines):
            yield plain("! there is more than is shown here", "$warning")

    return made


def _folded(text: str, style: str, width: int) -> Iterator[Content]:
    if len(text) <= width and text.isascii() and text.isprintable():
        yield plain(text, style)
    elif text.startswith(_BAR):
        yield from hanging(plain(_BAR, QUIET), content(text[len(_BAR) :], _LONG, style), width)
    else:
        words = text.lstrip(" ")
        indent = min(len(text) - len(words), width // 2)
        for row in wrapped(content(words, _LONG, style), width - indent):
            yield plain(" " * indent) + row


def _style_of(line: str) -> str:
    for start, style in _STYLES.items():
        if line.startswith(start):
            return style
    return ""
