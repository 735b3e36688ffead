"""`profile accept`: a person looks at how the files of a profile have changed, and accepts that.

What is accepted is what was shown, by its bytes: what is edited meanwhile is not.
"""

import difflib
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, TextIO

from localguard.cli.choosing import Act, Person, print_refusal
from localguard.cli.exits import Exit
from localguard.cli.output import print_fault, print_json, print_lines
from localguard.config.acceptance import Version, accepted_version, valid_version
from localguard.config.active import require_active
from localguard.config.choice import Choice, read_choice
from localguard.config.paths import Places
from localguard.config.switches import accept as record_acceptance
from localguard.errors import ProfileFault
from localguard.policy.profile import Profile
from localguard.telling.changes import changed, changed_lines, difference_lines
from localguard.telling.differences import Side, between
from localguard.telling.known import Known, Source
from localguard.text import safe

_WIDTH: Final = 400
"""Characters after which a line goes on in the next: nothing of it may be left out."""
_ESCAPED: Final = 12
"""Characters that one can be shown as, at most."""


def accept(
    places: Places,
    name: str | None,
    person: Person,
    source: Source,
    *,
    as_json: bool,
    out: TextIO,
    err: TextIO | None = None,
) -> Exit:
    """Show what has changed, ask, and accept it. Exits with 1 for a no. Raises AuditFault."""
    try:
        choice = read_choice(places, person.key)
        profile, now = valid_version(places, name or require_active(places, person.key))
        if choice.accepted.get(now.name) == now.digest and choice.is_confirmed(now.name):
            return _done(now, "is accepted as it is", False, as_json=as_json, out=out)
        if (why := person.refused()) is not None:
            what = f"{now.name} is not accepted"
            return print_refusal(what, why, as_json=as_json, out=out, err=err)
        for line in _lines(places, choice, profile, now, source(places)):
            _print(line, (err or sys.stderr) if as_json else out)
        if not person.ask(f"Accept {now.name} as it is now?"):
            return _refused(now, as_json=as_json, out=out)
        act = Act(person, "accepted", f"{now.name} {now.digest}")
        record_acceptance(places, person.key, now, act.must)
    except ProfileFault as fault:
        return print_fault(out, fault, as_json=as_json)
    return _done(now, "is accepted", True, as_json=as_json, out=out)


def _lines(
    places: Places, choice: Choice, profile: Profile, now: Version, tools: Sequence[Known]
) -> Iterator[str]:
    """What has changed: by meaning, by the calls that it concerns, and line by line."""
    before, old = _before(places, choice, now.name)
    if choice.is_only_used(now.name):
        yield f"No person has accepted {now.name} so far: a guard has used it first. It is now:"
    elif before is None or old is None:
        yield f"What was accepted of {now.name} before is not known. It is now:"
    else:
        found = list(changed(old, profile, tools, datetime.now().astimezone()))
        yield f"{now.name}: what was accepted -> what it is now"
        yield from difference_lines(between(_side(before, old), _side(now, profile)))
        yield from ("", *changed_lines(found, len(tools)), "")
    yield from _text_lines(before, now)


def _before(places: Places, choice: Choice, name: str) -> tuple[Version | None, Profile | None]:
    """What a person has accepted before: what only a guard has used first they may not know."""
    found = accepted_version(places, choice, name) if choice.is_confirmed(name) else None
    return found, None if found is None else _profile(found, places)


def _profile(version: Version, places: Places) -> Profile | None:
    try:
        return version.profile(places.home)
    except ProfileFault:
        return None


def _side(version: Version, profile: Profile) -> Side:
    document = version.documents[0]
    rules = document.tables.get("rule", [])
    count = len(rules) if isinstance(rules, list) else 0
    return Side(profile, document.tables, [document.where(("rule", at)) for at in range(count)])


def _text_lines(before: Version | None, now: Version) -> Iterator[str]:
    """The files line by line, as `diff -u` has them."""
    old, new = {} if before is None else before.texts, now.texts
    for file in dict.fromkeys((*old, *new)):
        was, is_now = (side.get(file, b"").decode().split("\n") for side in (old, new))
        names = f"{file} accepted", f"{file} now"
        yield from difflib.unified_diff(was, is_now, *names, lineterm="")


def _print(line: str, out: TextIO) -> None:
    """A line with everything hidden in it made visible, and nothing left out."""
    shown = safe(line, len(line) * _ESCAPED)
    for at in range(0, max(len(shown), 1), _WIDTH):
        print(shown[at : at + _WIDTH], file=out)


def _refused(now: Version, *, as_json: bool, out: TextIO) -> Exit:
    if as_json:
        print_json(out, {"profile": now.name, "accepted": False, "changed": False})
    else:
        print_lines(out, ["Nothing was accepted, so nothing has changed."])
    return Exit.FAILURE


def _done(now: Version, what: str, made: bool, *, as_json: bool, out: TextIO) -> Exit:
    if as_json:
        fields = {"profile": now.name, "accepted": True, "changed": made, "digest": now.digest}
        print_json(out, fields)
    else:
        print_lines(out, [f"{now.name} {what}"])
    return Exit.OK
