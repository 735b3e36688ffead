"""Registering, once a person has looked at what was worked out (`planning`).

It is made in the order in which a crash harms least: the profile, the way back, the client's file.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from localguard.clients.edit import Plan, Stale, apply, must_apply
from localguard.clients.originals import Originals
from localguard.clients.planning import Connection, Taken
from localguard.clients.registry import (
    Registered,
    Registry,
    Way,
    clients_folder,
    read_registry,
    registering,
)
from localguard.config.acceptance import accept_now
from localguard.config.choice import Key
from localguard.config.paths import Places
from localguard.config.remembered_journal import Step
from localguard.errors import ProfileFault


def make(
    places: Places,
    connection: Connection,
    key: Key,
    originals: Originals,
    now: datetime,
    *,
    backup: bool = True,
) -> tuple[Stale, ...]:
    """Do what was worked out; the files that were changed meanwhile are left as they are.

    Whoever calls this has asked a person, since what it adds to the profile counts as accepted.
    Where secrets go to the vault, the originals belong there too, and no `backup` beside them.
    Raises ProfileFault, and what `originals` raises.
    """
    folder = clients_folder(places)
    if connection.definitions.changes:
        define = partial(must_apply, connection.definitions, folder, now)
        accept_now(places, key, connection.profile, define)
    found: list[Stale] = []
    with registering(places, key) as write:
        before = registry = read_registry(places, key)
        kept: set[str] = set(before.references)
        for change in filter(lambda one: one.changes, connection.files):
            fresh = [one for one in connection.taken if one.file.path == change.path]
            rows = [_row(connection, registry, one, originals, now) for one in fresh]
            after = registry.with_entries(rows, way_of(change, originals))
            kept |= after.references
            # Before the client's file: there is always a way back from what stands in it.
            write(after)
            act = partial(apply, change, folder, now, backup=backup)
            stale = _done(act, partial(write, registry))
            if stale is None:
                registry = after
            else:
                found.append(stale)
        for reference in kept - registry.references:
            originals.drop(reference)
    return tuple(found)


def _done(act: Callable[[], Stale | None], undo: Callable[[], None]) -> Stale | None:
    """Change a client's file; where that is not done, what was written down of it is undone."""
    try:
        stale = act()
    except ProfileFault:
        undo()
        raise
    if stale is not None:
        undo()
    return stale


def way_of(change: Plan, originals: Originals) -> Way:
    """How a change is taken back by its bytes."""
    step = Step.between(change.before, change.after)
    took = originals.keep(step.took)
    return Way(change.path, step.before, step.after, step.at, step.put, took)


def _row(
    connection: Connection,
    registry: Registry,
    one: Taken,
    originals: Originals,
    now: datetime,
) -> Registered:
    known = registry.find(one.file.path, one.key, one.name)
    if one.renewed and known is not None:
        # It is no original that is replaced here, but an entry of ours.
        kept = known.original
    else:
        kept = None if one.written is None else originals.keep(one.written.encode())
    return Registered(
        client=one.file.client.name,
        path=one.file.path,
        key=one.key,
        name=one.name,
        server=one.server,
        profile=connection.profile,
        program=connection.program.argv,
        original=kept,
        at=now.isoformat(timespec="seconds"),
    )
