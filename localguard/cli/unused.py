"""`unused`: the allow rules and remembered answers that no call of some days has needed."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, TextIO

from localguard.cli.choosing import key_of
from localguard.cli.exits import Exit
from localguard.cli.output import print_fault, print_json, print_lines
from localguard.config.active import require_active
from localguard.config.build import read_profile
from localguard.config.managed import joined, read_managed
from localguard.config.paths import Places
from localguard.config.remembered_file import entries
from localguard.errors import ProfileFault
from localguard.policy.profile import Profile
from localguard.policy.rules import Verb
from localguard.telling.backtest import Recalled
from localguard.telling.counts import count
from localguard.telling.newest import newest_first
from localguard.telling.recent_calls import Recent, recent_calls
from localguard.telling.rule_texts import rule_texts
from localguard.telling.unneeded import Unneeded, Unneededs, unneeded

_MOST: Final = 100_000
"""Calls that are looked at, at most."""


def unused(
    places: Places,
    name: str | None,
    recalled: Recalled,
    *,
    days: int,
    now: datetime,
    as_json: bool,
    out: TextIO,
) -> Exit:
    """Print what could go from a profile (the active one without a name). Raises AuditFault."""
    try:
        profile = read_profile(places, name or require_active(places, key_of(places)), tested=False)
        profile = joined(profile, read_managed(places))
        written = entries(places, profile.name)
        recent = _of_days(recent_calls(newest_first(places.audit), _MOST), days, now)
        found = unneeded(profile, written, recent, places.home, recalled)
        texts = rule_texts(places, profile)
    except ProfileFault as fault:
        return print_fault(out, fault, as_json=as_json)
    if as_json:
        print_json(out, _fields(profile, found, texts, days))
    else:
        print_lines(out, _lines(profile, found, texts, days, now))
    return Exit.OK


def _of_days(recent: Recent, days: int, now: datetime) -> Recent:
    began = _began(days, now)
    late = [one for one in recent.calls if str(one.record.get("t", "")) >= began]
    return Recent(late, recent.damaged)


def _began(days: int, now: datetime) -> str:
    """The moment so many days ago, as records have it."""
    return f"{(now - timedelta(days=days)).astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def _lines(
    profile: Profile, found: Unneededs, texts: Mapping[str, str], days: int, now: datetime
) -> Iterator[str]:
    yield _head(profile, found, days)
    yield from _young(found, days, now)
    for one in found.found:
        if one.kind == "rule":
            yield f"  {one.place}  {texts.get(one.place, '')}"
            yield f"      {_why(one)}; to remove it, delete the rule"
        else:
            yield f"  {one.place}  answer {one.id}"
            yield f"      {_why(one)}; to remove it: localguard rules remove {one.id}"
    if found.unsure:
        yield f"  not known of {', '.join(found.unsure)}: {_lost(found)}"
    if found.damaged:
        yield f"  {count(found.damaged, 'line')} of the log could not be read"


def _head(profile: Profile, found: Unneededs, days: int) -> str:
    if not found.calls:
        return (
            f"{profile.name}: no call under it is in the audit log of the last"
            f" {count(days, 'day')}, so none of its rules was needed"
        )
    calls = f"{count(found.calls, 'call')} of the last {count(days, 'day')}"
    if not any(one.verb is Verb.ALLOW for one in profile.rules) and not profile.answers:
        return f"{profile.name} has no rule that allows, and no remembered answer"
    if not found.found:
        return f"{profile.name}: every rule that allows was needed by the {calls}"
    return f"{profile.name}: {len(found.found)} needed by none of the {calls}"


def _young(found: Unneededs, days: int, now: datetime) -> Iterator[str]:
    """That fewer days are known than were asked for."""
    since = found.since or ""
    if since and since[:10] > _began(days - 1, now)[:10]:
        yield f"  no call before {since[:10]} is known, so look again in some days"


def _why(one: Unneeded) -> str:
    if not one.matched:
        return "matched no call"
    verb = "goes" if one.matched == 1 else "go"
    return f"the {count(one.matched, 'call')} that it matched {verb} the same way without it"


def _lost(found: Unneededs) -> str:
    record = "record does" if found.unknown == 1 else "records do"
    return f"{found.unknown} {record} not hold the whole call"


def _fields(
    profile: Profile, found: Unneededs, texts: Mapping[str, str], days: int
) -> dict[str, object]:
    return {
        "profile": profile.name,
        "digest": profile.digest,
        "days": days,
        "calls": found.calls,
        "since": found.since,
        "unknown": found.unknown,
        "damaged": found.damaged,
        "unused": [
            {
                "place": one.place,
                "kind": one.kind,
                "id": one.id,
                "text": texts.get(one.place),
                "matched": one.matched,
            }
            for one in found.found
        ],
        "unsure": list(found.unsure),
    }
