"""The line above the rows: how many there are, which, and how far the search is. Pure."""

from datetime import datetime
from typing import Final

from textual.content import Content

from localguard.console.content import EMPTY, QUIET, content, plain
from localguard.console.log.reading import State

_APART: Final = plain("   ")


def head(state: State, only: str, day: str, *, following: bool, fresh: int, width: int) -> Content:
    """What is shown; of what there is no room for, the last goes first.

    `only` is the filter, `fresh` how many rows came in unseen, `day` that of the marked record.
    """
    if state.fault:
        return plain("✗ ", "$error bold") + content(state.fault, 300, "$error")
    parts = [_how(following, fresh), *_what(state, only)]
    if state.trouble:
        parts.append(plain("! ", "$warning") + content(state.trouble, 160, "$warning"))
    line = parts[0]
    for part in filter(None, parts[1:]):
        longer = line + _APART + part
        line = longer if longer.cell_length <= width else line
    room = width - line.cell_length - len(day)
    return line if room < 2 else Content.assemble(line, " " * room, (day, QUIET))


def nothing(state: State, only: str) -> Content:
    """Why there is no row."""
    if state.progress < 1:
        return plain(" searching …" if only else " reading …", QUIET)
    return plain(
        " no record matches the filter" if only else " nothing has been recorded yet", QUIET
    )


def day_of(local: str) -> str:
    """The day of a local time, for a person; nothing for what is none."""
    try:
        found = datetime.strptime(local, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 -- a wall clock's
    except ValueError:
        return ""
    return f"{found:%a} {found.day} {found:%b %Y}"


def _how(following: bool, fresh: int) -> Content:
    if following:
        return plain("● following", "$success")
    return plain(f"○ {fresh:,} new below", "$warning") if fresh > 0 else plain("○ paused", QUIET)


def _what(state: State, only: str) -> list[Content]:
    reading = plain(f"reading {state.progress:.0%}", QUIET) if state.progress < 1 else EMPTY
    known = f"{state.known:,} record" + ("" if state.known == 1 else "s")
    if not only:
        return [plain(known), reading]
    searching = plain(f"searching {state.progress:.0%}", "$warning")
    return [
        plain(f"{len(state.shown):,} of {known}"),
        searching if state.progress < 1 else EMPTY,
        Content.assemble(("filter ", QUIET), content(only, 80, "$accent")),
    ]
