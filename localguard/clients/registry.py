"""What was registered with which client, and how to take exactly that back: state/clients.json.

Sealed like all that only a person may change, so that no program can have `disconnect` write a text
of its own into a client's file. What stood there before is elsewhere (`originals`).
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Final, TypeVar

from localguard import seals
from localguard.clients.edit import locked, read_bytes
from localguard.config.choice import Key
from localguard.config.faults import FileFault, shell_word
from localguard.config.links import REGISTRY
from localguard.config.paths import Places
from localguard.config.replace import replace_text

T = TypeVar("T")
_PURPOSE: Final = "clients"
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Registered:
    """One entry of a client's file that starts a guard.

    `original` refers to how it was written before; None where it was added. `at` is when.
    """

    client: str
    path: str
    key: tuple[str, ...]
    name: str
    server: str
    profile: str
    program: tuple[str, ...]
    original: str | None
    at: str

    @property
    def place(self) -> tuple[object, ...]:
        """Where it stands."""
        return self.path, self.key, self.name


@dataclass(frozen=True, slots=True)
class Way:
    """One change of a file by its bytes: at `start` it took what `took` refers to and put `put`.

    `before` and `after` are digests (SHA-256 in hex), empty where there was no file.
    """

    path: str
    before: str
    after: str
    start: int
    put: int
    took: str


@dataclass(frozen=True, slots=True)
class Registry:
    """All of it, the oldest first."""

    entries: tuple[Registered, ...] = ()
    ways: tuple[Way, ...] = ()

    def of(self, client: str) -> tuple[Registered, ...]:
        """The entries of a client."""
        return tuple(one for one in self.entries if one.client == client)

    def find(self, path: str, key: Sequence[str], name: str) -> Registered | None:
        """The entry at a place."""
        place = (path, tuple(key), name)
        return next((one for one in self.entries if one.place == place), None)

    def with_entries(self, fresh: Sequence[Registered], way: Way | None) -> "Registry":
        """With some entries in place of those at the same places, and one more way back."""
        places = {one.place for one in fresh}
        kept = tuple(one for one in self.entries if one.place not in places)
        ways = self.ways if way is None else (*self.ways, way)
        return Registry((*kept, *fresh), ways)

    def without(self, gone: Sequence[Registered], ways: Sequence[Way]) -> "Registry":
        """Without some entries and ways; a file with no entry left needs no way back."""
        entries = tuple(one for one in self.entries if one not in gone)
        paths = {one.path for one in entries}
        left = (one for one in self.ways if one not in ways and one.path in paths)
        return Registry(entries, tuple(left))

    @property
    def references(self) -> frozenset[str]:
        """The originals that something refers to."""
        found = (one.original for one in self.entries)
        return frozenset({*(one for one in found if one), *(one.took for one in self.ways)})


def registry_path(places: Places) -> str:
    """The file."""
    return os.path.join(places.state, REGISTRY)


def clients_folder(places: Places) -> str:
    """The folder of what else is kept: originals, backups and locks."""
    return os.path.join(places.state, "clients")


def read_registry(places: Places, key: Key | None) -> Registry:
    """What is registered. Without a `key` the seal is not looked at. Raises ProfileFault."""
    raw = read_bytes(registry_path(places))
    if raw is None:
        return Registry()
    try:
        values = json.loads(raw)
        mark = values.pop("seal")
        found = _registry(values)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _broken(places) from error
    if key is not None and not seals.holds(key(), _PURPOSE, _text(found), str(mark)):
        raise _broken(places)
    return found


@contextmanager
def registering(places: Places, key: Key) -> Iterator[Callable[[Registry], None]]:
    """Be the only one who registers; what is given writes. Raises ProfileFault."""

    def write(registry: Registry) -> None:
        text = _text(registry)
        sealed = {**json.loads(text), "seal": seals.seal(key(), _PURPOSE, text)}
        replace_text(registry_path(places), json.dumps(sealed, indent=1) + "\n")

    try:
        with locked(registry_path(places), clients_folder(places)):
            yield write
    except OSError as error:
        what = f"it cannot be locked ({error.strerror})"
        raise FileFault(what, where=clients_folder(places), fix="free the disk") from error


def _text(registry: Registry) -> str:
    values = {"version": _VERSION, **asdict(registry)}
    return json.dumps(values, sort_keys=True, separators=(",", ":"))


def _registry(values: Mapping[str, object]) -> Registry:
    if values.get("version") != _VERSION:
        raise ValueError("another version")
    entries, ways = values["entries"], values["ways"]
    if not isinstance(entries, list) or not isinstance(ways, list):
        raise TypeError("no lists")
    return Registry(
        tuple(
            Registered(**{**one, "key": tuple(one["key"]), "program": tuple(one["program"])})
            for one in entries
        ),
        tuple(Way(**one) for one in ways),
    )


def _broken(places: Places) -> FileFault:
    path = registry_path(places)
    what = "it is not as localguard wrote it, so it says nothing of what was registered"
    fix = f"take your entries from {clients_folder(places)}/*.bak, then rm {shell_word(path)}"
    return FileFault(what, where=path, fix=fix)
