"""Each server of the profile in force: its program, a trial through the guard, its pins."""

import os
from collections.abc import Iterator
from typing import Final

from localguard.doctor.check import Check, Finding, Scene
from localguard.doctor.findings import Findings
from localguard.doctor.profiles import in_force
from localguard.doctor.programs import PATH, Program, program_of
from localguard.doctor.server_pins import pins
from localguard.doctor.server_trials import Tried, tried
from localguard.pinning.faults import PinFault
from localguard.policy.profile import Profile, ServerTable
from localguard.telling.counts import count
from localguard.text import safe

_SERVERS: Final = Findings("servers")
_STDERR: Final = 1000


def servers(scene: Scene) -> Iterator[Finding]:
    """What is wrong before a start is told, and such a server is not started."""
    profile = in_force(scene)
    if profile is None or not profile.servers:
        what = "no profile is in force" if profile is None else f"{profile.name} names no server"
        yield _SERVERS.skip("servers", what)
        return
    able: list[str] = []
    for table in profile.servers.values():
        found = tuple(_startable(scene, table))
        yield from found
        if not found and (table.command or table.url):
            able.append(table.name)
    for one in tried(scene, able):
        yield _trial(one, profile.servers[one.server])
        found = tuple(_pins(scene, profile, profile.servers[one.server]))
        # Why nothing was pinned of a server that does not serve was just told.
        yield from (each for each in found if one.why is None or each.status != "skip")


checks: tuple[Check, ...] = (servers,)


def _startable(scene: Scene, table: ServerTable) -> Iterator[Finding]:
    program = program_of(scene, table)
    if program is None:
        if table.url is None:
            what = f"what {table.name} is stands in a client's file alone"
            yield _SERVERS.skip(f"{table.name}.start", what)
        return
    if program.folder is not None and not os.path.isdir(program.folder):
        what = f"{table.origin}: the folder of {table.name} is not there: {program.folder}"
        fix = f"make it, or correct cwd in {table.origin}"
        yield _SERVERS.fail(f"{table.name}.folder", what, fix)
    if program.found is None:
        yield _missing(table, program)


def _missing(table: ServerTable, program: Program) -> Finding:
    what = f"{table.origin}: the program of {table.name} is not there: {program.word}"
    told = {"program": program.word}
    fix = f"install it, or correct command in {table.origin}"
    if not os.path.dirname(program.word):
        told[PATH] = program.search
        where = (
            "stored with it"
            if program.certain
            else "of this shell; a client's may be shorter still"
        )
        what = f"{what}, on the PATH {where}"
    return _SERVERS.fail(f"{table.name}.program", what, fix, told)


def _trial(one: Tried, table: ServerTable) -> Finding:
    name = f"{one.server}.start"
    told = {"seconds": f"{one.seconds:.2f}", "tools": str(one.tools)}
    if one.stderr:
        told["stderr"] = one.stderr[-_STDERR:]
    if one.why is None:
        took = f"greets in {one.seconds:.1f} s and offers {count(one.tools, 'tool')}"
        return _SERVERS.ok(name, f"{one.server} {took}, through the guard", told)
    why, _, fix = one.why.removeprefix(f"{one.server}: ").partition(". Fix: ")
    what = f"{one.server} does not serve: {safe(why, 300)}"
    return _SERVERS.fail(name, what, fix.rstrip(".") or _remedy(table), told)


def _remedy(table: ServerTable) -> str:
    if table.url is not None:
        return f"look whether it can be reached, and at {table.origin}"
    return f"mend what it says, or correct {table.origin}; then restart it in the client"


def _pins(scene: Scene, profile: Profile, table: ServerTable) -> Iterator[Finding]:
    try:
        yield from pins(scene, profile, table)
    except PinFault as fault:
        yield _SERVERS.fault(f"{table.name}.pins", fault)
