"""`localguard learn` and `localguard unused`, read by Click."""

import click

from localguard.cli.options import standard_output, with_json
from localguard.config.paths import places

_PROFILE = click.option(
    "--profile", "in_profile", metavar="P", help="For this profile, not for the active one."
)


@click.command()
@_PROFILE
@click.option("--since", metavar="AGE", help="Only from the calls of the last 10m, 2h or 3d.")
@click.option("--dry-run", is_flag=True, help="Only show what could be asked.")
@with_json
def learn(in_profile: str | None, since: str | None, *, dry_run: bool, as_json: bool) -> int:
    """Make rules of what you have allowed, one question at a time.

    Each rule is shown as it would be written, the narrowest first, with how
    many of your calls it fits. Nothing is saved until you have seen the
    difference. Taken from a terminal of yours only.
    """
    from datetime import datetime

    from localguard.audit.recalled import recalled
    from localguard.cli.choosing import person_of
    from localguard.cli.learn import Desk, typed_line
    from localguard.cli.learn import learn as ask
    from localguard.telling.known import pinned

    where = places()
    desk = Desk(standard_output(), typed_line, datetime.now().astimezone())
    return ask(
        where,
        in_profile,
        person_of(where),
        desk,
        source=pinned,
        recalled=recalled,
        since=since,
        dry_run=dry_run,
        as_json=as_json,
    )


@click.command()
@_PROFILE
@click.option(
    "--days",
    metavar="N",
    type=click.IntRange(min=1, max=3650),
    default=30,
    show_default=True,
    help="By the calls of so many days.",
)
@with_json
def unused(in_profile: str | None, days: int, *, as_json: bool) -> int:
    """Allow rules and remembered answers that no call has needed.

    Each with its file and line, and how to remove it.
    """
    from datetime import datetime

    from localguard.audit.recalled import recalled
    from localguard.cli.unused import unused as tell

    now = datetime.now().astimezone()
    out = standard_output()
    return tell(places(), in_profile, recalled, days=days, now=now, as_json=as_json, out=out)
