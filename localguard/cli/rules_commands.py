"""`localguard rules ...`, read by Click."""

import click

from localguard.cli.options import standard_output, with_json
from localguard.config.paths import places

_PROFILE = click.option(
    "--profile", "in_profile", metavar="P", help="Of this profile, not of the active one."
)


@click.group()
def rules() -> None:
    """List what is in force, and take lasting answers back."""


@rules.command("list")
@_PROFILE
@with_json
def list_(in_profile: str | None, as_json: bool) -> int:
    """Every rule and remembered answer, and what each has done.

    How often it matched and asked, by the last calls of the audit log, when it
    ends, and from which call it was remembered.
    """
    from datetime import datetime

    from localguard.audit.recalled import recalled
    from localguard.cli.rules import list_rules

    now = datetime.now().astimezone()
    out = standard_output()
    return list_rules(places(), in_profile, recalled, now=now, as_json=as_json, out=out)


@rules.command()
@click.argument("id_", metavar="ID")
@_PROFILE
@with_json
def remove(id_: str, in_profile: str | None, as_json: bool) -> int:
    """Remove the remembered answer or denial ID.

    FILE:LINE, as listed, will do too. A denial is removed from a terminal of yours only.
    """
    from localguard.cli.choosing import person_of
    from localguard.cli.rules import remove_rule

    where, out = places(), standard_output()
    return remove_rule(where, in_profile, id_, person_of(where), as_json=as_json, out=out)


@rules.command()
@_PROFILE
@with_json
def undo(in_profile: str | None, as_json: bool) -> int:
    """Take back what was remembered or removed last, to the byte.

    From a terminal of yours only.
    """
    from localguard.cli.choosing import person_of
    from localguard.cli.rules import undo_last

    where, out = places(), standard_output()
    return undo_last(where, in_profile, person_of(where), as_json=as_json, out=out)
