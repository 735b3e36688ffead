"""`profile diff A B`: how two profiles differ, and for which known tools that matters."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, TextIO

from localguard.cli.exits import Exit
from localguard.cli.output import print_fault, print_json, print_lines
from localguard.config.paths import Places
from localguard.errors import ProfileFault
from localguard.policy.decisions import word
from localguard.policy.profile import Profile
from localguard.telling.counts import count
from localguard.telling.differences import Difference, between, side
from localguard.telling.known import Known, Source
from localguard.telling.outlook import Outlook, Outlooks
from localguard.text import safe

_NAME: Final = 40


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
    changed = list(_changed(one.profile, other.profile, tools))
    if as_json:
        print_json(out, _fields(names, differences, changed, len(tools)))
    else:
        print_lines(out, _screen(names, differences, changed, len(tools)))
    return Exit.OK


Changed = tuple[Known, Outlook, Outlook]


def _changed(one: Profile, other: Profile, tools: Sequence[Known]) -> Iterator[Changed]:
    at = datetime.now().astimezone()
    old, new = Outlooks(one, at), Outlooks(other, at)
    for known in tools:
        was, is_now = old.of(known), new.of(known)
        if _range(was) != _range(is_now):
            yield known, was, is_now


def _range(found: Outlook) -> tuple[str, str]:
    return word(found.best), word(found.worst)


def _screen(
    names: tuple[str, str],
    differences: Sequence[Difference],
    changed: Sequence[Changed],
    tools: int,
) -> Iterator[str]:
    yield f"{names[0]} -> {names[1]}"
    if not differences:
        yield "They say the same."
        return
    for one in differences:
        yield ""
        yield one.what
        yield from (f"  - {text}" for text in one.old)
        yield from (f"  + {text}" for text in one.new)
    yield ""
    if not tools:
        yield "No tools are known yet, so that nothing can be said of calls."
        return
    yield f"Of {count(tools, 'known tool')}, {len(changed)} would be decided otherwise."
    rows = [(_target(k), f"{_says(was)} -> {_says(now)}", now.by) for k, was, now in changed]
    widths = [max((len(row[at]) for row in rows), default=0) for at in (0, 1)]
    for target, change, by in rows:
        yield f"  {target:<{widths[0]}}  {change:<{widths[1]}}  {by}"


def _target(known: Known) -> str:
    return safe(f"{known.server}/{known.item}", _NAME)


def _says(found: Outlook) -> str:
    return found.word if found.certain else f"{found.word} or {word(found.worst)}"


def _fields(
    names: tuple[str, str],
    differences: Sequence[Difference],
    changed: Sequence[Changed],
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
            for known, was, is_now in changed
        ],
    }


def _outlook(found: Outlook) -> dict[str, str]:
    return {"best": word(found.best), "worst": word(found.worst), "by": found.best.by}
