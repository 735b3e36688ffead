"""`localguard server ...`, read by Click."""

import sys

import click

from localguard.cli.exits import Exit
from localguard.cli.options import standard_output, with_json
from localguard.config.paths import places
from localguard.errors import UsageFault

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
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Review every server that was seen.")
@_PROFILE
@click.option("--yes", is_flag=True, help="Show every text, and answer each question with yes.")
def review(names: tuple[str, ...], in_profile: str | None, *, every: bool, yes: bool) -> int:
    """Look at what servers say of themselves, and confirm it.

    At first the marks of the tools are shown, and all texts where anything
    is odd or with l; later what has changed since, with its texts. Answers
    are taken from a terminal of yours only, --yes included: not from the
    client's shell, nor from anything that a guard or a server has started.
    """
    from localguard.cli.choosing import person_of
    from localguard.cli.review import Talk, review_each
    from localguard.cli.visits import store_of
    from localguard.console.servers.pinned import this_moment

    where = places()
    meant = store_of(where).names() if every else tuple(dict.fromkeys(names))
    if not (meant or every):
        raise UsageFault("no server is named", fix="localguard server review NAME, or --all")
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
    line = None if yes else _typed
    talk = Talk(out, ask, person.record, this_moment, line)
    return review_each(where, meant, in_profile, talk)


def _answered(question: str) -> bool:
    """The person's answer; only a whole yes is one."""
    return _typed(f"{question} [y/N] ").lower() in ("y", "yes")


def _typed(question: str) -> str:
    click.echo(question, nl=False)
    return sys.stdin.readline().strip()
