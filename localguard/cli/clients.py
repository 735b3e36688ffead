"""`localguard clients`: which are here, what each of them starts, what goes around the guard."""

import os
from collections.abc import Iterator
from typing import TextIO

from localguard.cli.exits import Exit
from localguard.cli.output import print_json, print_lines
from localguard.clients.entry import Ours, Wrapped
from localguard.clients.found import ConfigFile, Entry, Found, find
from localguard.clients.registry import Registry
from localguard.clients.table import Machine
from localguard.clients.watch import Defined, Sighting, look
from localguard.config.paths import Places
from localguard.telling.connections import starts_text


def clients(
    machine: Machine,
    registry: Registry,
    defined: Defined | None = None,
    *,
    as_json: bool,
    out: TextIO,
) -> Exit:
    """Print every client that is here. Exits with 1 where something is not as it was left."""
    found, sighted = find(machine), look(machine, registry, defined)
    if as_json:
        fields = {"clients": [_fields(one) for one in found]}
        print_json(out, {**fields, "sightings": [_sighting(one) for one in sighted]})
    else:
        print_lines(out, _lines(found, sighted))
    return Exit.FAILURE if sighted else Exit.OK


def this_machine(places: Places) -> Machine:
    """The machine that this process runs on, and the folder it was started in."""
    return Machine(places.home, os.environ, project=os.getcwd())


def state(entry: Entry) -> str:
    """One word for how an entry is started."""
    match entry.starts:
        case Ours():
            return "guarded"
        case Wrapped():
            return "direct"
        case _:
            return "left alone"


def _lines(found: tuple[Found, ...], sighted: tuple[Sighting, ...]) -> Iterator[str]:
    here = [one for one in found if one.installed]
    for one in here:
        yield f"{one.client.name}  {one.client.title}"
        for file in one.files:
            yield from _file_lines(file)
    if not here:
        yield "No client that localguard knows is on this machine."
    others = [one.client.name for one in found if not one.installed]
    if here and others:
        yield f"not here: {', '.join(others)}"
    for sighting in sighted:
        yield f"! {sighting.what}. Fix: {sighting.fix}."
    if any(state(entry) == "direct" for one in here for entry in one.entries):
        yield "Register with: localguard connect CLIENT, or localguard connect --all"


def _file_lines(file: ConfigFile) -> Iterator[str]:
    if file.raw is not None or file.scope == "user":
        missing = "" if file.raw is not None else "  (not there yet)"
        yield f"  {file.path}{missing}"
    if file.fault is not None:
        yield f"    broken: {file.fault.explain()}"
    for entry in file.entries:
        section = f"  ({entry.section})" if entry.section else ""
        yield f"    {entry.name}  {state(entry)}  {starts_text(entry)}{section}"


def _fields(found: Found) -> dict[str, object]:
    known = found.client
    return {
        "name": known.name,
        "title": known.title,
        "installed": found.installed,
        "restart": known.restart,
        "files": [_file_fields(one) for one in found.files],
    }


def _file_fields(file: ConfigFile) -> dict[str, object]:
    entries = [
        {
            "name": one.name,
            "key": one.key,
            "state": state(one).replace(" ", "_"),
            "starts": starts_text(one),
        }
        for one in file.entries
    ]
    fault = None if file.fault is None else file.fault.explain()
    there = file.raw is not None
    return {
        "path": file.path,
        "scope": file.scope,
        "exists": there,
        "fault": fault,
        "servers": entries,
    }


def _sighting(one: Sighting) -> dict[str, object]:
    return {
        "kind": one.kind.replace(" ", "_"),
        "client": one.client,
        "path": one.path,
        "name": one.name,
        "what": one.what,
        "fix": one.fix,
    }
