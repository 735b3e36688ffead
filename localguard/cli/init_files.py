"""Which files of which clients `init` looks at."""

from collections.abc import Sequence
from dataclasses import dataclass

from localguard.cli.connect import clients_named
from localguard.clients.found import ConfigFile, Scope, find_one
from localguard.clients.table import Machine, table


@dataclass(frozen=True, slots=True)
class Files:
    """Those that are meant, and those of the project, which are only told of."""

    meant: tuple[ConfigFile, ...]
    project: tuple[ConfigFile, ...]


def files_of(machine: Machine, names: Sequence[str], scope: Scope) -> Files:
    """The files of some clients, or of all that are here. Raises UsageFault."""
    example = f"localguard init --client NAME ({', '.join(one.name for one in table())})"
    every = [
        file
        for one in clients_named(machine, names, example)
        for file in find_one(machine, one).files
    ]
    meant = tuple(one for one in every if one.scope == scope)
    others = [one for one in every if one.scope == "project" and one.entries]
    return Files(meant, () if scope == "project" else tuple(others))
