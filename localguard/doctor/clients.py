"""The clients on this machine: what each starts, and what is not as it was left."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from itertools import combinations
from typing import Final, NamedTuple

from localguard.clients.entry import Ours, Unfit, Wrapped
from localguard.clients.found import ConfigFile, Entry, Found, find
from localguard.clients.registry import Registry, read_registry
from localguard.clients.table import client
from localguard.doctor.check import Check, Finding, Scene
from localguard.doctor.sighted import sighted
from localguard.doctor.started import oldest
from localguard.telling.counts import count

Ages = Callable[[Collection[str]], float | None]
"""For how many seconds the oldest program of some names runs."""

_PACKAGED: Final = "/Packages/"


def known(scene: Scene) -> Iterator[Finding]:
    """Each client that is here, and how many of its servers are behind localguard."""
    registry = read_registry(scene.places, None)
    here = [one for one in find(scene.machine) if one.installed]
    for one in here:
        yield from _client(one, registry)
    if not here:
        what = "no client that localguard knows is on this machine"
        yield Finding("clients.none", "clients", "skip", what)
    elif not any(_guarded(one) for one in here) and not registry.entries:
        what = "no client starts its servers through localguard"
        yield Finding("clients.registered", "clients", "warn", what, "localguard init")


def doubles(scene: Scene) -> Iterator[Finding]:
    """A name that stands in two places, behind the guard in one: the client takes either."""
    for found in find(scene.machine):
        places = [_Place(file, one) for file in found.files for one in file.entries]
        for first, second in combinations(places, 2):
            if first.hides(second):
                yield _double(found, first, second)


def twins(scene: Scene) -> Iterator[Finding]:
    """The packaged Claude Desktop of Windows reads a copy of the file that is documented."""
    registry = read_registry(scene.places, None)
    for found in find(scene.machine):
        copies = [one for one in found.files if _PACKAGED in one.path.replace("\\", "/")]
        others = {one.path for one in found.files if one not in copies}
        lost = [row.name for row in registry.of(found.client.name) if row.path in others]
        for copy in copies if lost else ():
            if not any(isinstance(one.starts, Ours) for one in copy.entries):
                yield _twin(found, copy, lost)


def restarts(scene: Scene, age: Ages = oldest) -> Iterator[Finding]:
    """A client that runs since before it was registered with starts its servers as it did then.

    By the moment of that, and not by that of its file: some clients write theirs all the time.
    """
    registry = read_registry(scene.places, None)
    for name in dict.fromkeys(one.client for one in registry.entries):
        one, last = client(name), max(row.at for row in registry.of(name))
        runs = age(one.programs) if one is not None and one.programs else None
        since = (scene.now() - datetime.fromisoformat(last)).total_seconds()
        if one is not None and runs is not None and runs > since + 1:
            what = (
                f"{one.title} runs since before it was connected, and has not read its file since"
            )
            yield Finding(f"clients.{name}.restart", "clients", "warn", what, one.restart)


checks: tuple[Check, ...] = (known, sighted, doubles, twins, restarts)


class _Place(NamedTuple):
    """Where an entry stands."""

    file: ConfigFile
    entry: Entry

    def hides(self, other: "_Place") -> bool:
        """Whether a client that reads both may take the one that goes around the guard."""
        ours = [isinstance(one.entry.starts, Ours) for one in (self, other)]
        if self.entry.name != other.entry.name or ours not in ([True, False], [False, True]):
            return False
        if self.file.path != other.file.path:
            # Two files of the person's are those of two programs, as of an editor and its preview.
            return self.file.scope != other.file.scope
        return "" in (self.entry.section, other.entry.section)

    def __str__(self) -> str:
        section = self.entry.section
        return f"{self.file.path} ({section})" if section else self.file.path


def _client(found: Found, registry: Registry) -> Iterator[Finding]:
    name, title = found.client.name, found.client.title
    id_ = f"clients.{name}.files"
    told: dict[str, str] = {one.path: one.scope for one in found.files if one.raw}
    told |= {one.name: one.starts.why for one in found.entries if isinstance(one.starts, Unfit)}
    mine = {row.path for row in registry.of(name)}
    for file in found.files:
        if file.fault is not None and not mine:
            what = f"{title}: {file.fault.where}: {file.fault.what}"
            yield Finding(f"clients.{name}.broken", "clients", "warn", what, file.fault.fix)
    guarded, direct = _guarded(found), _direct(found)
    left = len(found.entries) - len(guarded) - len(direct)
    more = f"; {left} that localguard leaves alone" if left else ""
    if guarded:
        what = f"{title}: {_servers(guarded)} behind localguard{more}"
        yield Finding(id_, "clients", "ok", what, details=told)
    elif direct and not mine:
        what = f"{title} starts {_servers(direct)} itself{more}"
        yield Finding(id_, "clients", "skip", what, f"localguard connect {name}", told)
    elif not mine and not any(one.fault for one in found.files):
        yield Finding(id_, "clients", "skip", f"{title} has no servers{more}", details=told)


def _guarded(found: Found) -> list[Entry]:
    return [one for one in found.entries if isinstance(one.starts, Ours)]


def _direct(found: Found) -> list[Entry]:
    return [one for one in found.entries if isinstance(one.starts, Wrapped)]


def _servers(entries: Sequence[Entry]) -> str:
    return count(len(entries), "server")


def _double(found: Found, first: _Place, second: _Place) -> Finding:
    name, title = first.entry.name, found.client.title
    direct = second if isinstance(first.entry.starts, Ours) else first
    what = (
        f"{title} has {name} twice and starts one of them; around the guard goes that in {direct}"
    )
    fix = f"localguard connect {found.client.name} --server {name}, or remove it from there"
    id_ = f"clients.{found.client.name}.double.{name}"
    return Finding(id_, "clients", "warn", what, fix, {"first": str(first), "second": str(second)})


def _twin(found: Found, copy: ConfigFile, lost: Sequence[str]) -> Finding:
    title, name = found.client.title, found.client.name
    what = f"the packaged {title} reads {copy.path}, where no guard is registered"
    again = "; ".join(f"localguard connect {name} --server {one}" for one in lost)
    return Finding(f"clients.{name}.twin", "clients", "fail", what, again, {"path": copy.path})
