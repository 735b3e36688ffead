"""`profile observe`: what only the default denies is let through for a while, and noted.

To begin it is for a person alone, at a terminal; whoever likes may end it. It ends by its date.
"""

from datetime import datetime
from typing import Final, TextIO

from localguard.cli.choosing import Act, Person, print_refusal
from localguard.cli.exits import Exit
from localguard.cli.output import print_fault, print_json, print_lines
from localguard.config.acceptance import valid_version
from localguard.config.active import require_active
from localguard.config.appended import require_accepted
from localguard.config.choice import Choice, read_choice
from localguard.config.paths import Places
from localguard.config.switches import observe as record_observation
from localguard.config.tables import Unfit
from localguard.config.values import read_duration
from localguard.errors import ProfileFault, UsageFault
from localguard.policy.profile import Profile
from localguard.policy.rules import Verb

LONGEST: Final = 14 * 86400
"""Seconds for which a profile can be observed at once."""
_OFF: Final = "off"


def observe(
    places: Places,
    name: str | None,
    span: str | None,
    person: Person,
    *,
    now: datetime,
    as_json: bool,
    out: TextIO,
    err: TextIO | None = None,
) -> Exit:
    """Say whether a profile is observed; begin it for a `span` as 3d, or end it with `off`.

    Raises AuditFault, and UsageFault for a span that is none.
    """
    until = None if span in (None, _OFF) else now.timestamp() + _seconds(span or "")
    try:
        profile = name or require_active(places, person.key)
        if span is None:
            choice = read_choice(places, person.key)
            return _told(profile, choice, False, now, as_json=as_json, out=out)
        if until is not None:
            if (why := person.refused()) is not None:
                what = f"{profile} is not observed"
                return print_refusal(what, why, as_json=as_json, out=out, err=err)
            if not _agreed(places, profile, person, int(until), as_json=as_json, out=out):
                print_lines(err or out, ["Nothing was changed."])
                return Exit.FAILURE
        act = Act(person, "observing", f"{profile} {span}")
        told = act.may if until is None else act.must
        end = None if until is None else int(until)
        choice = record_observation(places, person.key, profile, told, until=end)
    except ProfileFault as fault:
        return print_fault(out, fault, as_json=as_json)
    return _told(profile, choice, act.made, now, as_json=as_json, out=out)


def _seconds(span: str) -> int:
    try:
        seconds = read_duration(span)
    except Unfit as unfit:
        raise UsageFault(unfit.what, fix=f"{unfit.fix}, or off") from unfit
    if seconds > LONGEST:
        days = LONGEST // 86400
        raise UsageFault(f"{span} is too long to be forgotten", fix=f"at most {days}d at once")
    return seconds


def _agreed(
    places: Places, name: str, person: Person, until: int, *, as_json: bool, out: TextIO
) -> bool:
    """Whether the person says yes to what it means. Raises ProfileFault."""
    profile, version = valid_version(places, name)
    require_accepted(read_choice(places, person.key), version)
    if not as_json:
        print_lines(out, _meaning(profile, until))
    return person.ask(f"Observe {name}?")


def _meaning(profile: Profile, until: int) -> list[str]:
    lines = [
        f"Until {_local(until)} calls that no rule of {profile.name} names are let through"
        " and noted.",
        "What a rule denies or asks stays so. Still denied is what is new, changed or destructive,",
        "and every call to a server that you have not reviewed: localguard server review NAME.",
        "Then make rules of it: localguard learn.",
        "To end it sooner: localguard profile observe off.",
    ]
    if profile.default is not Verb.DENY:
        lines.append(f"What no rule names is asked by {profile.name}, so this changes little.")
    return lines


def _told(
    name: str, choice: Choice, changed: bool, now: datetime, *, as_json: bool, out: TextIO
) -> Exit:
    until = choice.observed_until(name, now.timestamp())
    if as_json:
        print_json(out, {"profile": name, "observed_until": until, "changed": changed})
    elif until is None:
        print_lines(out, [f"{name} is not observed: what no rule names is denied or asked"])
    else:
        end = f"until {_local(until)}"
        print_lines(out, [f"{name} is observed {end}: what no rule names is let through and noted"])
    return Exit.OK


def _local(until: int) -> str:
    return f"{datetime.fromtimestamp(until).astimezone():%Y-%m-%d %H:%M}"
