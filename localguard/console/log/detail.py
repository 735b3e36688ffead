"""One record for who reads: why the call was decided so, all its records, and every field.

Every text of a record is shown as data, behind a label of ours; a damaged line is told as what it
is, and nothing of it is shown. Knows lines and no widget.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from textual.content import Content

from localguard.audit.reader import Entry
from localguard.console.content import QUIET, content, plain
from localguard.console.log.cells import look
from localguard.console.sheet import folded, hanging
from localguard.telling.entries import parts
from localguard.telling.values import local_time
from localguard.telling.why import Again, rows

_TEXT: Final = 4000
_LABEL: Final = 60
_COLUMN: Final = 11
_MOST_FIELDS: Final = 400
_MOST_RECORDS: Final = 200
_DEPTH: Final = 6
_FLAWS: Final[Mapping[str, str]] = {
    "torn": "The line has no end: the guard was cut off while it wrote, or writes it just now.",
    "unreadable": "The line is no record: it was written by something else, or overwritten.",
    "edited": "The line was edited after it was written: its digest is another one.",
    "missing": "The record is not there any more: its segment was removed or cut off.",
}


@dataclass(frozen=True, slots=True)
class Detail:
    """A record at `line` of its segment, and the records of its call, of which it is number `at`.

    `again` is what came near, or why that cannot be told.
    """

    entry: Entry
    line: int
    story: Sequence[Entry]
    at: int
    again: Again = ""

    def lines(self, width: int) -> Iterator[Content]:
        """The lines for a width in cells, none of them wider."""
        if self.entry.flaw is not None:
            yield from _damage(self.entry, self.line, width)
            return
        yield from _why(
            [one.record for one in self.story] or [self.entry.record], self.again, width
        )
        if len(self.story) > 1:
            yield from _section(f"Record {self.at + 1} of {len(self.story)} of this call", width)
            yield from _story(self.story, self.at, width)
        yield from _section("This record", width)
        yield from _labelled("segment", content(self.entry.segment), width)
        yield from _labelled("line", plain(f"{self.line:,}" if self.line else "not known"), width)
        yield from _fields(self.entry.record, width)


def _damage(entry: Entry, line: int, width: int) -> Iterator[Content]:
    word = entry.flaw or ""
    gone = word == "missing"
    yield plain(f" {word.upper()} ", QUIET if gone else "$error bold reverse")
    yield plain("")
    told = _FLAWS.get(word, "The line is damaged.")
    advice = "" if gone else " Nothing of it is shown. localguard audit verify tells more."
    yield from plain(told + advice, QUIET if gone else "$error").wrap(max(width, 2))
    yield plain("")
    yield from _labelled("segment", content(entry.segment), width)
    yield from _labelled("line", plain(f"{line:,}" if line else "not known"), width)


def _why(records: Sequence[Mapping[str, object]], again: Again, width: int) -> Iterator[Content]:
    told = list(rows(records, again))
    for number, one in enumerate(told):
        if one.name:
            style = _VERDICTS.get(one.text, "") if one.name == "decision" else ""
            yield from _labelled(one.name, content(one.text, _TEXT, style), width)
            continue
        if number:
            yield plain("")
        yield from folded(content(one.text, _TEXT, "bold"), width)


_VERDICTS: Final = {"allow": "$success bold", "ask": "$warning bold", "deny": "$error bold"}


def _story(story: Sequence[Entry], at: int, width: int) -> Iterator[Content]:
    for number, entry in islice(enumerate(story), _MOST_RECORDS):
        line = parts(entry)
        sign, style = look(entry, line.word)
        mark = plain("▸ " if number == at else "  ", "bold")
        time = content(local_time(entry.record)[-8:] or "-" * 8, 20, QUIET)
        lead = Content.assemble(mark, time, "  ", (f"{sign} ", style))
        told = ", ".join(text for text in (line.word, line.why) if text)
        yield from hanging(lead, content(told, _TEXT), width)
    if len(story) > _MOST_RECORDS:
        yield plain(f"  … {len(story) - _MOST_RECORDS} more", QUIET)


def _fields(record: Mapping[str, object], width: int) -> Iterator[Content]:
    leaves = _leaves("", record, _DEPTH)
    for name, text in islice(leaves, _MOST_FIELDS):
        yield from _labelled(name, content(text, _TEXT), width)
    if next(leaves, None) is not None:
        yield plain(f"… more than {_MOST_FIELDS} fields, c copies all of them", "$warning")


def _leaves(path: str, value: object, depth: int) -> Iterator[tuple[str, str]]:
    """Every value that holds no other, with its place; what lies too deep as JSON."""
    if isinstance(value, Mapping) and value and depth:
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}" if path else str(name), inner, depth - 1)
    else:
        yield path, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _section(title: str, width: int) -> Iterable[Content]:
    rule = plain("─" * max(width - len(title) - 4, 0), QUIET)
    return (plain(""), Content.assemble(("── ", QUIET), title, " ", rule).truncate(max(width, 2)))


def _labelled(name: str, text: Content, width: int) -> Iterator[Content]:
    label = content(name, _LABEL, QUIET)
    yield from hanging(label.pad_right(max(_COLUMN - label.cell_length, 1)), text, width)
