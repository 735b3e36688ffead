"""The entries of clients that are not as `connect` left them, each with what mends it."""

from collections.abc import Callable, Collection, Iterator
from typing import Final

from localguard.clients.found import ConfigFile, read_config
from localguard.clients.program import TEMPORARY
from localguard.clients.registry import Registry, read_registry
from localguard.clients.running import names
from localguard.clients.table import Client, client
from localguard.clients.watch import Kind, Sighting, defined_in, look
from localguard.config.choice import read_choice
from localguard.doctor.check import Finding, Repair, Scene
from localguard.doctor.mending import registering, without_mark
from localguard.errors import ProfileFault

Running = Callable[[], frozenset[str]]
"""The names of the programs that run, in lower case."""

_BY_CONNECT: Final[frozenset[Kind]] = frozenset(
    {"vanished", "unwrapped", "altered", "bypass", "no program"}
)
_TWICE: Final = ("stands twice", "is there twice")


def sighted(
    scene: Scene, running: Running = names, temporary: Collection[str] = TEMPORARY
) -> Iterator[Finding]:
    """Vanished, unwrapped, gone around, broken ...: each is a hole in the fence."""
    registry = read_registry(scene.places, scene.key)
    mending = _Mending(scene, registry, running, temporary)
    seen: set[str] = set()
    for one in look(scene.machine, registry, defined_in(scene.places)):
        mending.note(one)
    for one in mending.noted:
        yield mending.finding(one, _unique(_id(one), seen))


class _Mending:
    """The repairs: one for all entries of a file that go into one profile."""

    def __init__(
        self, scene: Scene, registry: Registry, running: Running, temporary: Collection[str]
    ) -> None:
        self.noted: list[Sighting] = []
        self._scene = scene
        self._registry = registry
        self._running = running
        self._temporary = temporary
        self._servers: dict[tuple[str, str], list[str]] = {}
        self._repairs: dict[tuple[str, str], Repair | None] = {}

    def note(self, one: Sighting) -> None:
        self.noted.append(one)
        if one.kind in _BY_CONNECT and (profile := self._profile(one)) is not None:
            self._servers.setdefault((one.path, profile), []).append(one.name)

    def finding(self, one: Sighting, id_: str) -> Finding:
        told = {"path": one.path, "kind": one.kind}
        known = client(one.client)
        if one.kind == "broken":
            what = one.what.removesuffix(f". Fix: {one.fix}.")
            return Finding(id_, "clients", "fail", what, one.fix or "correct it", told)
        if known is not None and known.rewrites and self._runs(known):
            # What is written while it runs, it writes over.
            fix = f"{known.restart.split(',')[0]}, then: localguard doctor --fix"
            return Finding(id_, "clients", "fail", one.what, fix, told)
        repair = None if known is None else self._repair(one, known)
        return Finding(id_, "clients", "fail", one.what, one.fix, told, repair)

    def _runs(self, known: Client) -> bool:
        return not self._running().isdisjoint(known.programs)

    def _repair(self, one: Sighting, known: Client) -> Repair | None:
        if one.path == known.project_file(self._scene.machine):
            # Whoever shares the project would get this machine's paths: a person decides that.
            return None
        file = read_config(self._scene.machine, known, one.path)
        if one.kind == "byte order mark":
            return without_mark(self._scene, file)
        profile = self._profile(one)
        if one.kind not in _BY_CONNECT or profile is None:
            return None
        return self._of_file(file, (one.path, profile))

    def _of_file(self, file: ConfigFile, place: tuple[str, str]) -> Repair | None:
        if place not in self._repairs:
            servers = self._servers.get(place, [])
            self._repairs[place] = registering(
                self._scene, file, place[1], servers, self._temporary
            )
        return self._repairs[place]

    def _profile(self, one: Sighting) -> str | None:
        """The profile that a server was registered into; for a new one that in force."""
        rows = self._registry.entries
        known = (row.profile for row in rows if (row.path, row.name) == (one.path, one.name))
        try:
            return next(known, None) or read_choice(self._scene.places, self._scene.key).profile
        except ProfileFault:
            # What is wrong with the choice is told by others.
            return None


def _id(one: Sighting) -> str:
    twice = one.kind == "broken" and any(said in one.what for said in _TWICE)
    kind = "duplicate" if twice else one.kind
    return ".".join(filter(None, ("clients", one.client, kind.replace(" ", "_"), one.name)))


def _unique(id_: str, seen: set[str]) -> str:
    """An entry may be in two files, and each has a finding of its own."""
    numbered = (id_, *(f"{id_}.{number}" for number in range(2, 1000)))
    free = next(one for one in numbered if one not in seen)
    seen.add(free)
    return free
