"""`login`, `logout` and `whoami`, read by Click."""

import click

from localguard.cli.options import standard_output, with_json
from localguard.config.paths import places

_PROFILE = "A profile, in place of the one in force."


@click.command()
@click.argument("server", required=False)
@click.option("--device", is_flag=True, help="Type a code on another device.")
@click.option("--no-browser", is_flag=True, help="Open the page yourself, and paste its address.")
@click.option("--profile", metavar="P", help=_PROFILE)
@click.option("--scope", "scopes", metavar="S", multiple=True, help="Ask for this too.")
def login(
    server: str | None, device: bool, no_browser: bool, profile: str | None, scopes: tuple[str, ...]
) -> int:
    """Sign in for the profile, or to SERVER for a token of its own.

    A browser opens on this command alone. Over SSH the address is printed, and
    the address at which your browser ends is pasted back.
    """
    from localguard.cli.choosing import person_of
    from localguard.cli.login import Wanted
    from localguard.cli.login import login as sign_in
    from localguard.cli.person_sign_ins import sign_ins_of
    from localguard.cli.secret_vault import vault_of

    where, out = places(), standard_output()
    person, wanted = person_of(where), Wanted(profile, device, no_browser, scopes)
    vault = vault_of(where)()
    if server is not None:
        from localguard.cli.login import login_to

        return login_to(where, person, vault, server, wanted, out=out)
    return sign_in(where, person, sign_ins_of(where, vault), wanted, out=out)


@click.command()
@click.option("--profile", metavar="P", help=_PROFILE)
@with_json
def logout(profile: str | None, as_json: bool) -> int:
    """Sign out: tokens are revoked, and guards know nobody at once.

    The tokens that servers were given for you go with it.
    """
    from localguard.cli.choosing import person_of
    from localguard.cli.logout import logout as sign_out
    from localguard.cli.person_sign_ins import sign_ins_of
    from localguard.cli.secret_vault import vault_of

    where, out = places(), standard_output()
    kept = sign_ins_of(where, vault_of(where)())
    return sign_out(where, person_of(where), kept, profile=profile, as_json=as_json, out=out)


@click.command()
@click.option("--profile", metavar="P", help=_PROFILE)
@with_json
def whoami(profile: str | None, as_json: bool) -> int:
    """Who is signed in, with groups and until when.

    Exits with 4 where a sign-in is asked for and nobody is signed in.
    """
    from localguard.cli.choosing import key_of
    from localguard.cli.whoami import whoami as tell

    where, out = places(), standard_output()
    return tell(where, key_of(where), profile=profile, as_json=as_json, out=out)
