"""The entries of a remembered file: where each stands, with the comment above it, and its id.

An entry reaches from its comment to the line before the next one's. Pure; knows bytes and TOML.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from localguard.config.load import Document
from localguard.config.remembered_text import short_id

KINDS: Final = ("answer", "rule")

_LINE: Final = re.compile(rb"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One `[[answer]]` or `[[rule]]`: `index` counts those of its kind, `line` from 1.

    `lines` is where it stands, from the first line of its comment to its last key: as a half-open
    range that counts from 0. `said` is the comment, without its marks.
    """

    id: str
    kind: str
    index: int
    line: int
    place: str
    said: str
    table: Mapping[str, object]
    lines: range


def entries_of(document: Document) -> tuple[Entry, ...]:
    """The entries of a file, in the order of their lines."""
    lines = _LINE.findall(document.raw)
    found = sorted(
        (document.lines.line_of((kind, index)), kind, index, table)
        for kind in KINDS
        for index, table in enumerate(_tables(document, kind))
    )
    begins = [_begin(lines, line - 1) for line, *_ in found]
    ends = [_end(lines, begin) for begin in [*begins[1:], len(lines)]]
    return tuple(
        Entry(
            _id(kind, table),
            kind,
            index,
            line,
            f"{document.name}:{line}",
            _said(lines[begin : line - 1]),
            table,
            range(begin, max(end, line)),
        )
        for (line, kind, index, table), begin, end in zip(found, begins, ends, strict=True)
    )


def without(raw: bytes, entry: Entry) -> bytes:
    """The bytes of a file without an entry, and without the blank line that was put before it."""
    lines = _LINE.findall(raw)
    begin = entry.lines.start
    if begin and not lines[begin - 1].strip():
        begin -= 1
    return b"".join((*lines[:begin], *lines[entry.lines.stop :]))


def _tables(document: Document, kind: str) -> Sequence[Mapping[str, object]]:
    found = document.tables.get(kind, [])
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _id(kind: str, table: Mapping[str, object]) -> str:
    name = table.get("id")
    if kind == "rule" and isinstance(name, str):
        return name
    return f"{'yes' if kind == 'answer' else 'no'}-{short_id(table)}"


def _begin(lines: Sequence[bytes], header: int) -> int:
    """The first line of the comment that stands right above a header."""
    while header and lines[header - 1].lstrip().startswith(b"#"):
        header -= 1
    return header


def _end(lines: Sequence[bytes], stop: int) -> int:
    """The line after the last one before `stop` that is more than blank or a comment."""
    while stop and (not lines[stop - 1].strip() or lines[stop - 1].lstrip().startswith(b"#")):
        stop -= 1
    return stop


def _said(lines: Sequence[bytes]) -> str:
    texts = (line.decode("utf-8", "replace").strip().lstrip("#").strip() for line in lines)
    return " ".join(text for text in texts if text)
