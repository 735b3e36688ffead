"""What has become of the entries that start guards: vanished, unwrapped, gone around. Reads only.

Clients write their files anew and have dropped servers by that; people, and models with a shell,
edit them. Each sighting says what to do. For `doctor`, and for the console.
"""

import os
import shlex
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from localguard.clients.definitions import profile_with
from localguard.clients.entry import Ours, Wrapped
from localguard.clients.found import ConfigFile, Entry, find_one, read_config
from localguard.clients.our_entry import altered
from localguard.clients.registry import Registered, Registry
from localguard.clients.table import Client, Machine, client, table
from localguard.config.paths import Places
from localguard.errors import ProfileFault

Kind = Literal[
    "vanished",
    "unwrapped",
    "altered",
    "bypass",
    "no program",
    "undefined",
    "broken",
    "byte order mark",
]
Defined = Callable[[str], Collection[str]]
"""The names of the servers of a profile. Raises ProfileFault."""

_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing that is not as it was left. `what` is a sentence, `fix` the repair.

    `command` has the words of a `localguard` command that repairs it, if one does.
    """

    kind: Kind
    client: str
    path: str
    name: str
    what: str
    fix: str
    command: tuple[str, ...] = ()


def look(
    machine: Machine, registry: Registry, defined: Defined | None = None
) -> tuple[Sighting, ...]:
    """Everything that is not as `connect` left it, for the clients that are registered with.

    With `defined` also the servers that their profile has no more.
    """
    names = {one.client for one in registry.entries}
    here = (find_one(machine, one) for one in table() if one.name in names)
    files = {file.path: file for found in here for file in found.files}
    for row in registry.entries:
        known = client(row.client)
        if known is not None and row.path not in files:
            files[row.path] = read_config(machine, known, row.path)
    seen = [one for file in files.values() for one in _file(file, registry)]
    return (*seen, *(_undefined(registry, defined) if defined else ()))


def defined_in(places: Places) -> Defined:
    """The servers of a profile as its files are now."""
    return lambda name: profile_with(places, name).servers


def _undefined(registry: Registry, defined: Defined) -> Iterator[Sighting]:
    """The servers that a client starts and that their profile does not define."""
    for name in dict.fromkeys(one.profile for one in registry.entries):
        try:
            servers = defined(name)
        except ProfileFault:
            # A profile that is broken, or gone, is told of by others.
            continue
        for row in registry.entries:
            if row.profile == name and row.server not in servers:
                what = f"the profile {name} has no server {row.server}, which {row.client} starts"
                words = shlex.join(("disconnect", row.client, "--server", row.name))
                fix = f"localguard {words}, then connect it"
                yield Sighting("undefined", row.client, row.path, row.name, what, fix)


def _file(file: ConfigFile, registry: Registry) -> Iterator[Sighting]:
    rows = [one for one in registry.entries if one.path == file.path]
    if file.fault is not None:
        fault = file.fault
        yield Sighting("broken", file.client.name, file.path, "", fault.explain(), fault.fix)
        return
    if file.raw and file.raw.startswith(_BOM) and not file.client.keeps_bom:
        what = f"{file.client.title} takes its byte order mark for a fault"
        fix = 'save it as "UTF-8 without BOM"'
        yield Sighting("byte order mark", file.client.name, file.path, "", what, fix)
    entries = {(one.key, one.name): one for one in file.entries}
    for row in rows:
        yield from _row(file.client, row, entries.get((row.key, row.name)))
    known = {(one.key, one.name) for one in rows}
    yield from _around(file, [one for place, one in entries.items() if place not in known])


def _row(known: Client, row: Registered, entry: Entry | None) -> Iterator[Sighting]:
    again = ("connect", known.name, "--server", row.name)
    if entry is None:
        closing = f"{known.restart.split(',')[0]}, then: " if known.rewrites else ""
        what = f"{known.title} has no entry {row.name} any more; it was registered on {row.at[:10]}"
        yield _sighting("vanished", row, what, closing, again)
    elif not isinstance(entry.starts, Ours):
        what = f"{known.title} starts {row.name} itself again, around the guard"
        yield _sighting("unwrapped", row, what, "", again)
    elif altered(known, entry.value, entry.starts, row.server, row.program):
        what = f"{known.title} starts {row.name} otherwise than it was registered"
        yield _sighting("altered", row, what, "", again)
    elif (gone := entry.starts.program[0]) and os.path.isabs(gone) and not os.path.exists(gone):
        what = f"{known.title} starts {row.name} with {gone}, which is not there"
        yield _sighting("no program", row, what, "", again)


def _around(file: ConfigFile, entries: Sequence[Entry]) -> Iterator[Sighting]:
    """The servers of a client that is registered with, which it starts without a guard."""
    for entry in entries:
        if isinstance(entry.starts, Wrapped):
            again: tuple[str, ...] = ("connect", file.client.name, "--server", entry.name)
            again += ("--scope", "project") if file.scope == "project" else ()
            what = f"{file.client.title} starts {entry.name} without localguard"
            fix = f"localguard {shlex.join(again)}"
            yield Sighting("bypass", file.client.name, file.path, entry.name, what, fix, again)


def _sighting(
    kind: Kind, row: Registered, what: str, before: str, command: tuple[str, ...]
) -> Sighting:
    fix = f"{before}localguard {shlex.join(command)}"
    return Sighting(kind, row.client, row.path, row.name, what, fix, command)
