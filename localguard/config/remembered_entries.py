"""The entries of a remembered file: where each stands, with the comment above it, and its id.

An entry reaches from its comment to the line before the next one's. Pure; knows bytes and TOML.
"""

import re
import tomllib
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
    spans = _spans(lines, [(line - 1, kind, table) for line, kind, _, table in found])
    return tuple(
        Entry(
            _id(kind, table),
            kind,
            index,
            line,
            f"{document.name}:{line}",
            _said(lines[span.start : line - 1]),
            table,
            span,
        )
        for (line, kind, index, table), span in zip(found, spans, strict=True)
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


def _spans(lines: Sequence[bytes], headers: Sequence[tuple[int, str, object]]) -> list[range]:
    """The lines of each entry; of a comment right above a header it is that entry's."""
    stops = [*(header for header, *_ in headers), len(lines)][1:]
    spans: list[range] = []
    for (header, kind, table), stop in zip(headers, stops, strict=True):
        begin, above = header, spans[-1].stop if spans else 0
        while begin > above and _is_comment(lines[begin - 1]):
            begin -= 1
        spans.append(range(begin, _end(lines[:stop], header, {kind: [table]})))
    return spans


def _end(lines: Sequence[bytes], header: int, alone: Mapping[str, object]) -> int:
    """The line after the last one that belongs to the table that begins with a header.

    Blank lines and comments at the end do not, unless they stand in a text of several lines.
    """
    end = len(lines)
    while end > header + 1 and (not lines[end - 1].strip() or _is_comment(lines[end - 1])):
        end -= 1
    while end < len(lines) and _read(lines[header:end]) != alone:
        end += 1
    return end


def _is_comment(line: bytes) -> bool:
    return line.lstrip().startswith(b"#")


def _read(lines: Sequence[bytes]) -> object:
    try:
        return tomllib.loads(b"".join(lines).decode())
    except ValueError:
        return None


def _said(lines: Sequence[bytes]) -> str:
    texts = (line.decode("utf-8", "replace").strip().lstrip("#").strip() for line in lines)
    return " ".join(text for text in texts if text)
