"""`localguard disconnect`: a client's files are as they were before `connect`."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TextIO

from localguard.cli.choosing import Act, Person, print_refusal
from localguard.cli.connect import How, clients_named, counted, show, stale_lines
from localguard.cli.exits import Exit
from localguard.cli.output import print_lines
from localguard.clients.disconnecting import Disconnection, make, planned
from localguard.clients.edit import Stale
from localguard.clients.originals import Originals
from localguard.clients.registry import Registered, Registry, read_registry
from localguard.clients.table import Machine, client
from localguard.config.paths import Places


def disconnect(
    places: Places,
    machine: Machine,
    person: Person,
    servers: Sequence[str],
    how: How,
    *,
    originals: Originals,
    out: TextIO,
    err: TextIO | None = None,
) -> Exit:
    """Show what would change, ask, and do it. Raises UsageFault, ProfileFault and AuditFault."""
    registry = read_registry(places, person.key)
    rows = _rows(registry, machine, how, servers)
    if not rows:
        print_lines(out, ["Nothing of it is registered."])
        return Exit.OK
    back = planned(places, registry, rows, originals)
    broken = Exit.INVALID if back.broken else Exit.OK
    print_lines(out, _told(back))
    show(out, back.plans, back.hidden)
    if how.only or not back.files:
        print_lines(out, ["Nothing was changed."])
        return broken
    why = person.refused()
    if why is not None:
        return print_refusal("nothing is disconnected", why, as_json=False, out=out, err=err)
    if not (how.yes or person.ask(f"Change {counted(back.plans)} back?")):
        print_lines(out, ["Nothing was changed."])
        return Exit.DENIED
    Act(person, "disconnected", ", ".join(dict.fromkeys(one.client for one in rows))).must()
    stale = make(places, back, person.key, originals, datetime.now().astimezone())
    print_lines(out, _done(back, stale))
    return Exit.FAILURE if stale else broken


def _rows(
    registry: Registry, machine: Machine, how: How, servers: Sequence[str]
) -> list[Registered]:
    names = {one.name for one in clients_named(machine, how.clients)} if how.clients else None
    return [
        one
        for one in registry.entries
        if (names is None or one.client in names)
        and (not servers or one.name in servers or one.server in servers)
    ]


def _told(back: Disconnection) -> Iterator[str]:
    for fault in back.broken:
        yield f"It is left alone. {fault.explain()}"
    for file in back.files:
        if file.exact:
            yield f"{file.change.path} will be as it was, to the byte"
        elif file.change.changes:
            yield f"{file.change.path} has changed since: only the entries of localguard go back"
        for one in file.untouched:
            yield f"{one.name} does not start localguard any more, and stays as it is"


def _done(back: Disconnection, stale: Sequence[Stale]) -> Iterator[str]:
    yield from stale_lines(stale)
    missed = {one.path for one in stale}
    rows = [row for one in back.files if one.change.path not in missed for row in one.rows]
    for name in dict.fromkeys(one.client for one in rows):
        known = client(name)
        if known is not None:
            yield f"{known.title}: {known.restart}."
