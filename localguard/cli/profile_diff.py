"""`profile diff A B`: how two profiles differ, and for which known tools that matters."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TextIO

from localguard.cli.exits import Exit
from localguard.cli.output import print_fault, print_json, print_lines
from localguard.config.paths import Places
from localguard.errors import ProfileFault
from localguard.policy.decisions import word
from localguard.telling.changes import Changed, changed, changed_lines, difference_lines
from localguard.telling.differences import Difference, between, side
from localguard.telling.known import Source
from localguard.telling.outlook import Outlook


def diff(
    places: Places, names: tuple[str, str], source: Source, *, as_json: bool, out: TextIO
) -> Exit:
    """Print what the second profile has otherwise than the first."""
    try:
        one, other = (side(places, name) for name in names)
    except ProfileFault as fault:
        return print_fault(out, fault, as_json=as_json)
    differences = list(between(one, other))
    tools = list(source(places))
    at = datetime.now().astimezone()
    changes = list(changed(one.profile, other.profile, tools, at))
    if as_json:
        print_json(out, _fields(names, differences, changes, len(tools)))
    else:
        print_lines(out, _screen(names, differences, changes, len(tools)))
    return Exit.OK


def _screen(
    names: tuple[str, str],
    differences: Sequence[Difference],
    changes: Sequence[Changed],
    tools: int,
) -> Iterator[str]:
    yield f"{names[0]} -> {names[1]}"
    if not differences:
        yield "They say the same."
        return
    yield from difference_lines(differences)
    yield ""
    yield from changed_lines(changes, tools)


def _fields(
    names: tuple[str, str],
    differences: Sequence[Difference],
    changes: Sequence[Changed],
    tools: int,
) -> dict[str, object]:
    return {
        "profiles": names,
        "differences": [{"what": d.what, "old": d.old, "new": d.new} for d in differences],
        "tools": tools,
        "calls": [
            {
                "server": known.server,
                "item": known.item,
                "old": _outlook(was),
                "new": _outlook(is_now),
            }
            for known, was, is_now in changes
        ],
    }


def _outlook(found: Outlook) -> dict[str, str]:
    return {"best": word(found.best), "worst": word(found.worst), "by": found.best.by}
