"""The guards that run, and whether they answer; what those that have ended have left."""

from collections.abc import Iterator, Sequence
from functools import partial

import anyio

from localguard.control.endpoint import Endpoint, clear_if_dead, find, left_over
from localguard.control.faults import ControlFault, VersionsDiffer
from localguard.control.joining import join
from localguard.doctor.check import Finding, Repair, Scene


def endpoints(scene: Scene) -> Iterator[Finding]:
    """What was left behind, what is damaged, and which guards do not answer."""
    run = scene.places.run
    gone = left_over(run)
    if gone:
        yield _left(run, gone)
    found = find(run)
    for name, fault in found.faults.items():
        # That of another version is told with the installation.
        if name not in gone and not isinstance(fault, VersionsDiffer):
            id_ = f"runtime.endpoint.{name}"
            yield Finding(id_, "runtime", "fail", f"{fault.where}: {fault.what}", fault.fix)
    live = [one for name, one in found.endpoints.items() if name not in gone]
    silent = anyio.run(_silent, live)
    yield from (_silence(one, why) for one, why in silent.items())
    if not gone and not silent and not found.faults:
        yield _sound(live)


def _left(run: str, gone: dict[str, tuple[str, ...]]) -> Finding:
    files = [path for paths in gone.values() for path in paths]
    many = "a guard that has ended" if len(gone) == 1 else f"{len(gone)} guards that have ended"
    what = f"{many} left its files behind" if len(gone) == 1 else f"{many} left their files behind"
    act = partial(_clear, run, tuple(gone))
    repair = Repair(tuple(f"- {path}" for path in files), act, tightens=True)
    told = {name: ", ".join(paths) for name, paths in gone.items()}
    fix = "localguard doctor --fix removes them"
    return Finding("runtime.left", "runtime", "warn", what, fix, told, repair)


def _clear(run: str, guards: Sequence[str]) -> None:
    for guard in guards:
        # One that lives, by now, holds its lock.
        clear_if_dead(run, guard)


def _silence(endpoint: Endpoint, fault: ControlFault) -> Finding:
    what = f"the guard of {endpoint.server} (pid {endpoint.pid}) does not answer: {fault.what}"
    fix = f"restart the server in the client, or end it: kill {endpoint.pid}"
    told = {"address": str(endpoint.address), "version": endpoint.version}
    return Finding(f"runtime.silent.{endpoint.id}", "runtime", "fail", what, fix, told)


def _sound(live: Sequence[Endpoint]) -> Finding:
    if not live:
        return Finding("runtime.guards", "runtime", "ok", "no guard runs now, and none left a file")
    what = "the one guard that runs answers" if len(live) == 1 else f"all {len(live)} guards answer"
    told = {one.id: f"{one.server} for {one.client or 'a client'}, pid {one.pid}" for one in live}
    return Finding("runtime.guards", "runtime", "ok", what, details=told)


async def _silent(live: Sequence[Endpoint]) -> dict[Endpoint, ControlFault]:
    """Those that do not let us join them, asked all at once."""
    found: dict[Endpoint, ControlFault] = {}

    async def look(endpoint: Endpoint) -> None:
        try:
            joined = await join(endpoint, "observe", None)
        except ControlFault as fault:
            found[endpoint] = fault
        else:
            joined.channel.close()

    async with anyio.create_task_group() as group:
        for one in live:
            group.start_soon(look, one)
    return found
