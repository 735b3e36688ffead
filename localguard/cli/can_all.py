"""`can --all`: what may become of calls to each tool that localguard has seen, by which rule."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final, TextIO

from localguard.cli.choosing import key_of
from localguard.cli.exits import Exit
from localguard.cli.output import print_json, print_lines
from localguard.config.active import ActiveProfile
from localguard.config.paths import Places
from localguard.policy.decide import Standing
from localguard.policy.decisions import word
from localguard.policy.profile import Profile
from localguard.telling.known import Known, Source
from localguard.telling.outlook import Outlook, Outlooks
from localguard.text import safe

_NAME: Final = 30
_SHOWN_MARKS: Final = ("new", "changed", "read", "write", "destructive", "open")
_SEEN_BY: Final = "start the server once through a client, or run: localguard server test"

Row = tuple[Known, Outlook]


def can_all(
    places: Places, source: Source, *, profile: str | None, as_json: bool, out: TextIO
) -> Exit:
    """Print each known tool of each server with the decision at best and the rule that gives it."""
    standing = ActiveProfile(places, profile, key=key_of(places)).standing()
    if standing.profile is None or standing.fault is not None:
        reason = standing.fault or "no profile is in force"
        if as_json:
            print_json(out, {"profile": None, "fault": reason, "servers": []})
        else:
            print_lines(out, [reason])
        return Exit.INVALID
    outlooks = Outlooks(standing.profile, datetime.now().astimezone())
    rows = [(known, outlooks.of(known)) for known in sorted(source(places))]
    servers = {name: list(found) for name, found in groupby(rows, lambda row: row[0].server)}
    if as_json:
        until = None if standing.observed_until is None else standing.observed_until.isoformat()
        print_json(out, {**_fields(standing.profile, servers), "observed_until": until})
    else:
        print_lines(out, [f"profile {standing.profile.name}", *_observed(standing)])
        print_lines(out, _screen(standing.profile, servers))
    return Exit.OK


def _observed(standing: Standing) -> Iterator[str]:
    if standing.observed_until is not None:
        until = f"{standing.observed_until.astimezone():%Y-%m-%d %H:%M}"
        yield f"observed until {until}: what only the default denies is let through and noted"


def _screen(profile: Profile, servers: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    unseen = [name for name in profile.servers if name not in servers]
    for name, rows in servers.items():
        yield ""
        yield from _server(name, rows)
    if not servers:
        yield "No tools are known yet."
        yield f"Fix: {_SEEN_BY} NAME."
    elif unseen:
        yield ""
        yield f"Not seen yet: {', '.join(unseen)}"
        yield f"Fix: {_SEEN_BY} {unseen[0]}."


def _server(server: str, rows: Sequence[Row]) -> Iterator[str]:
    reviewed = all(known.confirmed for known, _ in rows)
    claim = (
        "" if reviewed else f"  (its marks are its own claim: localguard server review {server})"
    )
    yield server + claim
    names = [safe(known.item) for known, _ in rows]
    marks = [_marks(known) for known, _ in rows]
    widths = max((len(one) for one in names if len(one) <= _NAME), default=0), max(map(len, marks))
    for (_, found), name, mark in zip(rows, names, marks, strict=True):
        if len(name) > _NAME:
            yield f"  {name}"
        shown = "" if len(name) > _NAME else name
        yield f"  {shown:<{widths[0]}}  {mark:<{widths[1]}}  {found.word:<5}  {found.told()}"


def _marks(known: Known) -> str:
    """The marks that say most: what destroys also writes."""
    if known.marks is None:
        return "?"
    said = known.marks - {"write"} if "destructive" in known.marks else known.marks
    return " ".join(mark for mark in _SHOWN_MARKS if mark in said)


def _fields(profile: Profile, servers: Mapping[str, Sequence[Row]]) -> dict[str, object]:
    return {
        "profile": profile.name,
        "digest": profile.digest,
        "fault": None,
        "unseen": [name for name in profile.servers if name not in servers],
        "servers": [
            {"name": name, "tools": [_tool(known, found) for known, found in rows]}
            for name, rows in servers.items()
        ],
    }


def _tool(known: Known, found: Outlook) -> dict[str, object]:
    return {
        "name": known.item,
        "marks": None if known.marks is None else sorted(known.marks),
        "reviewed": known.confirmed,
        "decision": found.word,
        "by": found.by,
        "certain": found.certain,
        "if": [] if found.certain else list(found.conditions),
        "otherwise": {"decision": word(found.worst), "by": found.worst.by},
    }
