"""Which clients are on this machine, and the servers that each of them starts. Reads only."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from localguard.clients.edit import located, read_bytes, text_of
from localguard.clients.editors import at_path, editor
from localguard.clients.entry import Ours, Unfit, Wrapped, read
from localguard.clients.table import Client, Machine, table
from localguard.errors import ProfileFault

Scope = Literal["user", "project"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One server of a client: the path of keys it stands below, its name, what it starts."""

    key: tuple[str, ...]
    name: str
    value: object = field(repr=False)
    starts: Ours | Wrapped | Unfit

    @property
    def section(self) -> str:
        """What of the file it belongs to, where that is not the whole: a project of Claude Code."""
        return self.key[1] if len(self.key) == 3 else ""


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """One file of a client's. `fault` says why nothing more can be told of it.

    `raw` is None where there is none.
    """

    client: Client
    path: str
    scope: Scope
    raw: bytes | None = field(repr=False)
    entries: tuple[Entry, ...] = ()
    fault: ProfileFault | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A client, and whether it is here."""

    client: Client
    installed: bool
    files: tuple[ConfigFile, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The servers of all of its files."""
        return tuple(one for file in self.files for one in file.entries)


def find(machine: Machine) -> tuple[Found, ...]:
    """Every client of the table, in its order."""
    return tuple(find_one(machine, one) for one in table())


def find_one(machine: Machine, client: Client, scope: Scope | None = None) -> Found:
    """One client; with a `scope` only the files of it.

    Of the person's files those that are there, or the one to make where none is.
    """
    found: list[ConfigFile] = []
    if scope != "project":
        paths = client.user_files(machine)
        there = [path for path in paths if read_config(machine, client, path).raw is not None]
        chosen = there or paths[:1]
        found += [read_config(machine, client, path) for path in chosen]
    project = client.project_file(machine)
    if scope != "user" and project is not None and project not in [one.path for one in found]:
        found.append(read_config(machine, client, project, "project"))
    return Found(client, client.is_installed(machine), tuple(found))


def read_config(machine: Machine, client: Client, path: str, scope: Scope = "user") -> ConfigFile:
    """What stands in one file. Raises nothing: what is wrong with it is its `fault`."""
    raw = None
    try:
        raw = read_bytes(path)
        text = text_of(path, raw)
        try:
            values = editor(client.format).read(text)
        except ProfileFault as fault:
            raise located(path, fault) from fault
    except ProfileFault as fault:
        return ConfigFile(client, path, scope, raw if raw is not None else b"", (), fault)
    return ConfigFile(client, path, scope, raw, tuple(_entries(client, values, machine.home)))


def keys(client: Client, values: Mapping[str, object]) -> Iterator[tuple[str, ...]]:
    """The paths of keys that servers stand below in a file; those without `*` also if not there."""
    for pattern in client.keys:
        if "*" not in pattern:
            yield pattern
            continue
        at = pattern.index("*")
        below = at_path(values, pattern[:at])
        for name in below if isinstance(below, Mapping) else ():
            yield (*pattern[:at], str(name), *pattern[at + 1 :])


def _entries(client: Client, values: Mapping[str, object], home: str) -> Iterator[Entry]:
    for key in keys(client, values):
        servers = at_path(values, key)
        for name, value in servers.items() if isinstance(servers, Mapping) else ():
            starts = read(client, value, home)
            if starts is not None:
                yield Entry(key, str(name), value, starts)
