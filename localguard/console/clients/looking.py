"""Looks at clients' files again when one of them is another one than before. Blocks; no thread."""

from collections.abc import Mapping, Sequence
from typing import Final

from localguard.clients.registry import Registry, read_registry, registry_path
from localguard.clients.table import Machine, client
from localguard.clients.watch import Kind, Sighting, defined_in, look
from localguard.config.choice import Key
from localguard.config.paths import Places
from localguard.console.clients.ports import Seen
from localguard.console.clients.stamps import Stamp, stamps, watched
from localguard.errors import LocalguardError

_GRAVEST: Final[tuple[Kind, ...]] = ("altered", "unwrapped", "bypass", "vanished")
"""What lets calls pass that nobody judges, before what only fails."""


class Looking:
    """What is not as `connect` left it. `seen` is None before the first look."""

    def __init__(self, places: Places, machine: Machine, key: Key) -> None:
        self.seen: Sequence[Seen] | None = None
        self._places = places
        self._machine = machine
        self._key = key
        self._registry = Registry()
        self._stamps: Mapping[str, Stamp] = {}

    def if_changed(self) -> None:
        """Look, unless every file has the mark that it had at the last look."""
        if self.seen is None or self._marks() != self._stamps:
            self.now()

    def now(self) -> None:
        """Look. Marks are taken before what they mark is read: a change meanwhile is seen later."""
        before = stamps((registry_path(self._places),))
        try:
            self._registry = read_registry(self._places, self._key)
            self._stamps = {**self._marks(), **before}
            defined = defined_in(self._places)
            sighted = sorted(look(self._machine, self._registry, defined), key=_gravity)
            found = [_seen(one) for one in sighted]
        except LocalguardError as fault:
            self._registry, self._stamps = Registry(), before
            found = [self._unreadable(fault)]
        self.seen = tuple(found)

    def _marks(self) -> Mapping[str, Stamp]:
        return stamps(watched(self._machine, self._places, self._registry))

    def _unreadable(self, fault: LocalguardError) -> Seen:
        path = registry_path(self._places)
        return Seen("broken", "", "localguard", path, "", fault.explain(), fault.fix, mends=False)


def _gravity(one: Sighting) -> int:
    return _GRAVEST.index(one.kind) if one.kind in _GRAVEST else len(_GRAVEST)


def _seen(one: Sighting) -> Seen:
    known = client(one.client)
    return Seen(
        one.kind,
        one.client,
        one.client if known is None else known.title,
        one.path,
        one.name,
        one.what,
        one.fix,
        mends=bool(one.command),
    )
