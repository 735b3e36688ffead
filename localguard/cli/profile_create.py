"""`profile create`: one more profile, from a template or another profile, and how it differs.

That it was made here is a person's word, so it counts as accepted; it is in force once they say so.
"""

import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TextIO

from localguard.cli import profiles
from localguard.cli.choosing import Act, Person, print_refusal
from localguard.cli.exits import Exit
from localguard.cli.output import print_fault, print_json, print_lines
from localguard.clients.registry import Registry, read_registry
from localguard.config import switches
from localguard.config.acceptance import valid_version
from localguard.config.choice import is_first, read_choice
from localguard.config.paths import Places
from localguard.errors import ProfileFault, UsageFault
from localguard.onboarding.making_profile import Made, Wanted, made, template_of, write
from localguard.onboarding.templates import SignIn, about
from localguard.telling.switching import Side, difference


@dataclass(frozen=True, slots=True)
class How:
    """What comes after it: `use` puts it in force, and `yes` answers the question of that."""

    use: bool = False
    yes: bool = False
    as_json: bool = False


def wanted(name: str, template: str, source: str, sign_in: tuple[str, str]) -> Wanted:
    """What a command line asks for, `sign_in` being issuer and client id. Raises UsageFault."""
    if template and source:
        what = "a profile is made from a template or from another profile"
        raise UsageFault(what, fix="leave out --template or --from")
    issuer, client_id = sign_in
    given = SignIn(issuer, client_id or "localguard") if issuer else None
    return Wanted(name, template, source, given)


def create(
    places: Places,
    meant: Wanted,
    how: How,
    person: Person,
    more: Callable[[], Iterable[str]] = tuple,
    *,
    out: TextIO,
    err: TextIO | None = None,
) -> Exit:
    """Make it, say what differs, and put it in force if so asked.

    The first choice is anybody's: what is made before it is nobody's word, and `profile use`
    accepts it. Raises UsageFault and AuditFault.
    """
    try:
        first = is_first(places)
        if (why := None if first else person.refused()) is not None:
            what = "no profile is made"
            return print_refusal(what, why, as_json=how.as_json, out=out, err=err)
        choice = read_choice(places, person.key)
        registry = _registered(places, person)
        new = made(places, choice, registry, meant)
        before = _side(places, choice.profile)
        _make(places, new, person, by_person=not first)
    except ProfileFault as fault:
        return print_fault(out, fault, as_json=how.as_json)
    if how.as_json:
        return _json(places, new, meant, how, person, out=out)
    print_lines(out, _lines(new, meant, before))
    if not how.use:
        print_lines(out, [f"To put it in force: localguard profile use {meant.name}"])
        return Exit.OK
    who = replace(person, ask=lambda _: True) if how.yes else person
    return profiles.use(places, meant.name, who, more, as_json=False, out=out, err=err)


def _make(places: Places, new: Made, person: Person, *, by_person: bool) -> None:
    """Record it, write it, and accept what was written, by its bytes and not by what lies there."""
    Act(person, "made", f"{new.version.name} {new.version.digest}").must()
    write(places, new)
    if by_person:
        switches.accept(places, person.key, new.version, lambda: None)


def _lines(new: Made, meant: Wanted, before: Side | None) -> Iterator[str]:
    source = meant.source
    said = f"a copy of {source}" if source else about(template_of(meant))
    yield f"{new.profile.name} is made: {said} ({new.profile.file})"
    if before is not None:
        otherwise = difference(before, Side(new.profile, new.version))
        yield f"  beside {before.profile.name}: {otherwise}"
    if new.servers:
        yield f"  servers that came along: {', '.join(new.servers)}"
    if new.left:
        yield f"  servers that it does not define, so they are denied: {', '.join(new.left)}"


def _json(
    places: Places, new: Made, meant: Wanted, how: How, person: Person, *, out: TextIO
) -> Exit:
    """One object of what was made and, under `used`, what `profile use` says."""
    fields: dict[str, object] = {
        "profile": new.profile.name,
        "template": None if meant.source else template_of(meant),
        "from": meant.source or None,
        "files": [one.path for one in new.version.documents],
        "servers": list(new.servers),
        "left": list(new.left),
    }
    code, used = Exit.OK, None
    if how.use:
        told = io.StringIO()
        code = profiles.use(places, meant.name, person, as_json=True, out=told, err=sys.stderr)
        used = json.loads(told.getvalue())
        used.pop("schema_version", None)
    print_json(out, {**fields, "used": used})
    return code


def _registered(places: Places, person: Person) -> Registry:
    """What clients are registered with; where nobody has chosen, there is no key to make for it."""
    return Registry() if is_first(places) else read_registry(places, person.key)


def _side(places: Places, name: str | None) -> Side | None:
    with suppress(ProfileFault):
        return None if name is None else Side(*valid_version(places, name))
    return None
