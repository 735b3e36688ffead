"""NAME.remembered.toml changed whole or not at all, by bytes that a person has seen before.

Each change says which bytes it was made for, and writes nothing where others stand there now or
where the profile would no longer be valid. It can be undone to the byte (`remembered_journal`).
Knows no request and no person: who may change what is for others to say.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from localguard.config.load import read_document
from localguard.config.paths import Places
from localguard.config.remembered_change import Accepting, Change, Current, Unwritten, held
from localguard.config.remembered_entries import Entry, entries_of, without
from localguard.config.remembered_journal import Journal, Step
from localguard.config.remembered_text import head

Key = Callable[[], bytes]
"""The key that seals what an undo needs. Raises ProfileFault where it cannot be had."""


@dataclass(frozen=True, slots=True)
class Written:
    """The text was appended, as the entry `id` at `place` (such as `work.remembered.toml:9`)."""

    id: str
    place: str
    digest: str


@dataclass(frozen=True, slots=True)
class Removed:
    """The entry is gone; everything else stands as it did."""

    entry: Entry
    digest: str


@dataclass(frozen=True, slots=True)
class Undone:
    """The bytes before the last change are back. `taken` and `restored` are the ids of entries."""

    taken: tuple[str, ...]
    restored: tuple[str, ...]
    digest: str


def entries(places: Places, name: str) -> tuple[Entry, ...]:
    """The answers and denials of a profile, in their order. Raises ProfileFault."""
    path = places.remembered_file(name)
    return entries_of(read_document(path)) if os.path.lexists(path) else ()


def addition(now: Current, name: str, entry: str) -> str:
    """What is appended so that an entry is in the file: it, and what must stand before it."""
    if now.raw is None:
        return f"{head(name)}\n{entry}"
    return f"\n{entry}" if now.raw.endswith(b"\n") else f"\n\n{entry}"


def append(
    places: Places,
    name: str,
    text: str,
    expected: str,
    *,
    key: Key,
    accepting: Accepting | None = None,
) -> Written | Unwritten:
    """Append a text, byte for byte, to the file whose digest is the expected one (`current`).

    `accepting` has the text written and accepts it in the same act (`acceptance.accept_now`); it is
    given where a person has seen the text. Where it raises, the old bytes are put back. Raises
    ProfileFault and what `accepting` raises.
    """
    with held(places, name) as change:
        if change.before.digest != expected:
            return change.stale()
        try:
            raw = (change.before.raw or b"") + text.encode()
        except UnicodeEncodeError:
            return Unwritten("the text holds half a character")
        found = change.read(raw, adding=True)
        if isinstance(found, Unwritten):
            return found
        *others, new = found or (None,)
        if new is None or not _same(others, change.entries):
            return Unwritten("the text is not one answer or one denial")
        digest = _make(change, Journal(places, name, key()), raw, accepting)
        return Written(new.id, new.place, digest)


def remove(
    places: Places,
    name: str,
    place_or_id: str,
    *,
    key: Key,
    accepting: Accepting | None = None,
) -> Removed | Unwritten:
    """Take one entry out with its comment, and leave all other bytes as they are.

    A file that would be empty is removed, since an empty one is a fault. Raises as `append` does.
    """
    with held(places, name) as change:
        named = [one for one in change.entries if place_or_id in (one.id, one.place)]
        if not named:
            fix = f"take an ID from localguard rules list --profile {name}"
            return Unwritten(f'nothing remembered for {name} is called "{place_or_id}"', fix)
        (one, *_) = named
        rest = without(change.before.raw or b"", one)
        raw = rest if rest.strip() else None
        found = change.read(raw)
        if isinstance(found, Unwritten):
            return found
        if not _same(found, [other for other in change.entries if other is not one]):
            fix = f"edit {places.remembered_file(name)} by hand"
            return Unwritten("it cannot be taken out without what stands around it", fix)
        return Removed(one, _make(change, Journal(places, name, key()), raw, accepting))


def undo(
    places: Places, name: str, *, key: Key, accepting: Accepting | None = None
) -> Undone | Unwritten:
    """Put back the bytes before the last change, if the file is still as that change left it.

    Raises as `append` does.
    """
    with held(places, name) as change:
        journal = Journal(places, name, key())
        step = journal.leading_to(change.before.digest)
        if step is None and journal.is_empty:
            return Unwritten(f"nothing that was remembered for {name} can be undone")
        if step is None:
            return change.stale()
        raw = step.undone(change.before.raw)
        found = change.read(raw)
        if isinstance(found, Unwritten):
            return found
        digest = change.make(raw, accepting)
        journal.drop(step)
        old, new = ([one.id for one in entries] for entries in (change.entries, found))
        taken, restored = ([one for one in a if one not in b] for a, b in ((old, new), (new, old)))
        return Undone(tuple(taken), tuple(restored), digest)


def _make(change: Change, journal: Journal, raw: bytes | None, accepting: Accepting | None) -> str:
    """Write the change down, so that it can be undone, and make it; the new digest."""
    journal.add(Step.between(change.before.raw, raw))
    return change.make(raw, accepting)


def _same(found: Iterable[Entry], expected: Iterable[Entry]) -> bool:
    return [(one.kind, one.table) for one in found] == [(one.kind, one.table) for one in expected]
