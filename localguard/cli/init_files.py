"""Which files of which clients `init` looks at."""

from collections.abc import Sequence
from dataclasses import dataclass

from localguard.clients.found import ConfigFile, Scope, find_one
from localguard.clients.table import Client, Machine, client, table
from localguard.config.faults import did_you_mean
from localguard.errors import UsageFault


@dataclass(frozen=True, slots=True)
class Files:
    """Those that are meant, and those of the project, which are only told of."""

    meant: tuple[ConfigFile, ...]
    project: tuple[ConfigFile, ...]


def files_of(machine: Machine, names: Sequence[str], scope: Scope) -> Files:
    """The files of some clients, or of all that are here. Raises UsageFault."""
    every = [file for one in _named(machine, names) for file in find_one(machine, one).files]
    meant = tuple(one for one in every if one.scope == scope)
    others = [one for one in every if one.scope == "project" and one.entries]
    return Files(meant, () if scope == "project" else tuple(others))


def _named(machine: Machine, names: Sequence[str]) -> list[Client]:
    known = [one.name for one in table()]
    for name in names:
        if name not in known:
            raise UsageFault(f'no client is called "{name}"', fix=did_you_mean(name, known))
    if names:
        return [one for name in dict.fromkeys(names) if (one := client(name)) is not None]
    found = [one for one in table() if one.is_installed(machine)]
    if not found:
        what = "no client that localguard knows is on this machine"
        raise UsageFault(what, fix=f"name one: localguard init --client NAME ({', '.join(known)})")
    return found
