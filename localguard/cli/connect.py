"""`localguard connect`: a client's servers are started by guards from now on, once a person agrees.

First all that would change is shown; nothing that could be a secret is. What is written is what was
shown: a file that has changed meanwhile is left as it is.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from localguard.cli.choosing import Act, Person, print_refusal
from localguard.cli.exits import Exit
from localguard.cli.output import print_lines
from localguard.clients.connecting import make
from localguard.clients.edit import Plan, Stale
from localguard.clients.found import ConfigFile, Scope, find_one
from localguard.clients.originals import Originals
from localguard.clients.planning import Connection, Wanted, planned
from localguard.clients.table import Client, Machine, client, table
from localguard.clients.toml_words import toml_key, toml_value
from localguard.config.choice import is_first
from localguard.config.faults import did_you_mean
from localguard.config.paths import Places
from localguard.errors import UsageFault
from localguard.redaction.redactor import Redactor
from localguard.redaction.registered import Secrets
from localguard.telling.connections import (
    connection_lines,
    diff_lines,
    first_lines,
    restart_lines,
)


@dataclass(frozen=True, slots=True)
class How:
    """Which clients (none named: all that are here), which of their files, and what is done.

    `only` is `dry-run` to show the change, or `print` to show what to write by hand.
    """

    clients: tuple[str, ...] = ()
    scope: Scope = "user"
    only: str = ""
    yes: bool = False


def connect(
    places: Places,
    machine: Machine,
    person: Person,
    wanted: Wanted,
    how: How,
    *,
    originals: Originals,
    running: Callable[[], frozenset[str]],
    out: TextIO,
    err: TextIO | None = None,
) -> Exit:
    """Show what would change, ask, and do it. `running` has the names of programs that run.

    Raises UsageFault, ProfileFault and AuditFault.
    """
    chosen = clients_named(machine, how.clients)
    files = [one for each in chosen for one in find_one(machine, each, how.scope).files]
    connection = planned(places, wanted, files)
    _require_known(connection, wanted, files)
    print_lines(out, connection_lines(connection))
    broken = Exit.INVALID if connection.broken else Exit.OK
    if how.only == "print":
        _print_whole(out, _by_hand(connection))
        return broken
    if not connection.plans:
        print_lines(out, ["Nothing is to be changed."])
        return broken
    show(out, connection.plans, connection.hidden)
    if how.only:
        print_lines(out, ["Nothing was changed."])
        return broken
    names = ", ".join(dict.fromkeys(one.file.client.title for one in connection.taken))
    print_lines(out, first_lines(connection, running()))
    why = None if is_first(places) else person.refused()
    if why is not None:
        return print_refusal(f"{names} is not changed", why, as_json=False, out=out, err=err)
    if not (how.yes or person.ask(f"Change {counted(connection.plans)}?")):
        print_lines(out, ["Nothing was changed."])
        return Exit.DENIED
    Act(person, "connected", names).must()
    stale = make(places, connection, person.key, originals, datetime.now().astimezone())
    print_lines(out, _done(connection, stale))
    return Exit.FAILURE if stale else broken


def clients_named(
    machine: Machine, names: Sequence[str], example: str = "localguard connect CLIENT"
) -> list[Client]:
    """The clients of some names, or all that are here. Raises UsageFault.

    `example` is the command that names one.
    """
    require_clients(names)
    if names:
        return [one for name in dict.fromkeys(names) if (one := client(name)) is not None]
    found = [one for one in table() if one.is_installed(machine)]
    if not found:
        what = "no client that localguard knows is on this machine"
        raise UsageFault(what, fix=f"name one: {example}")
    return found


def require_clients(names: Iterable[str]) -> None:
    """Raise UsageFault for a name that no client has."""
    known = [one.name for one in table()]
    for name in names:
        if name not in known:
            raise UsageFault(f'no client is called "{name}"', fix=did_you_mean(name, known))


def show(out: TextIO, plans: Iterable[Plan], hidden: Sequence[str] = ()) -> None:
    """Print changes line by line."""
    for plan in plans:
        print_lines(out, diff_lines(plan, hidden))


def counted(plans: Sequence[object]) -> str:
    """How many files."""
    return "this file" if len(plans) == 1 else f"these {len(plans)} files"


def stale_lines(stale: Iterable[Stale]) -> Iterator[str]:
    """What was not done."""
    for one in stale:
        yield one.explain()


def _require_known(connection: Connection, wanted: Wanted, files: Sequence[ConfigFile]) -> None:
    """Raise UsageFault for a server that neither a client nor the profile has."""
    names = {entry.name for file in files for entry in file.entries}
    names |= {one.name for one in connection.taken} | {one.server for one in connection.taken}
    unknown = [one for one in wanted.servers if one not in names]
    if unknown and not connection.broken:
        what = f'neither the client nor the profile {wanted.profile} has a server "{unknown[0]}"'
        raise UsageFault(what, fix=did_you_mean(unknown[0], names or {"localguard clients"}))


def _by_hand(connection: Connection) -> Iterator[str]:
    """What to write, where localguard is not to write it."""
    if connection.definitions.changes:
        yield f"{connection.definitions.path}, each *** being the value that the client has:"
        lines = connection.definitions.diff(connection.hidden)
        yield from (line[1:] for line in lines if line.startswith("+") and line[:3] != "+++")
    for one in connection.taken:
        yield f"{one.file.path}, {'.'.join(one.key)}:"
        if one.file.client.format == "toml":
            yield f"[{'.'.join(map(toml_key, (*one.key, one.name)))}]"
            yield from (f"{toml_key(key)} = {toml_value(two)}" for key, two in one.value.items())
        else:
            # YAML takes JSON.
            yield from json.dumps({one.name: one.value}, indent=2)[2:-2].splitlines()


def _print_whole(out: TextIO, lines: Iterable[str]) -> None:
    """Lines that are to be copied, and must not lose their middle."""
    redactor = Redactor(frozenset({"secret"}), Secrets())
    for line in (redactor.text(one)[0] for one in lines):
        print(line.encode(out.encoding or "utf-8", "backslashreplace").decode(), file=out)


def _done(connection: Connection, stale: Sequence[Stale]) -> Iterator[str]:
    yield from restart_lines(connection, stale)
    missed = {one.path for one in stale}
    if any(one.file.path not in missed for one in connection.taken):
        yield "The way back: localguard disconnect CLIENT"


def notes(lines: Iterable[str], err: TextIO | None = None) -> None:
    """What is worth a second look."""
    for line in lines:
        print(f"localguard: note: {line}", file=err or sys.stderr)
