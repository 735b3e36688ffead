"""Every command but `run`, read by Click: a plain function does the work and says how to exit."""

import sys
from collections.abc import Sequence

import click

from localguard import __version__
from localguard.cli.approval_commands import approvals
from localguard.cli.clients_commands import clients, connect, disconnect
from localguard.cli.doctor_commands import doctor
from localguard.cli.exits import Exit
from localguard.cli.folding import columns_of, folded
from localguard.cli.init_commands import init
from localguard.cli.learn_commands import learn, unused
from localguard.cli.options import colored, standard_output, with_json
from localguard.cli.profile_commands import lockdown, profile
from localguard.cli.rules_commands import rules
from localguard.cli.secret_commands import secret
from localguard.cli.server_commands import server
from localguard.cli.sign_ins_commands import login, logout, whoami
from localguard.config.paths import places
from localguard.errors import LocalguardError, ProfileFault, SignInFault, UsageFault
from localguard.text import safe

RUN_HELP = """Guard one MCP server. This is what a desktop client starts.

\b
    localguard run NAME [--profile P]
    localguard run [--profile P] [--name N] -- COMMAND ARGUMENT...
    localguard run [--profile P] [--name N] --url URL

NAME is a server that the profile defines. N defaults to the name of the
COMMAND, or to the host of the URL. Stdin and stdout are the MCP wire; messages go to stderr. A
broken or missing profile does not end it: it serves, denies and explains.
"""


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit code."""
    try:
        code = localguard.main(list(arguments), prog_name="localguard", standalone_mode=False)
    except click.exceptions.Abort:
        return Exit.INTERRUPTED
    except click.ClickException as fault:
        fault.show()
        return Exit.USAGE
    except LocalguardError as fault:
        said, columns = safe(fault.explain(), 2000), columns_of(sys.stderr)
        print(*folded(f"localguard: {said}", columns), sep="\n", file=sys.stderr)
        return _exit_of(fault)
    except BrokenPipeError:
        # Who reads our output has had enough; nothing is left to say, also not at exit.
        sys.stderr.close()
        return Exit.OK
    return code if isinstance(code, int) else Exit.OK


def _exit_of(fault: LocalguardError) -> Exit:
    match fault:
        case UsageFault():
            return Exit.USAGE
        case ProfileFault():
            return Exit.INVALID
        case SignInFault():
            return Exit.LOGIN
        case _:
            return Exit.FAILURE


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="localguard %(version)s")
@click.option(
    "--theme",
    type=click.Choice(("dark", "light", "ansi", "contrast")),
    default="dark",
    help="The colours of the console.",
)
@click.pass_context
def localguard(context: click.Context, theme: str) -> int:
    """A guard between your LLM client and its MCP servers.

    Every call is judged by the active profile (deny by default; allow, ask,
    deny) and recorded before it leaves. Without a command, on a terminal, this
    is the console: what waits for you, the log, rules, servers and profiles.
    """
    if context.invoked_subcommand is not None:
        return Exit.OK
    if sys.stdin.isatty() and sys.stdout.isatty():
        from localguard.cli.console import run

        return run(places(), theme=theme)
    return _status(as_json=False)


@localguard.command()
@with_json
def status(as_json: bool) -> int:
    """What is in force, which guards run, and what waits for you."""
    return _status(as_json=as_json)


def _status(*, as_json: bool) -> int:
    from localguard.cli.attached import attached
    from localguard.cli.status import status as tell

    where, out = places(), standard_output()
    return attached(where, lambda hub: tell(hub, where, as_json=as_json, out=out))


@localguard.command(help=RUN_HELP)
@click.argument("name", required=False)
@click.option("--profile", metavar="P", help="Hold on to this profile, whatever is active.")
@click.option("--name", "as_name", metavar="N", help="The server's name in the rules.")
@click.option("--url", metavar="URL", help="The address of a server that speaks HTTP.")
@click.option(
    "--observe",
    metavar="AGE",
    help="Ask that the profile be observed for 3d; you say yes with localguard profile observe.",
)
def run(
    name: str | None,
    profile: str | None,
    as_name: str | None,
    *,
    url: str | None,
    observe: str | None,
) -> int:
    """Only help comes here: `run` itself is dispatched before this module loads."""
    del name, profile, as_name, url, observe
    return Exit.USAGE


@localguard.command()
@click.argument("call", required=False)
@click.argument("pairs", metavar="[NAME=VALUE]...", nargs=-1)
@click.option(
    "--all", "every", is_flag=True, help="Each tool that was ever listed, in place of CALL."
)
@click.option("--profile", "in_profile", metavar="P", help="Ask this profile, not the active one.")
@click.option("--user", metavar="U", help="Take this person to be signed in.")
@click.option("--group", "groups", metavar="G", multiple=True, help="A group of theirs.")
@click.option("--claim", "claims", metavar="NAME=VALUE", multiple=True, help="A claim of theirs.")
@click.option("--signed-in", metavar="AGE", help="How long ago they signed in, as 10m.")
@with_json
def can(
    call: str | None,
    pairs: tuple[str, ...],
    *,
    every: bool,
    in_profile: str | None,
    user: str | None,
    groups: tuple[str, ...],
    claims: tuple[str, ...],
    signed_in: str | None,
    as_json: bool,
) -> int:
    """What would become of a call.

    It is judged for who is signed in; --user and what follows it state somebody
    else, of whom nothing is known but what you say.

    For example: localguard can files/read_file path=~/work/plan.md

    Exits with 0 for allow, 5 for ask, 3 for deny; with --all always with 0.
    """
    from localguard.telling.known import pinned

    out = standard_output()
    if every and call is None:
        from localguard.cli.can_all import can_all

        return can_all(places(), pinned, profile=in_profile, as_json=as_json, out=out)
    if every or call is None:
        raise UsageFault("can needs either a call or --all", fix="localguard can SERVER/TOOL")
    from localguard.cli.can import can as tell
    from localguard.cli.stated_person import stated_person

    stated = stated_person(user, groups, claims, signed_in)
    return tell(
        places(),
        call,
        pairs,
        pinned,
        profile=in_profile,
        as_json=as_json,
        out=out,
        stated=stated,
    )


@localguard.command()
@click.argument("call_id", metavar="ID")
@with_json
def why(call_id: str, as_json: bool) -> int:
    """Why the recorded call ID was decided so, and how it ended."""
    from localguard.audit.recalled import recalled
    from localguard.cli.why import why as tell

    return tell(places(), call_id, recalled, as_json=as_json, out=standard_output())


@localguard.command()
@click.option("-f", "--follow", is_flag=True, help="Go on with what happens from now on.")
@click.option("-n", "--limit", type=click.IntRange(min=0), help="Only the last N records.")
@click.option("--filter", "only", metavar="EXPR", default="", help="Only the records that match.")
@click.option("--since", metavar="TIME", help="Only what happened since: 10m, 2h, 3d or a time.")
@click.option("--user", metavar="U", help="Only what this person was signed in for.")
@with_json
def logs(
    follow: bool,
    limit: int | None,
    only: str,
    since: str | None,
    *,
    user: str | None,
    as_json: bool,
) -> int:
    """What was called, decided and answered, one line each.

    For example: localguard logs --filter 'server:pg decision:deny,ask -client:cursor'
    """
    from datetime import datetime

    from localguard.cli.logs import logs as tell
    from localguard.cli.logs import wanted

    out = standard_output()
    return tell(
        places().audit,
        follow=follow,
        as_json=as_json,
        limit=limit,
        out=out,
        color=colored(out.isatty()),
        only=wanted(only, since, datetime.now().astimezone(), user),
    )


@localguard.group()
def audit() -> None:
    """Check the audit log, and remove what need not be kept."""


@audit.command()
@click.option("--since", metavar="TIME", help="Only from the day of this time on: 10m, 2h, 3d.")
@click.option("--witness", metavar="FILE", help="What a witness wrote down; - for stdin.")
@with_json
def verify(since: str | None, witness: str | None, as_json: bool) -> int:
    """Whether the log can be believed.

    Names what was edited, removed, reordered, cut off or exchanged, calls
    whose outcome is not known, and how the signing key is kept. Exits with 1
    when something speaks against the log.
    """
    from localguard.cli.audit import verify as check

    return check(places(), since=since, witness=witness, as_json=as_json, out=standard_output())


@audit.command()
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@with_json
def prune(dry_run: bool, as_json: bool) -> int:
    """Remove the segments of the log that are too old, or too many.

    How long they are kept is audit.keep_days. Never one that a running guard
    writes to. What goes is recorded, signed.
    """
    from localguard.cli.audit import prune as remove

    return remove(places(), dry_run=dry_run, as_json=as_json, out=standard_output())


@localguard.command()
@with_json
def version(as_json: bool) -> int:
    """The version of localguard."""
    from localguard.cli.output import print_json

    out = standard_output()
    if as_json:
        print_json(out, {"version": __version__})
    else:
        click.echo(f"localguard {__version__}")
    return Exit.OK


for _one in (
    init, clients, connect, disconnect, doctor, lockdown, profile, rules, secret, server,
    approvals, login, logout, whoami, learn, unused,
):  # fmt: skip
    localguard.add_command(_one)
