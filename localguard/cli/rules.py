"""`rules list`, `remove` and `undo`: what was answered for good, and the way back.

Whatever could let more through is taken from a person only: to remove a denial, and to undo. Who
may answer is for `answering` to say, and nothing is changed that is not in the audit log.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from localguard.audit.records import Chosen
from localguard.cli.exits import Exit
from localguard.cli.output import print_json, print_lines
from localguard.config.acceptance import accept_now
from localguard.config.active import require_active
from localguard.config.build import read_profile
from localguard.config.managed import joined, read_managed
from localguard.config.paths import Places
from localguard.config.remembered_change import Accepting, Unwritten
from localguard.config.remembered_file import Key, Removed, Undone, entries, remove, undo
from localguard.telling.backtest import Recalled
from localguard.telling.counts import count
from localguard.telling.live_lines import live_fields, live_lines
from localguard.telling.live_rules import LAST, live_rules
from localguard.telling.newest import newest_first
from localguard.telling.recent_calls import recent_calls


@dataclass(frozen=True, slots=True)
class Hand:
    """Who gives a command, and what is needed to carry it out.

    `who` is the process in words. `refusal` says why it may not answer for the person; None where
    it may. `record` writes to the audit log, and raises LocalguardError where it cannot.
    """

    who: str
    refusal: Callable[[], str | None]
    key: Key
    record: Callable[[Chosen], None]


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

    Raises ProfileFault and AuditFault.
    """
    profile = read_profile(places, name or require_active(places), tested=False)
    profile = joined(profile, read_managed(places))
    recent = recent_calls(newest_first(places.audit), LAST)
    live = live_rules(places, profile, recent, now=now, recalled=recalled)
    if as_json:
        print_json(out, live_fields(live))
    else:
        print_lines(out, live_lines(live))
    return Exit.OK


def remove_rule(
    places: Places, name: str | None, id_: str, hand: Hand, *, out: TextIO, err: TextIO
) -> Exit:
    """Take one remembered answer or denial out. Raises ProfileFault and what `hand` raises."""
    profile = name or require_active(places)
    named = [one for one in entries(places, profile) if id_ in (one.id, one.place)]
    refusal = hand.refusal()
    if refusal is not None and any(one.kind == "rule" for one in named):
        return _refused(err, "a denial cannot be removed here", refusal)
    accepting = _recording(places, hand, f"{profile}: {id_} removed", accepted=refusal is None)
    done = remove(places, profile, id_, key=hand.key, accepting=accepting)
    match done:
        case Unwritten():
            return _unwritten(err, done)
        case Removed():
            what = "no longer denied" if done.entry.kind == "rule" else "asked again from now on"
            told = f"{done.entry.id} is removed: what it named is {what}"
            print_lines(
                out, [told, f"To take that back: localguard rules undo --profile {profile}"]
            )
            return Exit.OK


def undo_last(places: Places, name: str | None, hand: Hand, *, out: TextIO, err: TextIO) -> Exit:
    """Put back the remembered file as it was before the last change. Raises as `remove_rule`."""
    profile = name or require_active(places)
    refusal = hand.refusal()
    if refusal is not None:
        return _refused(err, "nothing can be undone here", refusal)
    accepting = _recording(places, hand, f"{profile}: the last change", accepted=True)
    done = undo(places, profile, key=hand.key, accepting=accepting)
    match done:
        case Unwritten():
            return _unwritten(err, done)
        case Undone():
            parts = [f"{one} is no longer remembered" for one in done.taken]
            parts += [f"{one} is remembered again" for one in done.restored]
            left = count(len(entries(places, profile)), "entry").replace("entrys", "entries")
            print_lines(out, [*parts, f"{profile}.remembered.toml has {left} now"])
            return Exit.OK


def _recording(places: Places, hand: Hand, value: str, *, accepted: bool) -> Accepting:
    """Has a change recorded before it is made; and accepted with it, where a person makes it."""

    def accepting(name: str, write: Callable[[], None]) -> None:
        hand.record(Chosen(what="undone", value=value, who=hand.who))
        if accepted:
            accept_now(places, hand.key, name, write)
        else:
            write()

    return accepting


def _refused(err: TextIO, what: str, why: str) -> Exit:
    print_lines(err, [f"localguard: {what}: {why}"])
    return Exit.DENIED


def _unwritten(err: TextIO, why: Unwritten) -> Exit:
    print_lines(err, [f"localguard: {why.explain()}"])
    return Exit.FAILURE
