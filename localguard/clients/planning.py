"""What is to be done so that a client's servers are started by guards, worked out to be looked at.

Each server of a client is taken over under its name, or one of the profile's is added. Writes
nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from localguard.clients import definitions
from localguard.clients.change import Put, Wish, changed
from localguard.clients.edit import Plan, plan, text_of
from localguard.clients.editors import at_path, editor
from localguard.clients.entry import Ours, Program, Unfit, Wrapped, read
from localguard.clients.found import ConfigFile, Entry
from localguard.clients.our_entry import altered, hidden_texts, steady, written
from localguard.clients.registry import Registered, Registry
from localguard.config.load import Document
from localguard.config.paths import Places
from localguard.policy.profile import Profile

Moving = Callable[[str, Wrapped], Wrapped]
"""Given the name of a server: the same with its secrets moved to the vault. What `init` does."""


def unmoved(_: str, taken: Wrapped) -> Wrapped:
    """Secrets stay as they are: what `connect` does by itself."""
    return taken


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be registered: into which profile, as which program, with which PATH.

    `servers` are the only ones, if any are named; with `add` those of the profile that a client
    has not are added, and none of its own are taken over. What `registry` says of a named one that
    has vanished from a file is put back there, as `original` says that it was written. `draft` is
    the profile where it is not written yet, and `also` has servers that it gets besides.
    """

    profile: str
    program: Program
    path: str = ""
    servers: tuple[str, ...] = ()
    add: bool = False
    moving: Moving = unmoved
    registry: Registry = field(default_factory=Registry)
    original: Callable[[str], bytes] | None = None
    draft: Document | None = None
    also: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Taken:
    """One entry that will start a guard. `written` is how it was written, None where it is new."""

    file: ConfigFile
    key: tuple[str, ...]
    name: str
    server: str
    value: Mapping[str, object]
    written: str | None = field(default=None, repr=False)
    hidden: tuple[str, ...] = field(default=(), repr=False)
    renewed: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """One entry that stays as it is."""

    file: ConfigFile
    entry: Entry
    unfit: Unfit


