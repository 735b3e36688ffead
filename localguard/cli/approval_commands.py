"""`localguard approvals ...`, read by Click."""

import click

from localguard.cli.options import standard_output, with_json
from localguard.config.paths import places

_SCOPES = ("once", "minutes", "session", "switch")


@click.group()
def approvals() -> None:
    """Look at calls that wait for you, and answer them.

    The console does the same on a whole screen: localguard
    """


@approvals.command("list")
@with_json
def list_(as_json: bool) -> int:
    """Every call that waits, the oldest first."""
    from localguard.cli import approvals as lines
    from localguard.cli.attached import attached

    out = standard_output()
    return attached(places(), lambda hub: lines.list_(hub, as_json=as_json, out=out))


@approvals.command()
@click.argument("request", metavar="ID")
@with_json
def show(request: str, as_json: bool) -> int:
    """One call, with everything that is known of it."""
    from localguard.cli import approvals as lines
    from localguard.cli.attached import attached

    out = standard_output()
    return attached(places(), lambda hub: lines.show(hub, request, as_json=as_json, out=out))


@approvals.command()
@with_json
def watch(as_json: bool) -> int:
    """Each call as it comes and as it is settled, until Ctrl-C."""
    from localguard.cli import approvals as lines
    from localguard.cli.attached import attached

    out = standard_output()
    return attached(places(), lambda hub: lines.watch(hub, as_json=as_json, out=out))


@approvals.command()
@click.argument("request", metavar="ID")
@click.option(
    "--for",
    "scope",
    type=click.Choice(_SCOPES),
    default="once",
    show_default=True,
    help="How long it holds for calls with the same arguments.",
)
@with_json
def allow(request: str, scope: str, as_json: bool) -> int:
    """Let a call go, after it was shown and you have said yes.

    Only from a terminal of your own, and nothing destructive: that is answered
    in the console.
    """
    return _answer(request, scope, None, allow=True, as_json=as_json)


@approvals.command()
@click.argument("request", metavar="ID")
@click.option("--reason", metavar="TEXT", help="What the model is told.")
@click.option(
    "--for",
    "scope",
    type=click.Choice(_SCOPES),
    default="once",
    show_default=True,
    help="How long it holds for calls with the same arguments.",
)
@with_json
def deny(request: str, reason: str | None, scope: str, as_json: bool) -> int:
    """Refuse a call, and tell the model why."""
    return _answer(request, scope, reason, allow=False, as_json=as_json)


def _answer(request: str, scope: str, reason: str | None, *, allow: bool, as_json: bool) -> int:
    from localguard.cli import approvals as lines
    from localguard.cli.attached import attached

    given = lines.Given(allow, lines.scope_of(scope), reason)
    confirm = lines.never if as_json else _confirmed
    out = standard_output()
    return attached(
        places(),
        lambda hub: lines.answer(hub, request, given, confirm=confirm, as_json=as_json, out=out),
    )


def _confirmed(question: str) -> bool:
    return click.confirm(question, default=False)
