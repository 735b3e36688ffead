"""How a string that someone else chose is made fit to be looked at.

Servers, clients and models choose names, messages and arguments, and a terminal obeys what it is
sent: control characters move the cursor, bidi overrides swap what is read, zero-width and tag
characters hide text from a person that a model reads. Everything such goes through `safe` before it
meets a terminal, a log line or a notification. Pure; knows no terminal and no markup language.
"""

from collections.abc import Iterable
from typing import Final
from unicodedata import category

CUT: Final = " … "

_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})

# Letters and marks by category, yet drawn as nothing: fillers, joiners and variation selectors
# (Default_Ignorable_Code_Point, Unicode DerivedCoreProperties), and the blank braille pattern.
_DRAWN_AS_NOTHING: Final = frozenset(
    chr(code)
    for span in (
        range(0x034F, 0x0350),
        range(0x115F, 0x1161),
        range(0x17B4, 0x17B6),
        range(0x180B, 0x1810),
        range(0x2800, 0x2801),
        range(0x3164, 0x3165),
        range(0xFE00, 0xFE10),
        range(0xFFA0, 0xFFA1),
        range(0xE0100, 0xE01F0),
    )
    for code in span
)


def safe(text: str, limit: int = 200) -> str:
    r"""`text` with everything hidden made visible, in at most `limit` characters.

    A hidden character becomes an escape such as `\u{202e}`; what is too long after that loses its
    middle, never half an escape. Applying it again with the same limit changes nothing, which is
    why a backslash is left alone: an escape that `text` already spelled out looks like one of ours.
    """
    if len(text) <= limit:
        if text.isascii() and text.isprintable():
            return text
        shown = "".join(map(_visible, text))
        if len(shown) <= limit:
            return shown
    return _without_middle(text, max(limit, 0))


def is_hidden(char: str) -> bool:
    """Whether `char` steers a terminal, reorders or is not seen; only the ASCII space is fine."""
    if " " <= char <= "~":
        return False
    return category(char) in _HIDDEN_CATEGORIES or char in _DRAWN_AS_NOTHING


def _visible(char: str) -> str:
    return f"\\u{{{ord(char):x}}}" if is_hidden(char) else char


def _without_middle(text: str, limit: int) -> str:
    if limit < len(CUT):
        return CUT[:limit]
    room = limit - len(CUT)
    head = _fitting(text, room - room // 2)
    tail = _fitting(reversed(text), room // 2)
    return "".join((*head, CUT, *reversed(tail)))


def _fitting(chars: Iterable[str], room: int) -> list[str]:
    """The first characters, made visible, that together take at most `room`."""
    pieces: list[str] = []
    for char in chars:
        piece = _visible(char)
        room -= len(piece)
        if room < 0:
            break
        pieces.append(piece)
    return pieces
