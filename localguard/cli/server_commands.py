"""`localguard server ...`, read by Click."""

import sys

import click

from localguard.cli.exits import Exit
from localguard.cli.options import standard_output, with_json
from localguard.config.paths import places

_PROFILE = click.option(
    "--profile", "in_profile", metavar="P", help="Start it as this profile says."
)


@click.group()
def server() -> None:
    """List, show, test and review the servers that were seen."""


@server.command("list")
@with_json
def list_(as_json: bool) -> int:
    """Every server, whether it was reviewed, and what is pending."""
    from localguard.cli.servers import list_servers

    return list_servers(places(), as_json=as_json, out=standard_output())


@server.command()
@click.argument("name")
@with_json
def show(name: str, as_json: bool) -> int:
    """What is pinned of a server: its instructions and every definition."""
    from localguard.cli.servers import show as tell

    return tell(places(), name, as_json=as_json, out=standard_output())


@server.command()
@click.argument("name")
@_PROFILE
@with_json
def test(name: str, in_profile: str | None, as_json: bool) -> int:
    """Start a server, list what it has, and compare that with its pin.

    Exits with 0 when it is as it was pinned, with 1 when it is not.
    """
    from localguard.cli.servers import test as tell

    return tell(places(), name, in_profile, as_json=as_json, out=standard_output())


@server.command()
@click.argument("name")
@_PROFILE
@click.option("--yes", is_flag=True, help="Answer every question with yes.")
def review(name: str, in_profile: str | None, yes: bool) -> int:
    """Look at what a server says of itself, and confirm it.

    Shows what nobody has confirmed yet and what has changed since. Answers
    are taken from a terminal of yours only, --yes included: not from the
    client's shell, nor from anything that a guard or a server has started.
    """
    from localguard.cli.choosing import person_of
    from localguard.cli.review import Talk
    from localguard.cli.review import review as look_at
    from localguard.console.servers.pinned import this_moment

    where = places()
    person = person_of(where)
    if (refusal := person.refused()) is not None:
        click.echo(f"localguard: nothing can be confirmed here: {refusal}", err=True)
        return Exit.DENIED

    def ask(question: str) -> bool:
        if yes:
            click.echo(f"{question} yes")
            return True
        return _answered(question)

    out = standard_output()
    return look_at(where, name, in_profile, Talk(out, ask, person.record, this_moment))


def _answered(question: str) -> bool:
    """The person's answer; only a whole yes is one."""
    click.echo(f"{question} [y/N] ", nl=False)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
