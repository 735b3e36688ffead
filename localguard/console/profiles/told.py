"""What a person is told of a profile, and of what it would change. Pure; knows no widget."""

from collections.abc import Iterator, Sequence

from localguard.console.hub import Held, Picture
from localguard.console.profiles.ports import Entry, Outlook
from localguard.control.messages import GuardView
from localguard.telling.changes import Changed, changed_lines, difference_lines
from localguard.telling.counts import count

_ORDER = ("gained", "looser", "lost", "stricter")
_MOST = 12
_WORDS = {
    "accepted": "accepted as it is",
    "changed": "! EDITED since it was accepted: it allows nothing new until you accept it",
    "used": "! used by a guard, and accepted by no person: its servers get no new secret, and no"
    " token made from your sign-in, until you accept it",
    "unused": "never used: its first use accepts it",
    "unknown": "whether it is accepted cannot be told",
}


def told_of(entry: Entry) -> Iterator[str]:
    """What a profile says; or what is wrong with it, each fault with its fix."""
    if not entry.faults:
        yield from entry.told[:1]
        yield f"  {_WORDS[entry.acceptance]}"
        yield from entry.told[1:]
        return
    yield f"{entry.name}  {entry.file}"
    yield f"  cannot be used: {count(len(entry.faults), 'fault')}. Edit the file; it is read again."
    for fault in entry.faults:
        yield ""
        yield f"    ! {fault.where or entry.name}: {fault.what}"
        if fault.fix:
            yield f"      Fix: {fault.fix}"


def told_of_switch(seen: Outlook, picture: Picture) -> Iterator[str]:
    """Everything that a switch would change, before it happens."""
    yield from _first(seen)
    yield ""
    yield f"THE SWITCH ({seen.before or 'no profile'} -> {seen.name})"
    yield from seen.steps
    yield from _followers(picture)
    yield ""
    yield "WHAT IT SAYS OTHERWISE"
    yield from _said(seen)
    yield ""
    yield "TOOLS"
    yield from _tools(seen)


def told_of_edit(seen: Outlook) -> Iterator[str]:
    """Everything that was edited since a profile was accepted."""
    yield from _first(seen)
    yield ""
    yield "LINE BY LINE"
    yield from seen.edits
    yield ""
    yield "BY MEANING"
    yield from _said(seen)
    yield ""
    yield "TOOLS"
    yield from _tools(seen)


def withdrawn(picture: Picture) -> list[Held]:
    """The requests that a switch withdraws: those of guards that follow it."""
    following = {guard.id for guard in picture.guards if not guard.fixed}
    return [held for held in picture.held if held.guard in following]


def summary(seen: Outlook, picture: Picture | None) -> list[str]:
    """The same in a few lines, for the last question."""
    found = [f"! {reason}" for reason in seen.loosens] or ["nothing more can pass than before"]
    if picture is not None:
        found.append(f"{count(len(withdrawn(picture)), 'waiting call')} withdrawn")
    return found


def _first(seen: Outlook) -> Iterator[str]:
    for note in seen.notes:
        yield f"    ! {note}"
    if not seen.loosens:
        yield "It only tightens: nothing more can pass than before."
        return
    yield "IT LETS MORE THROUGH, or may:"
    yield from (f"    ! {reason}" for reason in seen.loosens)


def _followers(picture: Picture) -> Iterator[str]:
    following = [guard for guard in picture.guards if not guard.fixed]
    fixed = [guard for guard in picture.guards if guard.fixed]
    yield ""
    yield "WHO FOLLOWS"
    yield from (f"  follows: {_guard(guard)}" for guard in following)
    yield from (f"  does NOT follow, fixed to {guard.profile}: {_guard(guard)}" for guard in fixed)
    if not picture.guards:
        yield "  no guard runs now; those that start from now on"
    gone = withdrawn(picture)
    yield f"  {count(len(gone), 'waiting call')} withdrawn, not executed"
    for held in gone[:_MOST]:
        yield f"  - {held.view.id}  {held.view.server}/{held.view.item}"
    if len(gone) > _MOST:
        yield f"  - and {len(gone) - _MOST} more"
    yield f"  {count(len(picture.grants), 'grant')} not used yet, and all session answers, end"


def _guard(guard: GuardView) -> str:
    return f"{guard.server} for {guard.client or 'a client'} (pid {guard.client_pid})"


def _said(seen: Outlook) -> Iterator[str]:
    if not seen.differences:
        yield "  by meaning they say the same" if seen.before else "  there is nothing to compare"
    yield from difference_lines(seen.differences)


def _tools(seen: Outlook) -> Iterator[str]:
    for word in _ORDER:
        found: Sequence[Changed] = [one for one in seen.changes if one.word == word]
        if found:
            yield f"  {len(found)} {word}"
    yield from changed_lines(seen.changes, seen.tools)
