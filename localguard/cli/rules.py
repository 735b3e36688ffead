"""`rules list`, `remove` and `undo`: what was answered for good, and the way back.

Whatever could let more through is taken from a person only: to remove a denial, and to undo. Who
may answer is for `answering` to say, and nothing is changed that is not in the audit log.
"""

import sys
from collections.abc import Callable
from datetime import datetime
from typing import TextIO

from localguard.cli.choosing import Act, Person, key_of, print_refusal
from localguard.cli.exits import Exit
from localguard.cli.output import print_fault, print_json, print_lines
from localguard.config.acceptance import accept_now
from localguard.config.active import require_active
from localguard.config.build import read_profile
from localguard.config.managed import joined, read_managed
from localguard.config.paths import Places
from localguard.config.remembered_change import Accepting, Unwritten
from localguard.config.remembered_file import Removed, Undone, entries, remove, undo
from localguard.errors import ProfileFault
from localguard.telling.backtest import Recalled
from localguard.telling.live_lines import live_fields, live_lines
from localguard.telling.live_rules import LAST, live_rules
from localguard.telling.newest import newest_first
from localguard.telling.recent_calls import recent_calls


def list_rules(
    places: Places,
    name: str | None,
    recalled: Recalled,
    *,
    now: datetime,
    as_json: bool,
    out: TextIO,
) -> Exit:
    """Print every rule and answer in force under a profile (the active one without a name).

    Raises AuditFault.
    """
    try:
        profile = read_profile(places, name or require_active(places, key_of(places)), tested=False)
        profile = joined(profile, read_managed(places))
        recent = recent_calls(newest_first(places.audit), LAST)
        live = live_rules(places, profile, recent, now=now, recalled=recalled)
    except ProfileFault as fault:
        return print_fault(out, fault, as_json=as_json)
    if as_json:
        print_json(out, live_fields(live))
    else:
        print_lines(out, live_lines(live))
    return Exit.OK


def remove_rule(
    places: Places,
    name: str | None,
    id_: str,
    person: Person,
    *,
    as_json: bool,
    out: TextIO,
    err: TextIO | None = None,
) -> Exit:
    """Take one remembered answer or denial out. Raises AuditFault.

    Whoever likes may remove a yes: what it allowed is asked again.
    """
    try:
        profile = name or require_active(places, person.key)
        named = [one for one in entries(places, profile) if id_ in (one.id, one.place)]
        why = person.refusal()
        if why is not None and any(one.kind == "rule" for one in named):
            person.refused()
            what = f"{id_} is not removed"
            return print_refusal(what, why, as_json=as_json, out=out, err=err)
        act = Act(person, "undone", f"{profile} {id_} removed")
        accepting = _recording(places, person, act, loosening=why is None)
        # By what stands in it: what stands at a place may be another one by then.
        id_ = named[0].id if named else id_
        done = remove(places, profile, id_, key=person.key, accepting=accepting)
    except ProfileFault as fault:
        return print_fault(out, fault, as_json=as_json)
    if isinstance(done, Unwritten):
        return _unwritten(done, as_json=as_json, out=out, err=err)
    if as_json:
        print_json(out, {"profile": profile, "removed": done.entry.id, "digest": done.digest})
        return Exit.OK
    print_lines(out, _removed(profile, done))
    return Exit.OK


def undo_last(
    places: Places,
    name: str | None,
    person: Person,
    *,
    as_json: bool,
    out: TextIO,
    err: TextIO | None = None,
) -> Exit:
    """Put back what was remembered as it was before the last change. Raises AuditFault."""
    if (why := person.refused()) is not None:
        return print_refusal("nothing is undone", why, as_json=as_json, out=out, err=err)
    try:
        profile = name or require_active(places, person.key)
        act = Act(person, "undone", f"{profile} the last change")
        accepting = _recording(places, person, act, loosening=True)
        done = undo(places, profile, key=person.key, accepting=accepting)
        left = len(entries(places, profile))
    except ProfileFault as fault:
        return print_fault(out, fault, as_json=as_json)
    if isinstance(done, Unwritten):
        return _unwritten(done, as_json=as_json, out=out, err=err)
    if as_json:
        fields = {"taken": done.taken, "restored": done.restored, "digest": done.digest}
        print_json(out, {"profile": profile, **fields})
        return Exit.OK
    print_lines(out, _undone(profile, done, left))
    return Exit.OK


def _recording(places: Places, person: Person, act: Act, *, loosening: bool) -> Accepting:
    """Has a change recorded before it is made.

    Made by a person it is accepted with it, and not made where it cannot be recorded. Anybody
    else's can only tighten, and waits for nothing.
    """

    def accepting(name: str, write: Callable[[], None]) -> None:
        if loosening:
            act.must()
            accept_now(places, person.key, name, write)
        else:
            act.may()
            write()

    return accepting


def _removed(profile: str, done: Removed) -> tuple[str, str]:
    what = "no longer denied" if done.entry.kind == "rule" else "asked for again"
    return (
        f"{done.entry.id} is removed: what it named is {what}",
        f"To take that back: localguard rules undo --profile {profile}",
    )


def _undone(profile: str, done: Undone, left: int) -> list[str]:
    told = [f"{one} is no longer remembered" for one in done.taken]
    told += [f"{one} is remembered again" for one in done.restored]
    return [*told, f"{profile}: {left} remembered now"]


def _unwritten(why: Unwritten, *, as_json: bool, out: TextIO, err: TextIO | None) -> Exit:
    if as_json:
        print_json(out, {"unchanged": why.why, "fix": why.fix})
    else:
        print_lines(err or sys.stderr, [f"localguard: {why.explain()}"])
    return Exit.FAILURE
