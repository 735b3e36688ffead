"""One record as the cells of a row, for a width.

A decision is a sign, a word and a colour, so that none of them says it alone. The narrower the
table, the fewer columns: first the date goes, then the id of the call, then the reason.
"""

from typing import Final, NamedTuple

from textual.content import Content

from localguard.audit.reader import Entry
from localguard.console.content import QUIET, content, plain
from localguard.console.log.index import GONE
from localguard.telling.entries import Line, parts
from localguard.telling.values import local_time

WIDE: Final = 110
_MIDDLE: Final = 80
_NARROW: Final = 66
_NARROWEST: Final = 50
_CALL: Final = 14
_WORD: Final = 10
_SHORT_WORD: Final = 6
_DATE: Final = slice(5, None)
_CLOCK: Final = slice(11, None)
_APART: Final = plain("  ")


class Look(NamedTuple):
    """How a word of a record is shown: one character before it, and a style."""

    sign: str
    style: str


_QUIET_LOOK: Final = Look(" ", QUIET)
_DAMAGED: Final = Look("✗", "$error bold reverse")
_LOOKS: Final = {
    "allow": Look("✓", "$success"),
    "ask": Look("?", "$warning"),
    "deny": Look("✗", "$error"),
    "ok": Look("·", QUIET),
    "tool_error": Look("!", "$error"),
    "error": Look("!", "$error"),
    "lost": Look("!", "$error"),
    "unknown": Look("!", "$error"),
    "cancelled": Look("!", "$warning"),
    "answer": Look("»", "$accent"),
    "request": Look("»", QUIET),
    "grant": Look("»", "$accent"),
    "approver": Look("!", "$error"),
    "choice": Look("»", "$accent"),
    "frame": Look("!", "$warning"),
    "gap": Look("!", "$error"),
    "noise": Look("!", "$warning"),
    "pin": Look("~", "$warning"),
    "witness": Look("!", "$warning"),
    GONE: Look("-", QUIET),
}
_ANSWERED: Final = {"allow": "$success", "deny": "$error"}


def look(entry: Entry, word: str) -> Look:
    """The sign and the style of an entry whose word this is."""
    if entry.flaw is not None:
        return _LOOKS[GONE] if entry.flaw == GONE else _DAMAGED
    found = _LOOKS.get(word, _QUIET_LOOK)
    if word == "answer":
        return found._replace(style=_ANSWERED.get(str(entry.record.get("decision")), found.style))
    return found


def row(entry: Entry, width: int) -> Content:
    """The row of an entry in at most `width` cells."""
    line = parts(entry)
    sign, style = look(entry, line.word)
    word = plain(f"{sign} ", style) + _fitted(content(line.word, style=style), _word(width))
    cells = [_time(entry, width), word, *_told(line, width)]
    whole = _APART.join(cell for cell in cells if cell)
    return whole.truncate(max(width, 1), ellipsis=True)


def _told(line: Line, width: int) -> list[Content]:
    """What there is to say, in the columns that there is room for."""
    why = content(line.why, max(width, 20), QUIET)
    if not line.call and not line.what:
        return [why]
    if not line.call and not line.why:
        return [content(line.what, max(width, 20))]
    if width < _NARROW:
        return [content(line.what or line.call, width)]
    what = _fitted(content(line.what, width), (width - (30 if width < WIDE else 36)) * 2 // 5)
    if width < _MIDDLE:
        return [what, why]
    return [what, _fitted(content(line.call, style=QUIET), _CALL), why]


def _time(entry: Entry, width: int) -> Content:
    """The time in the zone of who reads; a damaged line has none that could be believed."""
    size = len("11-24 21:20:00" if width >= WIDE else "21:20:00")
    if entry.flaw is not None:
        return plain("-" * size, QUIET)
    time = local_time(entry.record)
    shown = (
        time[_DATE if width >= WIDE else _CLOCK]
        if len(time) == len("2026-11-24 21:20:00")
        else time
    )
    return _fitted(content(shown, 40, QUIET), size)


def _word(width: int) -> int:
    return _WORD if width >= _NARROWEST else _SHORT_WORD


def _fitted(cell: Content, width: int) -> Content:
    over = cell.cell_length - width
    return cell.truncate(width, ellipsis=True) if over > 0 else cell.pad_right(-over)
