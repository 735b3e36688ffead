"""`localguard secret ...`, read by Click."""

import click

from localguard.cli.options import standard_output, with_json
from localguard.config.paths import places


@click.group()
def secret() -> None:
    """Keep the secrets of your servers in the vault.

    No client's file has to hold them. A profile names one as secret:NAME. Its
    value goes to the one server that had it first, and to those that you
    allow; it is never shown again.
    """


@secret.command("set")
@click.argument("name")
@click.option("--for", "server", metavar="SERVER", help="Bind it to this server of the profile.")
@click.option("--profile", "in_profile", metavar="P", help="The profile that defines SERVER.")
def set_(name: str, server: str | None, in_profile: str | None) -> int:
    """Keep a secret under NAME.

    It is typed at a hidden prompt, or read from stdin.

    For example: localguard secret set github-token < token.txt

    A new value stays bound as the one before was, and is taken from a terminal
    of yours only.
    """
    from localguard.cli.choosing import person_of
    from localguard.cli.secret_binding import server_binding
    from localguard.cli.secret_value import read_value
    from localguard.cli.secret_vault import secrets_of, vault_of
    from localguard.cli.secrets import keep

    where = places()
    binding = None if server is None else server_binding(where, server, in_profile)
    secrets = secrets_of(vault_of(where))
    value = read_value(name)
    return keep(secrets, name, value, binding, person_of(where), out=standard_output())


@secret.command("list")
@with_json
def list_(as_json: bool) -> int:
    """Every secret: name, keyed fingerprint, since when, and for whom."""
    from localguard.cli.secret_vault import secrets_of, vault_of
    from localguard.cli.secrets import list_secrets

    secrets = secrets_of(vault_of(places()))
    return list_secrets(secrets, as_json=as_json, out=standard_output())


@secret.command()
@click.argument("name")
def remove(name: str) -> int:
    """Remove the secret NAME. From a terminal of yours only."""
    from localguard.cli.choosing import person_of
    from localguard.cli.secret_vault import secrets_of, vault_of
    from localguard.cli.secrets import remove_secret

    where = places()
    secrets = secrets_of(vault_of(where))
    return remove_secret(secrets, name, person_of(where), out=standard_output())


@secret.command()
@click.argument("name")
@click.argument("server")
@click.option("--profile", "in_profile", metavar="P", help="The profile that defines SERVER.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def allow(name: str, server: str, in_profile: str | None, yes: bool) -> int:
    """Let one more SERVER have the secret NAME. From a terminal of yours only.

    What is allowed is the server that was refused last under that name, as it
    is shown; else the one that the profile defines.
    """
    from localguard.cli.choosing import person_of
    from localguard.cli.secret_binding import server_binding
    from localguard.cli.secret_vault import secrets_of, vault_of
    from localguard.cli.secrets import allow_secret

    where, out = places(), standard_output()
    secrets = secrets_of(vault_of(where))
    return allow_secret(
        secrets,
        name,
        server,
        lambda: server_binding(where, server, in_profile),
        person_of(where),
        yes=yes,
        out=out,
    )


@secret.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Only say what would be kept.")
def import_(files: tuple[str, ...], dry_run: bool) -> int:
    """Take secrets out of a client's JSON, a .env file or a profile.

    Each value that is named like a secret goes into the vault, and what to
    write into the profile is printed. FILES are not changed.
    """
    from localguard.cli.secret_import import import_files
    from localguard.cli.secret_vault import secrets_of, vault_of

    secrets = secrets_of(vault_of(places()))
    return import_files(secrets, files, dry_run=dry_run, out=standard_output())


@secret.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(yes: bool) -> int:
    """Begin anew with an empty vault, where its key is lost.

    What was there is kept aside. Everybody has to sign in again, and each
    secret has to be given again. From a terminal of yours only.
    """
    from localguard.cli.choosing import person_of
    from localguard.cli.secret_reset import reset_vault

    where = places()
    return reset_vault(where.vault, person_of(where), yes=yes, out=standard_output())


@secret.command()
def passphrase() -> int:
    """Change the passphrase of the vault, where it has one.

    The old one is asked for, and the new one twice; what is kept stays as it
    is. From a terminal of yours only.
    """
    from localguard.cli.choosing import person_of
    from localguard.cli.secret_passphrase import change
    from localguard.vault.vault import typed_hidden

    where = places()
    return change(where.vault, person_of(where), typed_hidden, out=standard_output())
