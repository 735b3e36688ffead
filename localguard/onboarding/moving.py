"""Which secrets of a client's entries go to the vault, under which names. Writes nothing.

A name says whose secret it is (`github-token`). A value that the vault has already keeps its name
there; another value under a name that is taken gets a name of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from localguard.clients.entry import Wrapped
from localguard.clients.plaintext import Place, Plain, address_tells, found_in, word_of
from localguard.policy.profile import Profile
from localguard.vault.bindings import REFERENCE

_MOST: Final = 90


class Known(Protocol):
    """The secrets that are in the vault. Both raise VaultFault."""

    def has(self, name: str) -> bool:
        """Whether there is a secret by this name."""
        ...

    def holds(self, name: str, value: str) -> bool:
        """Whether a secret has this value."""
        ...


@dataclass(frozen=True, slots=True)
class Moved:
    """One secret of a server's: its name in the vault, and where it stood. `fresh`: it is new."""

    name: str
    server: str
    place: Place
    called: str
    fresh: bool
    value: str = field(repr=False)

    @property
    def told(self) -> str:
        """Where it stood, for a person."""
        return "Authorization" if self.place == "token" else f"{self.place} {self.called}"


class Names:
    """Names for secrets, one for each value of a place."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._taken: dict[str, str] = {}

    def of(self, base: str, value: str) -> tuple[str, bool]:
        """The name of a value, and whether the vault does not have it yet. Raises VaultFault."""
        name = next(one for one in _numbered(base) if self._fits(one, value))
        self._taken[name] = value
        return name, not self._known.has(name)

    def _fits(self, name: str, value: str) -> bool:
        if name in self._taken:
            return self._taken[name] == value
        return not self._known.has(name) or self._known.holds(name, value)


class Moves:
    """The secrets of all entries that were asked about. Implements `planning.Moving`."""

    def __init__(self, known: Known) -> None:
        self.moved: list[Moved] = []
        self.staying: list[str] = []
        self._names = Names(known)

    def __call__(self, server: str, taken: Wrapped) -> Wrapped:
        """The entry with references in place of secrets. Raises VaultFault."""
        if address_tells(taken):
            self.staying.append(server)
        for plain in found_in(taken):
            taken = _with(taken, plain, self._name(server, plain))
        return taken

    @property
    def fresh(self) -> tuple[Moved, ...]:
        """Each that the vault does not have yet, once."""
        return tuple({one.name: one for one in self.moved if one.fresh}.values())

    @property
    def hidden(self) -> tuple[str, ...]:
        """What must not be shown."""
        return tuple(dict.fromkeys(one.value for one in self.moved))

    def _name(self, server: str, plain: Plain) -> str:
        name, fresh = self._names.of(_base(server, plain.called), plain.value)
        self.moved.append(Moved(name, server, plain.place, plain.called, fresh, plain.value))
        return name


class Staying:
    """The secrets of entries that go into a file of a profile as they are, for a person."""

    def __init__(self, file: str) -> None:
        self.lines: list[str] = []
        self._file = file

    def __call__(self, server: str, taken: Wrapped) -> Wrapped:
        """The entry as it is."""
        self.lines += [_stands(server, plain, self._file) for plain in found_in(taken)]
        return taken


def standing(profile: Profile) -> Iterator[str]:
    """The secrets that stand in a profile itself, for a person: `connect` leaves them as they are.

    None of these has an entry of a client's any more that init could take it from.
    """
    for table in profile.servers.values():
        taken = Wrapped(table.command or (), table.env, None, table.url, table.headers)
        for plain in found_in(taken):
            yield _stands(table.name, plain, table.origin.file)


def _stands(server: str, plain: Plain, file: str) -> str:
    return f"{server}: {plain.place} {plain.called}, in plain text in {file}"


def _base(server: str, called: str) -> str:
    owner, what = word_of(server), word_of(called)
    return what[:_MOST] if what.startswith(f"{owner}-") else f"{owner}-{what}"[:_MOST]


def _numbered(base: str) -> Iterator[str]:
    yield base
    yield from (f"{base}-{number}" for number in range(2, 10_000))


def _with(taken: Wrapped, plain: Plain, name: str) -> Wrapped:
    """The entry with one secret by its name."""
    if isinstance(plain.at, int):
        words = list(taken.command)
        words[plain.at] = f"{plain.before}{REFERENCE}{name}"
        return replace(taken, command=tuple(words))
    if plain.place == "variable":
        return replace(taken, env={**taken.env, plain.at: REFERENCE + name})
    if plain.place == "header":
        return replace(taken, headers={**taken.headers, plain.at: REFERENCE + name})
    headers = {key: value for key, value in taken.headers.items() if key != plain.at}
    return replace(taken, headers=headers, auth=name)
