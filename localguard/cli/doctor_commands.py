"""`doctor`, read by Click."""

import os
import sys

import click

from localguard.cli.options import colored, standard_output, with_json
from localguard.config.paths import places
from localguard.errors import UsageFault


@click.command()
@click.option("--client", "clients", metavar="C", multiple=True, help="Of clients only this one.")
@click.option("--fix", is_flag=True, help="Mend what can be taken back, once you have seen how.")
@click.option("--yes", is_flag=True, help="Do not ask; who may is looked at all the same.")
@click.option("--bundle", metavar="FILE", help="Write a report to send, without secrets (.zip).")
@click.option("--strict", is_flag=True, help="Exit with 1 for a warning too.")
@click.option("-v", "--verbose", is_flag=True, help="What was looked at, and how long it took.")
@with_json
def doctor(
    clients: tuple[str, ...],
    *,
    fix: bool,
    yes: bool,
    bundle: str | None,
    strict: bool,
    verbose: bool,
    as_json: bool,
) -> int:
    """What is wrong on this machine, and what to do about it.

    Looks at the installation, the clients, localguard's own folders, the
    keyring, sign-ins, servers, the policy, this terminal and the log, and
    changes nothing. Exits with 1 where a check fails.
    """
    from datetime import datetime

    from localguard.cli.choosing import key_of, person_of
    from localguard.cli.clients import this_machine
    from localguard.cli.doctor import How
    from localguard.cli.doctor import doctor as visit
    from localguard.cli.doctor_text import look_of
    from localguard.cli.secret_vault import vault_of
    from localguard.doctor.check import Scene

    where, out = places(), standard_output()
    scene = Scene(
        where,
        this_machine(where),
        key_of(where),
        _program(),
        vault_of(where),
        lambda: datetime.now().astimezone(),
    )
    how = How(
        clients=clients,
        fix=fix,
        yes=yes,
        as_json=as_json,
        bundle=bundle,
        strict=strict,
        look=look_of(out, color=colored(out.isatty()), verbose=verbose),
        progress=sys.stderr.isatty(),
    )
    return visit(scene, person_of(where), how, out=out)


def _program() -> tuple[str, ...]:
    """What has been started here, wherever it lies."""
    from localguard.clients.program import find_program

    try:
        found = find_program(sys.argv[0], os.environ.get("PATH", ""), {}, chosen=sys.argv[0])
    except UsageFault:
        return (sys.argv[0],)
    return found.program.argv
