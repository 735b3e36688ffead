"""Taking back what was registered: to the byte where nothing else has changed, else our entry only.

Where a file is as `connect` left it, its bytes before that come back. Else each entry of ours makes
way for what it replaced, as that was written, and all that others have changed since stays.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from localguard.clients.change import Remove, Restore, Wish, changed
from localguard.clients.definitions import planned as planned_definitions
from localguard.clients.definitions import profile_with
from localguard.clients.edit import Plan, Stale, apply, must_apply, plan, read_bytes, text_of
from localguard.clients.editors import at_path, editor
from localguard.clients.entry import guarded
from localguard.clients.originals import Originals
from localguard.clients.our_entry import hidden_texts
from localguard.clients.registry import (
    Registered,
    Registry,
    Way,
    clients_folder,
    read_registry,
    registering,
)
from localguard.clients.table import Client, client
from localguard.config.acceptance import accept_now
from localguard.config.choice import Key
from localguard.config.faults import FileFault
from localguard.config.paths import Places
from localguard.config.remembered_journal import Step, digest_of
from localguard.errors import ProfileFault


@dataclass(frozen=True, slots=True)
class FileBack:
    """What becomes of one file. `exact` says that its bytes are what they were before.

    `untouched` are entries that are not ours any more, and stay as they are; `hidden` is what must
    not be shown of the change.
    """

    change: Plan
    rows: tuple[Registered, ...]
    ways: tuple[Way, ...]
    exact: bool
    untouched: tuple[Registered, ...] = ()
    hidden: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Disconnection:
    """All that is to be done. `broken` are files that cannot be read, with what is wrong."""

    files: tuple[FileBack, ...]
    broken: tuple[ProfileFault, ...]
    definitions: tuple[tuple[str, Plan], ...]

    @property
    def hidden(self) -> tuple[str, ...]:
        """What must not be shown of them: values that may be secrets."""
        return tuple(text for one in self.files for text in one.hidden)

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The changes of files that there are."""
        every = (*(one.change for one in self.files), *(one for _, one in self.definitions))
        return tuple(one for one in every if one.changes)


def planned(
    places: Places, registry: Registry, rows: Sequence[Registered], originals: Originals
) -> Disconnection:
    """Work out the way back for some entries, and write nothing. Raises ProfileFault."""
    files: list[FileBack] = []
    broken: list[ProfileFault] = []
    for path in dict.fromkeys(one.path for one in rows):
        here = [one for one in rows if one.path == path]
        try:
            files.append(_file(registry, path, here, originals))
        except ProfileFault as fault:
            broken.append(fault)
    gone = [row for one in files for row in one.rows]
    return Disconnection(tuple(files), tuple(broken), tuple(_definitions(places, registry, gone)))


def make(
    places: Places, back: Disconnection, key: Key, originals: Originals, now: datetime
) -> tuple[Stale, ...]:
    """Do what was worked out; files that were changed meanwhile are left as they are.

    Raises ProfileFault.
    """
    folder = clients_folder(places)
    found: list[Stale] = []
    with registering(places, key) as write:
        registry = read_registry(places, key)
        for one in back.files:
            if (stale := apply(one.change, folder, now)) is not None:
                found.append(stale)
                continue
            before, registry = registry, registry.without(one.rows, one.ways)
            write(registry)
            for reference in before.references - registry.references:
                originals.drop(reference)
    for name, change in back.definitions if not found else ():
        accept_now(places, key, name, partial(must_apply, change, folder, now))
    return tuple(found)


def _file(
    registry: Registry, path: str, rows: Sequence[Registered], originals: Originals
) -> FileBack:
    before = read_bytes(path)
    others = [one for one in registry.entries if one.path == path and one not in rows]
    ways = [one for one in registry.ways if one.path == path]
    raw, used = (before, []) if others else _undone(before, ways, originals)
    if len(used) == len(ways) and used:
        hidden = _hidden(path, raw, rows)
        change = plan(path, before, raw)
        return FileBack(change, tuple(rows), tuple(used), exact=True, hidden=hidden)
    return _entries_back(path, before, rows, originals)


def _undone(
    raw: bytes | None, ways: Sequence[Way], originals: Originals
) -> tuple[bytes | None, list[Way]]:
    """The bytes before all changes that led to these, the last one first."""
    used: list[Way] = []
    for way in reversed(ways):
        if digest_of(raw) != way.after:
            continue
        try:
            took = originals.back(way.took)
            raw = Step(way.before, way.after, way.start, took, way.put).undone(raw)
        except ProfileFault:
            # The entries, one by one, are the other way.
            break
        used.append(way)
    return raw, used


def _entries_back(
    path: str, before: bytes | None, rows: Sequence[Registered], originals: Originals
) -> FileBack:
    """The file with each entry that is still ours as it was written before."""
    known = client(rows[0].client)
    if known is None:
        raise FileFault(f"no client {rows[0].client} is known", where=path, fix="update localguard")
    text = text_of(path, before)
    ours = [one for one in rows if _is_ours(known, path, text, one)]
    wishes: list[Wish] = []
    for one in ours:
        if one.original is None:
            wishes.append(Remove(one.key, one.name))
        else:
            wishes.append(Restore(one.key, one.name, originals.back(one.original).decode()))
    after = changed(path, known.format, text, wishes).encode() if wishes else before
    others = tuple(one for one in rows if one not in ours)
    change, hidden = plan(path, before, after), _hidden(path, after, ours)
    return FileBack(change, tuple(rows), (), exact=False, untouched=others, hidden=hidden)


def _hidden(path: str, raw: bytes | None, rows: Sequence[Registered]) -> tuple[str, ...]:
    """The values of entries that come back, and of those beside them, which may be secrets."""
    found: list[str] = []
    for row in rows:
        known = client(row.client)
        if known is not None:
            values = editor(known.format).read(text_of(path, raw))
            beside = at_path(values, row.key)
            for entry in beside.values() if isinstance(beside, Mapping) else ():
                found += hidden_texts(known, entry)
    return tuple(found)


def _is_ours(known: Client, path: str, text: str, row: Registered) -> bool:
    try:
        entry = at_path(editor(known.format).read(text), (*row.key, row.name))
    except ProfileFault as fault:
        raise FileFault(fault.what, where=f"{path}:{fault.where}", fix=fault.fix) from fault
    if not isinstance(entry, dict):
        return False
    starts = guarded(known.words, entry)
    return starts is not None and starts.server == row.server


def _definitions(
    places: Places, registry: Registry, gone: Sequence[Registered]
) -> Iterator[tuple[str, Plan]]:
    """The servers that were taken over and that no entry starts any more."""
    left = {(one.profile, one.server) for one in registry.entries if one not in gone}
    for name in dict.fromkeys(one.profile for one in gone):
        own = {one.server for one in gone if one.profile == name and one.original is not None}
        own = {one for one in own if (name, one) not in left}
        file = places.servers_file(name).rpartition("/")[2]
        try:
            servers = profile_with(places, name).servers
            held = sorted(one for one in own if one in servers and servers[one].origin.file == file)
            if held:
                yield name, planned_definitions(places, name, dict.fromkeys(held))
        except ProfileFault:
            # A profile that is broken, or gone, is no reason not to give a client's file back.
            continue
