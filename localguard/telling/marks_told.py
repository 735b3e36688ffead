"""What a server says of its tools, on a few lines: which of them read, write, destroy, reach out.

For a first look at a server that nobody has reviewed: names and marks, and no text of the server's
beside them. A name that could be taken for several, or for words of ours, stands in quotes. Pure.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from localguard.policy.pins import Definition, Family
from localguard.telling.counts import count
from localguard.text import safe

ANY_WIDTH: Final = 100
"""The columns where no terminal says how many it has."""
MOST: Final = 120
"""The names that one row shows."""
_WARNINGS: Final = 8
_LABEL: Final = len("destructive")
_MARGIN: Final = "    "
_ROOM: Final = 24
"""Columns that names are given at the least."""
_NAME: Final = re.compile(r"[A-Za-z0-9_./-]{1,64}")
"""How tools are named (MCP 2025-11-25, tools: names), and no longer than can be taken in."""
_HINTS: Final = ("readOnlyHint", "destructiveHint", "openWorldHint")

Row = tuple[str, Sequence[str], str]
"""A label, names that were made safe, and what is said after them."""


def marks_lines(
    server: str,
    definitions: Iterable[Definition],
    warned: Sequence[str] = (),
    width: int = 0,
    *,
    instructs: bool = False,
) -> Iterator[str]:
    """The tools of a server by their marks, what else it has, and what is to be looked at twice.

    `width` is in columns, 0 where no terminal says it; `instructs` that it has instructions.
    """
    yield f"  {safe(server, 60)}"
    room = max((width or ANY_WIDTH) - len(_MARGIN) - _LABEL - 2, _ROOM)
    for row in _rows(tuple(definitions), instructs=instructs):
        yield from (_MARGIN + line for line in _row(row, room))
    for one in warned[:_WARNINGS]:
        yield f"{_MARGIN}! {safe(one, 300)}"
    if len(warned) > _WARNINGS:
        yield f"{_MARGIN}! and {len(warned) - _WARNINGS} more like these"


def odd(definitions: Iterable[Definition]) -> Iterator[str]:
    """What stands against reading the names alone: how they are spelled, and how many they are."""
    tools = [one for one in definitions if one.family is Family.TOOL]
    for one in tools:
        if _NAME.fullmatch(one.name) is None:
            yield f"{named(one.name)}: not a name as tools have them"
    if len(tools) > MOST:
        yield f"{count(len(tools), 'tool')}: not all names are shown"


def named(name: str) -> str:
    """A name, in quotes where it is more than one word of plain letters."""
    if _NAME.fullmatch(name):
        return name
    return json.dumps(safe(name, 64), ensure_ascii=False)


def _rows(definitions: Sequence[Definition], *, instructs: bool) -> Iterator[Row]:
    tools = [one for one in definitions if one.family is Family.TOOL]
    marked = [one for one in tools if _has_marks(one)]
    yield from _found("reads", [one for one in marked if "read" in one.marks])
    writes = [one for one in marked if "write" in one.marks and "destructive" not in one.marks]
    yield from _found("writes", writes)
    yield from _found("destructive", [one for one in marked if "destructive" in one.marks])
    opens = [one for one in marked if "open" in one.marks]
    if opens and len(opens) == len(marked):
        yield "reaches out", (), f"(open) all of these ({len(opens)})"
    else:
        yield from _found("reaches out", opens, "open")
    unmarked = [one for one in tools if not _has_marks(one)]
    yield from _found("no marks", unmarked, "taken for write and open")
    if also := [*_also(definitions, instructs=instructs)]:
        yield "also", (), ", ".join(also)
    elif not tools:
        yield "no tools", (), ""


def _found(label: str, tools: Sequence[Definition], more: str = "") -> Iterator[Row]:
    if tools:
        yield label, [named(one.name) for one in tools], f"({len(tools)}{more and f': {more}'})"


def _also(definitions: Sequence[Definition], *, instructs: bool) -> Iterator[str]:
    for family in (Family.PROMPT, Family.TEMPLATE):
        if number := sum(one.family is family for one in definitions):
            yield count(number, str(family))
    if instructs:
        yield "instructions for the model"


def _row(row: Row, room: int) -> Iterator[str]:
    label, names, after = row
    if len(names) > MOST:
        names = [*names[:MOST], "…"]
    line, begun = "", False
    for piece in (*(f"{name}," for name in names[:-1]), *names[-1:], *filter(None, [after])):
        if line and len(line) + 1 + len(piece) > room:
            yield f"{'' if begun else label:{_LABEL}}  {line}"
            line, begun = "", True
        line = f"{line} {piece}" if line else piece
    yield f"{'' if begun else label:{_LABEL}}  {line}".rstrip()


def _has_marks(tool: Definition) -> bool:
    said = tool.body.get("annotations")
    return isinstance(said, Mapping) and any(isinstance(said.get(one), bool) for one in _HINTS)
