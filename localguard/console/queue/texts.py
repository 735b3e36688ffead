"""The longer texts about a request: its bytes, how its arguments differ, its tool's definition."""

import json
from collections.abc import Iterable, Iterator
from typing import Final

from textual.content import Content

from localguard.console.content import EMPTY, QUIET, content, plain
from localguard.console.panes.lines import drawn, told
from localguard.console.queue.arguments import UNREAD, arguments_of, parsed
from localguard.console.services import Earlier
from localguard.console.sheet import hanging, numbered_lines
from localguard.control.messages import RequestView
from localguard.policy.calls import Json
from localguard.policy.differences import Difference, Side, differences
from localguard.policy.pins import CHANGED, NEW, Change, Definition, Family
from localguard.telling.definitions import change_lines, difference_lines, warnings
from localguard.telling.definitions import definition_lines as told_definition

WHOLE: Final = 400_000
_BYTES: Final = 4096
"""Bytes at either end that are shown as numbers."""


def raw_lines(view: RequestView, width: int) -> Iterator[Content]:
    """The arguments as they came, as text and as bytes."""
    said = f"{view.size} bytes, sha256 {view.sha256}"
    yield from hanging(plain("JSON  ", "bold"), content(said, 200, QUIET), width)
    yield from numbered_lines(view.arguments, WHOLE, width)
    yield EMPTY
    yield plain("bytes", "bold")
    yield from hex_lines(view.arguments.encode("utf-8", "surrogatepass"), width)


def hex_lines(data: bytes, width: int) -> Iterator[Content]:
    """Offset, bytes and what is printable of them, 16 or 8 on a line; of many, both ends."""
    step = 16 if width >= 78 else 8 if width >= 44 else 4
    for start, part in _ends(data):
        if start > _BYTES:
            yield plain(f"… {start - _BYTES} bytes are not shown here …", "$warning")
        for at in range(0, len(part), step):
            row = part[at : at + step]
            text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
            numbers = row.hex(" ").ljust(step * 3)
            yield Content.assemble((f"{start + at:06x}  ", QUIET), f"{numbers} ", (text, QUIET))


def _ends(data: bytes) -> Iterator[tuple[int, bytes]]:
    if len(data) <= 2 * _BYTES:
        yield 0, data
    else:
        yield 0, data[:_BYTES]
        yield len(data) - _BYTES, data[-_BYTES:]


def change_of_arguments(view: RequestView, earlier: Earlier, width: int) -> Iterator[Content]:
    """How the arguments differ from those of the last call that was let through."""
    value = arguments_of(view)
    before = UNREAD if earlier.arguments is None else parsed(earlier.arguments)
    if value is UNREAD or before is UNREAD:
        known = "the last ones are not known" if value is not UNREAD else "these are not whole"
        yield plain(f"Nothing to compare: {known}.", QUIET)
        return
    yield from difference(before, value, width)


def difference(old: Side, new: Side, width: int) -> Iterator[Content]:
    """Every place where two values differ."""
    found = differences(old, new)
    if not found:
        yield plain("No difference.", QUIET)
    for one in found:
        yield from _told(difference_lines(_named(one)), width)


def _named(one: Difference) -> Difference:
    return one._replace(path=one.path or "the value")


def definition_lines(view: RequestView, width: int) -> Iterator[Content]:
    """What the server says of the tool, and how that differs from what was reviewed."""
    yield from _server(view, width)
    live, pinned = _definition(view, view.definition), _definition(view, view.pinned)
    if live is None and pinned is None:
        yield plain("The server has said nothing of it.")
        return
    if live is not None and pinned is not None and live.digest == pinned.digest:
        known = "as it was reviewed" if view.confirmed else "as seen first, not reviewed"
        yield plain(known, QUIET)
        yield from _told(told_definition(live), width)
        return
    if live is not None:
        yield from _told(warnings(live, (), {}), width)
    change = Change(pinned, live)
    word = {NEW: "new, reviewed by nobody", CHANGED: "changed since it was reviewed"}
    yield plain(word.get(change.word, "no longer there"), "$warning bold")
    yield from _told(change_lines(change), width)
    if pinned is not None and live is not None:
        yield EMPTY
        yield plain("all of it now", "bold")
        yield from _told(change_lines(Change(None, live)), width)


def _server(view: RequestView, width: int) -> Iterator[Content]:
    """What answers are bound to: they hold for this server and this definition alone."""
    for label, digest in (("server", view.identity), ("definition", view.pin)):
        shown = plain("not known", QUIET) if digest is None else content(digest, 200, QUIET)
        yield from hanging(plain(f"{label:<12}", QUIET), shown, width)
    yield EMPTY


def _definition(view: RequestView, text: str | None) -> Definition | None:
    value = UNREAD if text is None else parsed(text)
    if not isinstance(value, dict):
        return None
    families = {"tools/call": Family.TOOL, "prompts/get": Family.PROMPT}
    name = value.get("name")
    return Definition(
        families.get(view.method, Family.TEMPLATE),
        name if isinstance(name, str) else view.item,
        value,
    )


def _told(lines: Iterator[str], width: int) -> Iterable[Content]:
    return drawn(told(lines))(width)


def pretty(value: Json) -> str:
    """JSON to edit: indented, and all that nobody sees as escapes of JSON."""
    return json.dumps(value, ensure_ascii=False, indent=2)
