"""`profile list`, `use` and `validate`: each prints and returns the exit code."""

import sys
from dataclasses import asdict
from typing import TextIO

from localguard.cli.exits import Exit
from localguard.cli.output import fault_fields, print_fault, print_json, print_lines
from localguard.config import active
from localguard.config.active import active_or_none
from localguard.config.build import profile_names, read_profile
from localguard.config.faults import faults_of
from localguard.config.lints import notes
from localguard.config.managed import read_managed
from localguard.config.paths import Places
from localguard.errors import ProfileFault
from localguard.telling.counts import count


def list_profiles(places: Places, *, as_json: bool, out: TextIO) -> Exit:
    """Print every profile, which of them is active and which are broken."""
    current = active_or_none(places)
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
        print_lines(out, [f"There are no profiles. Fix: create {places.profiles}/NAME.toml."])
    for name, fault in found:
        state = f"  broken: {fault.explain()}" if fault else ""
        print_lines(out, [f"{'*' if name == current else ' '} {name}{state}"])
    return Exit.OK


def validate(
    places: Places, name: str | None, *, as_json: bool, out: TextIO, err: TextIO | None = None
) -> Exit:
    """Print every fault of a profile (the active one without a name), or that there is none.

    The organisation's policy is checked with it. What is only worth a second look goes to stderr.
    """
    try:
        profile = read_profile(places, name or active.require_active(places))
        managed = read_managed(places)
    except ProfileFault as fault:
        if as_json:
            print_json(out, {"valid": False, "faults": fault_fields(fault)})
        else:
            print_lines(out, (one.explain() for one in faults_of(fault)))
        return Exit.INVALID
    noted = notes(profile)
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


def use(places: Places, name: str, *, as_json: bool, out: TextIO) -> Exit:
    """Make a valid profile the active one."""
    try:
        changed = active.use(places, name)
    except ProfileFault as fault:
        return print_fault(out, fault, as_json=as_json)
    if as_json:
        print_json(out, {"profile": name, "changed": changed})
    else:
        print_lines(out, [f"{name} is {'now' if changed else 'already'} the active profile"])
    return Exit.OK


def _fault_of(places: Places, name: str) -> ProfileFault | None:
    try:
        read_profile(places, name)
    except ProfileFault as fault:
        return fault
    return None
