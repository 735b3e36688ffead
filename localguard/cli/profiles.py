"""`profile list`, `use` and `validate`: each prints and returns the exit code."""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import TextIO

from localguard.cli.choosing import Act, Person, key_of, print_refusal
from localguard.cli.exits import Exit
from localguard.cli.output import fault_fields, print_fault, print_json, print_lines
from localguard.config import switches
from localguard.config.acceptance import LOOK, Version, valid_version
from localguard.config.active import LOCKDOWN, active_or_none, require_active
from localguard.config.build import profile_names, read_profile
from localguard.config.choice import Choice, is_first, read_choice
from localguard.config.faults import faults_of
from localguard.config.lints_listed import Listed, all_notes
from localguard.config.managed import read_managed
from localguard.config.paths import Places
from localguard.errors import ProfileFault
from localguard.pinning.faults import PinFault
from localguard.policy.profile import Profile
from localguard.telling.counts import count
from localguard.telling.switching import (
    Servers,
    Side,
    after_lines,
    lacking_lines,
    servers,
    switch_lines,
)


def list_profiles(places: Places, *, as_json: bool, out: TextIO) -> Exit:
    """Print every profile, which of them is active and which are broken."""
    current = active_or_none(places, key_of(places))
    found = [(name, _fault_of(places, name)) for name in profile_names(places)]
    if as_json:
        listed = [
            {
                "name": name,
                "active": name == current,
                "faults": fault_fields(fault) if fault else [],
            }
            for name, fault in found
        ]
        print_json(out, {"profiles": listed})
        return Exit.OK
    if not found:
        print_lines(out, ["There are no profiles. Fix: localguard profile create balanced --use."])
    for name, fault in found:
        state = f"  broken: {fault.explain()}" if fault else ""
        print_lines(out, [f"{'*' if name == current else ' '} {name}{state}"])
    return Exit.OK


def validate(
    places: Places,
    name: str | None,
    listed: Callable[[Places], Sequence[Listed]] = lambda _: (),
    *,
    as_json: bool,
    out: TextIO,
    err: TextIO | None = None,
) -> Exit:
    """Print every fault of a profile (the active one without a name), or that there is none.

    The organisation's policy is checked with it. What is only worth a second look goes to stderr;
    `listed` tells what servers have, for that alone.
    """
    try:
        profile = read_profile(places, name or require_active(places, key_of(places)))
        managed = read_managed(places)
    except ProfileFault as fault:
        if as_json:
            print_json(out, {"valid": False, "faults": fault_fields(fault)})
        else:
            print_lines(out, (one.explain() for one in faults_of(fault)))
        return Exit.INVALID
    noted = all_notes(profile, _listed(places, listed))
    rules, tests = len(profile.rules), len(profile.tests)
    if as_json:
        fields = {"valid": True, "profile": profile.name, "digest": profile.digest}
        more = {"managed": managed.files if managed else (), "notes": [asdict(n) for n in noted]}
        print_json(out, {**fields, "rules": rules, "tests": tests, "faults": [], **more})
        return Exit.OK
    counted = f"{count(rules, 'rule')}, {count(tests, 'test')} passed"
    print_lines(out, [f"{profile.file}: ok, {counted}"])
    if managed:
        joining = count(len(managed.rules), "rule")
        print_lines(out, [f"{places.managed}: ok, {joining} of your organisation"])
    print_lines(err or sys.stderr, (note.explain() for note in noted))
    return Exit.OK


def _listed(places: Places, listed: Callable[[Places], Sequence[Listed]]) -> Sequence[Listed]:
    try:
        return listed(places)
    except PinFault:
        # Pins that cannot be read are told by whoever needs them; a profile is valid without.
        return ()


