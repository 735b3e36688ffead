"""`localguard init`, read by Click."""

import sys
from typing import Literal

import click

from localguard.cli.options import standard_output, with_json
from localguard.config.paths import places

HELP = """Put every MCP server that your clients have behind localguard.

Shows what it found and what it would change, and asks. Secrets in plain
text go to the vault; each server is started once, and its tools are
pinned; a call that must be denied shows that it works. To go on after a
crash, run it again. localguard disconnect --all takes it back.

\b
The templates of the profile that it makes:
    balanced   reads are free, changes are asked (the default)
    readonly   reads are free, changes are denied
    strict     changes are asked each time, what is new is denied
    work-oidc  nothing without your company's sign-in
    personal   few questions, more once a stranger's words were read
"""


@click.command(help=HELP)
@click.option(
    "--template", metavar="T", default="", help="What the profile is made from; see above."
)
@click.option("--profile", "name", metavar="NAME", default="", help="The profile to use or make.")
@click.option("--client", "clients", metavar="C", multiple=True, help="Only this client.")
@click.option(
    "--scope", type=click.Choice(("user", "project")), default="user", help="Whose files they are."
)
@click.option(
    "--issuer", metavar="URL", default="", help="work-oidc: the address of your provider."
)
@click.option("--client-id", metavar="ID", default="", help="work-oidc: what it calls localguard.")
@click.option("--keep-secrets", is_flag=True, help="Leave secrets in plain text, in the profile.")
@click.option("--program", metavar="PATH", help="The localguard that clients start.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask; who may is looked at all the same.")
@with_json
def init(
    template: str,
    name: str,
    clients: tuple[str, ...],
    *,
    scope: Literal["user", "project"],
    issuer: str,
    client_id: str,
    keep_secrets: bool,
    program: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Read by Click: `HELP` is what a person is told."""
    from localguard.cli.answering import on_terminal
    from localguard.cli.connect import notes
    from localguard.cli.init import init as begin
    from localguard.cli.init_asking import wish_of
    from localguard.cli.init_desk import How, desk_of
    from localguard.cli.registering import program_here

    attended = on_terminal()
    asks = attended and not (yes or as_json)
    wish = wish_of(name, template, issuer, client_id, asks=asks)
    how = How(wish, clients, scope, dry_run, yes, keep_secrets, as_json)
    found = program_here(program)
    notes(found.notes)
    desk = desk_of(places(), found.program, attended=attended)
    return begin(desk, how, out=standard_output(), err=sys.stderr)
