r"""The one way a string reaches a widget.

Textual reads markup in a `str` and hands control characters on to the terminal, so no `str` of
anyone else's is ever given to a widget: it is made a `Content` here, which holds no markup. What is
hidden becomes a visible escape such as `\u{202e}`, reversed and in the colour of errors, so that an
escape a server spelled out itself looks different; a line end shown on one line is a reversed `⏎`.
Words that mix look-alike scripts are underlined. `plain` is for the fixed words of the console.
"""

from collections.abc import Iterable, Iterator
from typing import Final
from unicodedata import category

from textual.content import Content, Span

from localguard.console.scripts import mixed_words
from localguard.text import is_hidden, safe

LIMIT: Final = 200
BLOCK: Final = 20_000
HIDDEN: Final = "$error reverse"
QUIET: Final = "$text-muted"
_BREAK: Final = "$text-muted reverse"
_MIXED: Final = "$warning underline"
_CUT: Final = "$warning italic"
_BREAKS: Final = {"\n": "⏎", "\t": "⇥"}
_MARKS: Final = 2
"""Combining marks on one letter that are drawn; more of them climb over the lines around."""

EMPTY: Final = Content("")
BAR: Final = "│ "
"""Between the number of a line, which is ours, and the line."""


def plain(text: str, style: str = "") -> Content:
    """Fixed words of the console's own; nothing of a server's, client's or model's."""
    return Content.styled(text, style)


def content(text: str, limit: int = LIMIT, style: str = "") -> Content:
    """A text of anyone's, on one line and in about `limit` characters.

    Of a longer one the middle goes, and how much there was is said.
    """
    if len(text) <= limit:
        shown = _painted(text, style)
        if len(shown) <= limit:
            return shown
    marker = f" … {len(text)} characters … " if limit >= 60 else " … "
    room = max(limit - len(marker), 0)
    head = _fitting(text, room - room // 2)
    tail = _fitting(reversed(text[len(text) - room :]), room // 2) if room else 0
    return Content.assemble(
        _painted(text[:head], style),
        (marker[: max(limit, 1)], _CUT),
        _painted(text[len(text) - tail :], style),
    )


def block(text: str, limit: int = BLOCK, style: str = "") -> Content:
    """A text of anyone's with its lines, each numbered by us; the middle of a long one goes."""
    return plain("\n").join(numbered(text, limit, style))


def numbered(text: str, limit: int = BLOCK, style: str = "") -> Iterator[Content]:
    """The lines of `block`, one by one."""
    head, gone, tail = _cut(text, limit)
    width = len(str(text.count("\n") + 1))
    at = 1
    for line in head.split("\n"):
        yield _line(f"{at:>{width}}", line, style)
        at += 1
    if gone:
        at += gone.count("\n") - 1
        said = f"… {len(gone)} characters are not shown here …"
        yield Content.assemble((f"{'':>{width}} {BAR}", QUIET), (said, _CUT))
        for line in tail.split("\n"):
            at += 1
            yield _line(f"{at - 1:>{width}}", line, style)


def _line(number: str, line: str, style: str) -> Content:
    return Content.assemble((f"{number} {BAR}", QUIET), _painted(line, style))


def _cut(text: str, limit: int) -> tuple[str, str, str]:
    if len(text) <= limit:
        return text, "", ""
    half = limit // 2
    return text[:half], text[half : len(text) - half], text[len(text) - half :]


def _fitting(chars: Iterable[str], room: int) -> int:
    """How many of the characters fit when they are visible; never half an escape."""
    count = 0
    for char in chars:
        room -= len(_piece(char, 0)[0])
        if room < 0:
            break
        count += 1
    return count


def _painted(text: str, style: str) -> Content:
    """Everything hidden made visible, with the style of what is ours laid over it."""
    if text.isascii() and text.isprintable():
        return Content.styled(text, style)
    pieces: list[str] = []
    spans: list[Span] = []
    starts: list[int] = []
    at = marks = 0
    for char in text:
        marks = marks + 1 if category(char)[0] == "M" else 0
        piece, painted = _piece(char, marks)
        if painted:
            spans.append(Span(at, at + len(piece), painted))
        starts.append(at)
        pieces.append(piece)
        at += len(piece)
    spans.extend(Span(starts[a], starts[b - 1] + 1, _MIXED) for a, b in mixed_words(text))
    shown = "".join(pieces)
    return Content.styled(shown, style).add_spans(_merged(spans)) if shown else EMPTY


def _piece(char: str, marks: int) -> tuple[str, str]:
    if char in _BREAKS:
        return _BREAKS[char], _BREAK
    if is_hidden(char):
        return safe(char), HIDDEN
    if marks > _MARKS:
        return f"\\u{{{ord(char):x}}}", HIDDEN
    return char, ""


def _merged(spans: list[Span]) -> list[Span]:
    """Neighbours of one style as one span, so that a text full of escapes stays cheap."""
    merged: list[Span] = []
    for span in spans:
        if merged and merged[-1].end == span.start and merged[-1].style == span.style:
            merged[-1] = Span(merged[-1].start, span.end, span.style)
        else:
            merged.append(span)
    return merged