def use(
    places: Places,
    name: str,
    person: Person,
    more: Callable[[], Iterable[str]] = tuple,
    *,
    as_json: bool,
    out: TextIO,
    err: TextIO | None = None,
) -> Exit:
    """Make a valid profile the active one, and show before what that changes.

    The first choice is anybody's, every later one a person's. `more` are lines on what others know
    of the switch. Raises AuditFault.
    """
    try:
        new = Side(*_valid(places, name))
        now, lost = _now(places, person)
        same, first = now.profile == name, is_first(places)
        why = None if first else person.refusal() if same else person.refused()
        if why is not None and not same:
            what = f"{name} is not made the active profile"
            return print_refusal(what, why, as_json=as_json, out=out, err=err)
        found = None if same else _switch(places, now, new, (lost, more), None if as_json else out)
        asked = not (same or first or as_json)
        if asked and not person.ask(f"Switch to {name}?"):
            print_lines(out, ["Nothing was changed."])
            return Exit.DENIED
        # A person's word on what is so already is for guards that do not believe it.
        act = Act(person, "profile", name)
        if why is None:
            # What nobody has chosen before is anybody's to choose; a person's choice is more.
            anybodys = first and person.refusal() is not None
            now = switches.use(places, person.key, new.version, act.must, first=anybodys)
    except ProfileFault as fault:
        return print_fault(out, fault, as_json=as_json)
    return _used(new, now, found, as_json=as_json, out=out)


def _switch(
    places: Places,
    now: Choice,
    new: Side,
    told: tuple[Iterable[str], Callable[[], Iterable[str]]],
    out: TextIO | None,
) -> Servers:
    """What becomes of the servers, once all that the switch changes is shown."""
    old = _side(places, now.profile)
    found = servers(None if old is None else old.profile, new.profile)
    if out is not None:
        lost, more = told
        print_lines(out, lost)
        lacks = lacking_lines(_lacking(places, new.profile), new.profile.name)
        print_lines(out, switch_lines(old, new, found, (*lacks, *more())))
    return found


def _lacking(places: Places, profile: Profile) -> tuple[str, ...]:
    """The servers that clients start and this profile lacks. It is only told: no seal is asked."""
    from localguard.clients.registry import read_registry
    from localguard.onboarding.making_profile import lacking

    try:
        return lacking(read_registry(places, None), profile)
    except ProfileFault:
        return ()


def _valid(places: Places, name: str) -> tuple[Profile, Version]:
    """As `valid_version`; of a template that no profile was made from it says how that is done."""
    from localguard.onboarding.making_profile import require_made

    require_made(places, name)
    return valid_version(places, name)


def _now(places: Places, person: Person) -> tuple[Choice, list[str]]:
    """What is chosen now; where that cannot be told, nothing, and what is lost with it."""
    try:
        return read_choice(places, person.key), []
    except ProfileFault as fault:
        lost = "It is made anew: lockdown is off then, and nothing counts as accepted."
        return Choice(), [fault.what, lost]


def _side(places: Places, name: str | None) -> Side | None:
    try:
        return None if name is None else Side(*valid_version(places, name))
    except ProfileFault:
        return None


def _used(new: Side, choice: Choice, found: Servers | None, *, as_json: bool, out: TextIO) -> Exit:
    name = new.profile.name
    accepted = choice.accepted.get(name, new.version.digest) == new.version.digest
    if as_json:
        fields = {"profile": name, "changed": found is not None, "accepted": accepted}
        served = None if found is None else asdict(found)
        print_json(out, {**fields, "lockdown": choice.lockdown, "servers": served})
        return Exit.OK
    print_lines(out, [f"{name} is {'already' if found is None else 'now'} the active profile"])
    print_lines(out, () if found is None else after_lines(found))
    if not accepted:
        print_lines(out, [f"{name} allows only what was accepted of it; {LOOK} {name}"])
    if choice.lockdown:
        print_lines(out, [LOCKDOWN])
    return Exit.OK


def _fault_of(places: Places, name: str) -> ProfileFault | None:
    try:
        read_profile(places, name)
    except ProfileFault as fault:
        return fault
    return None
