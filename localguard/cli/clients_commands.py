"""`clients`, `connect` and `disconnect`, read by Click."""

from typing import Literal

import click

from localguard.cli.options import standard_output, with_json
from localguard.config.paths import places
from localguard.errors import UsageFault

_SERVERS = click.option("--server", "servers", metavar="N", multiple=True, help="Only this one.")
_ALL = click.option("--all", "every", is_flag=True, help="Every client that is here.")
_YES = click.option("--yes", is_flag=True, help="Do not ask; who may is looked at all the same.")
_DRY = click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")


@click.command()
@with_json
def clients(as_json: bool) -> int:
    """The clients on this machine, and what each of them starts.

    Exits with 1 where an entry has vanished, was unwrapped, or goes around
    the guard.
    """
    from localguard.cli.choosing import key_of
    from localguard.cli.clients import clients as tell
    from localguard.cli.clients import this_machine
    from localguard.clients.registry import read_registry
    from localguard.clients.watch import defined_in

    where = places()
    registry = read_registry(where, key_of(where))
    defined, out = defined_in(where), standard_output()
    return tell(this_machine(where), registry, defined, as_json=as_json, out=out)


@click.command()
@click.argument("names", metavar="[CLIENT]...", nargs=-1)
@_ALL
@_SERVERS
@click.option(
    "--scope", type=click.Choice(("user", "project")), default="user", help="Whose file it is."
)
@click.option("--add", is_flag=True, help="Add the profile's servers, and take over none.")
@click.option("--wrap", is_flag=True, help="Take over the client's servers; the default.")
@click.option("--profile", "in_profile", metavar="P", help="Write them into this profile.")
@click.option("--program", metavar="PATH", help="The localguard that clients start.")
@_DRY
@click.option("--print", "by_hand", is_flag=True, help="Print what to write by hand.")
@_YES
def connect(
    names: tuple[str, ...],
    *,
    every: bool,
    servers: tuple[str, ...],
    scope: Literal["user", "project"],
    add: bool,
    wrap: bool,
    in_profile: str | None,
    program: str | None,
    dry_run: bool,
    by_hand: bool,
    yes: bool,
) -> int:
    """Have a guard in front of the servers of a client.

    Each server of the client stays under its name and is started by
    localguard; its real command goes into the profile, to NAME.servers.toml.
    All that changes is shown first. localguard disconnect takes it back.
    """
    from localguard.cli.choosing import person_of
    from localguard.cli.clients import this_machine
    from localguard.cli.connect import How, notes
    from localguard.cli.connect import connect as register
    from localguard.cli.registering import originals_of, program_here, wanted_here
    from localguard.cli.secret_vault import vault_of
    from localguard.clients.running import names as names_running

    _require_named(names, every)
    if add and wrap:
        raise UsageFault("--add and --wrap are two ways", fix="give one of them")
    where = places()
    person = person_of(where)
    found = program_here(program)
    notes(found.notes)
    out = standard_output()
    originals = originals_of(where, vault_of(where))
    wanted = wanted_here(where, person.key, found, servers, originals, profile=in_profile, add=add)
    only = "dry-run" if dry_run else "print" if by_hand else ""
    how = How(names, scope, only, yes)
    return register(
        where,
        this_machine(where),
        person,
        wanted,
        how,
        originals=originals,
        running=names_running,
        out=out,
    )


@click.command()
@click.argument("names", metavar="[CLIENT]...", nargs=-1)
@_ALL
@_SERVERS
@_DRY
@_YES
def disconnect(
    names: tuple[str, ...], *, every: bool, servers: tuple[str, ...], dry_run: bool, yes: bool
) -> int:
    """Give a client back what it started before connect.

    To the byte where its file has not changed since; else only the entries
    that start localguard go back. Answers are taken from a terminal of yours.
    """
    from localguard.cli.choosing import person_of
    from localguard.cli.clients import this_machine
    from localguard.cli.connect import How
    from localguard.cli.disconnect import disconnect as take_back
    from localguard.cli.secret_vault import vault_of
    from localguard.clients.originals import VaultOriginals
    from localguard.clients.registry import clients_folder

    _require_named(names, every)
    where = places()
    how = How(names, "user", "dry-run" if dry_run else "", yes)
    originals = VaultOriginals(vault_of(where), clients_folder(where))
    out = standard_output()
    return take_back(
        where, this_machine(where), person_of(where), servers, how, originals=originals, out=out
    )


def _require_named(names: tuple[str, ...], every: bool) -> None:
    if bool(names) == every:
        what = "name a client, or give --all" if not names else "a client is named beside --all"
        raise UsageFault(what, fix="take a name from: localguard clients")