@dataclass(frozen=True, slots=True)
class Connection:
    """All that is to be done. `definitions` is the change of the profile's file of servers."""

    profile: str
    program: Program
    taken: tuple[Taken, ...]
    left: tuple[Left, ...]
    broken: tuple[ConfigFile, ...]
    files: tuple[Plan, ...]
    definitions: Plan

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The changes of files that there are, that of the profile first."""
        return tuple(one for one in (self.definitions, *self.files) if one.changes)

    @property
    def hidden(self) -> tuple[str, ...]:
        """What must not be shown of them: values that may be secrets."""
        taken = chain.from_iterable(one.hidden for one in self.taken)
        # What stands beside a change is shown with it.
        beside = (
            hidden_texts(file.client, entry.value)
            for file in {one.file.path: one.file for one in self.taken}.values()
            for entry in file.entries
        )
        return tuple(dict.fromkeys((*taken, *chain.from_iterable(beside))))


def planned(places: Places, wanted: Wanted, files: Sequence[ConfigFile]) -> Connection:
    """Work out what is to be done to some files, and write nothing. Raises ProfileFault.

    A file that cannot be read is left alone, and told of.
    """
    profile = definitions.profile_with(places, wanted.profile, wanted.draft)
    planning = _Planning(wanted, profile)
    sound = [file for file in files if file.fault is None]
    taken = [one for file in sound for one in planning.of(file)]
    return Connection(
        wanted.profile,
        wanted.program,
        tuple(taken),
        tuple(planning.left),
        tuple(file for file in files if file.fault is not None),
        tuple(_plan(file, [one for one in taken if one.file is file]) for file in sound),
        definitions.planned(places, wanted.profile, planning.tables, wanted.draft),
    )


class _Planning:
    """Names for servers, one for each that differs, while entries are gone through."""

    def __init__(self, wanted: Wanted, profile: Profile) -> None:
        self.tables: dict[str, Mapping[str, object]] = dict(wanted.also)
        self.left: list[Left] = []
        self._wanted = wanted
        self._profile = profile

    def of(self, file: ConfigFile) -> Iterator[Taken]:
        """The entries of a file that are to start guards."""
        named = self._wanted.servers
        wrapped = set[str]()
        for entry in () if self._wanted.add else file.entries:
            if named and entry.name not in named:
                continue
            wrapped.add(entry.name)
            if isinstance(entry.starts, Unfit):
                self.left.append(Left(file, entry, entry.starts))
            elif isinstance(entry.starts, Wrapped):
                yield self._wrap(file, entry, entry.starts)
            else:
                yield from self._renewed(file, entry, entry.starts)
        yield from self._added(file, wrapped)

    def _wrap(self, file: ConfigFile, entry: Entry, starts: Wrapped) -> Taken:
        base = definitions.server_name(entry.name)
        moved = self._wanted.moving(base, starts)
        table = definitions.definition(moved, self._wanted.path)
        server = next(one for one in _names(base, file.client.name) if self._fits(one, table))
        if server not in self._profile.servers:
            self.tables[server] = table
        value = written(file.client, self._wanted.program, server, entry.value, starts)
        return self._taken(file, entry, server, value, hidden_texts(file.client, entry.value))

    def _renewed(self, file: ConfigFile, entry: Entry, starts: Ours) -> Iterator[Taken]:
        """An entry that starts another localguard than this one, or otherwise than registered."""
        client, program = file.client, self._wanted.program
        row = self._wanted.registry.find(file.path, entry.key, entry.name)
        server = starts.server if row is None else row.server
        if altered(client, entry.value, starts, server, program.argv):
            kept = Wrapped(kept=steady(client, entry.value))
            value = written(client, program, server, entry.value, kept)
            yield replace(self._taken(file, entry, server, value, ()), renewed=True)

    def _taken(
        self,
        file: ConfigFile,
        entry: Entry,
        server: str,
        value: Mapping[str, object],
        hidden: tuple[str, ...],
    ) -> Taken:
        text = text_of(file.path, file.raw)
        before = editor(file.client.format).taken(text, entry.key, entry.name)
        return Taken(file, entry.key, entry.name, server, value, before, hidden)

    def _added(self, file: ConfigFile, there: set[str]) -> Iterator[Taken]:
        """The profile's own servers that were asked for and that the client does not have."""
        yield from (lost := tuple(self._lost(file)))
        there = there | {one.name for one in lost} | {one.server for one in lost}
        asked = self._wanted.servers or (tuple(self._profile.servers) if self._wanted.add else ())
        guarded = {one.starts.server for one in file.entries if isinstance(one.starts, Ours)}
        names = {one.name for one in file.entries} | there | guarded
        for name in asked:
            if name in names or name not in self._profile.servers:
                continue
            fits = file.client.names is None or file.client.names.fullmatch(name)
            value = written(file.client, self._wanted.program, name)
            entry = name if fits else name.replace(".", "-")
            yield Taken(file, file.client.keys[0], entry, name, value)

    def _lost(self, file: ConfigFile) -> Iterator[Taken]:
        """The entries that were asked for, and that stood in the file once."""
        there = {(one.key, one.name) for one in file.entries}
        for row in self._wanted.registry.entries:
            named = {row.name, row.server}.intersection(self._wanted.servers)
            if row.path == file.path and named and (row.key, row.name) not in there:
                old = self._original(file, row)
                starts = read(file.client, old, "")
                taken = starts if isinstance(starts, Wrapped) else None
                value = written(file.client, self._wanted.program, row.server, old, taken)
                yield Taken(file, row.key, row.name, row.server, value, renewed=True)

    def _original(self, file: ConfigFile, row: Registered) -> object:
        """What an entry was before it started a guard; None where it was added, or nobody knows."""
        if row.original is None or self._wanted.original is None:
            return None
        of, text = editor(file.client.format), self._wanted.original(row.original).decode()
        alone = of.restore("", row.key, row.name, text)
        return at_path(of.read(alone), (*row.key, row.name))

    def _fits(self, name: str, table: Mapping[str, object]) -> bool:
        known = self._profile.servers.get(name)
        if known is not None:
            return definitions.says_same(table, known)
        return self.tables.get(name, table) == table


def _names(base: str, client: str) -> Iterator[str]:
    yield from (base, f"{base}-{client}")
    yield from (f"{base}-{client}-{number}" for number in range(2, 10_000))


def _plan(file: ConfigFile, taken: Sequence[Taken]) -> Plan:
    wishes: list[Wish] = [Put(one.key, one.name, one.value) for one in taken]
    if not wishes:
        return plan(file.path, file.raw, file.raw)
    text = text_of(file.path, file.raw)
    keeps = file.client.keeps_bom
    after = changed(file.path, file.client.format, text, wishes, keeps_bom=keeps)
    return plan(file.path, file.raw, after.encode())
