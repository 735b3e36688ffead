"""`profile edit`: a person edits a profile, sees what that changes, and accepts it.

What is broken, or what they say no to, stays in the file and is not accepted.
"""

import os
import sys
from typing import TextIO

from localguard.cli.accept import accept
from localguard.cli.choosing import Person, print_refusal
from localguard.cli.exits import Exit
from localguard.cli.output import print_fault, print_lines
from localguard.cli.text_editor import Edit
from localguard.config.acceptance import valid_version
from localguard.config.active import require_active
from localguard.config.build import read_profile
from localguard.config.choice import read_choice
from localguard.config.faults import faults_of
from localguard.config.paths import Places
from localguard.errors import ProfileFault
from localguard.onboarding.making_profile import require_made
from localguard.telling.counts import count
from localguard.telling.known import Source


def edit(
    places: Places,
    name: str | None,
    person: Person,
    source: Source,
    editor: Edit,
    *,
    out: TextIO,
    err: TextIO | None = None,
) -> Exit:
    """Open it until it is valid or given up, then show and accept it as `profile accept` does.

    Raises UsageFault where no editor can be had, and AuditFault.
    """
    try:
        named = name or require_active(places, person.key)
        path = _editable(places, named)
        before = read_choice(places, person.key)
    except ProfileFault as fault:
        return print_fault(out, fault, as_json=False)
    if (why := person.refused()) is not None:
        what = f"{named} is not edited"
        return print_refusal(what, why, as_json=False, out=out, err=err)
    active = before.profile == named
    editor(path)
    while not _told_valid(places, named, out):
        if not person.ask(f"Open {named}.toml again?"):
            print_lines(out, [_broken(named, active=active)])
            return Exit.INVALID
        editor(path)
    code = accept(places, named, person, source, as_json=False, out=out, err=err)
    print_lines(out if code is Exit.OK else err or sys.stderr, [_after(named, code, active=active)])
    return code


def _editable(places: Places, name: str) -> str:
    """The file of a profile that is there, be it broken. Raises ProfileFault."""
    require_made(places, name)
    try:
        read_profile(places, name, tested=False)
    except ProfileFault:
        if not os.path.isfile(places.profile_file(name)):
            raise
    return places.profile_file(name)


def _told_valid(places: Places, name: str, out: TextIO) -> bool:
    """Say what is wrong, each with its place, or that nothing is and the tests have passed."""
    try:
        profile, _ = valid_version(places, name)
    except ProfileFault as fault:
        print_lines(out, (one.explain() for one in faults_of(fault)))
        return False
    rules, tests = count(len(profile.rules), "rule"), count(len(profile.tests), "test")
    print_lines(out, [f"{profile.file}: ok, {rules}, {tests} passed"])
    return True


def _broken(name: str, *, active: bool) -> str:
    kept = f"{name}.toml stays as you wrote it, and is not accepted"
    if not active:
        return f"{kept}. It is not in force. To go on: localguard profile edit {name}"
    force = "guards that run ask what its last valid version allowed, others deny every call"
    return f"{kept}. In force: {force}. To go on: localguard profile edit {name}"


def _after(name: str, code: Exit, *, active: bool) -> str:
    if not active:
        return f"{name} is not in force. To switch to it: localguard profile use {name}"
    if code is Exit.OK:
        return f"{name} is in force as it is now: guards follow at their next call"
    force = "what was accepted before, and of this only what is stricter"
    return f"In force: {force}. To accept it later: localguard profile accept {name}"
