"""`lockdown`, `lockdown on` and `off`: every call of every guard denied, until a person ends that.

Whoever likes may begin it. Guards that run follow at their next call, and those that start find it.
"""

from typing import TextIO

from localguard.cli.choosing import Act, Person, print_refusal
from localguard.cli.exits import Exit
from localguard.cli.output import print_fault, print_json, print_lines
from localguard.config.choice import Choice, Key, read_choice
from localguard.config.paths import Places
from localguard.config.switches import lock
from localguard.errors import ProfileFault


def show(places: Places, key: Key, *, as_json: bool, out: TextIO) -> Exit:
    """Print whether lockdown is on."""
    try:
        choice = read_choice(places, key)
    except ProfileFault as fault:
        return print_fault(out, fault, as_json=as_json)
    if as_json:
        print_json(out, {"lockdown": choice.lockdown, "profile": choice.profile})
    else:
        print_lines(out, [_state(choice)])
    return Exit.OK


def turn(
    places: Places,
    person: Person,
    *,
    on: bool,
    as_json: bool,
    out: TextIO,
    err: TextIO | None = None,
) -> Exit:
    """Begin lockdown, or end it, which is for a person alone. Raises AuditFault."""
    if not on and (why := person.refused()) is not None:
        return print_refusal("lockdown is not lifted", why, as_json=as_json, out=out, err=err)
    act = Act(person, "lockdown", "on" if on else "off")
    try:
        choice = lock(places, person.key, act.may if on else act.must, on=on)
    except ProfileFault as fault:
        return print_fault(out, fault, as_json=as_json)
    if as_json:
        fields = {"lockdown": choice.lockdown, "changed": act.made, "profile": choice.profile}
        print_json(out, {**fields, "unrecorded": act.unrecorded})
        return Exit.OK
    print_lines(out, [_state(choice) if act.made else f"nothing to do: {_state(choice)}"])
    if act.unrecorded is not None:
        print_lines(out, [f"The audit log does not say so: {act.unrecorded}"])
    return Exit.OK


def _state(choice: Choice) -> str:
    if choice.lockdown:
        return "lockdown is on: every call is denied, until a person runs localguard lockdown off"
    judge = "no profile, so all are denied" if choice.profile is None else choice.profile
    return f"lockdown is off: calls are judged by {judge}"
