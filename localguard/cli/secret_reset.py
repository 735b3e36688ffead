"""`secret reset`: a vault that cannot be opened any more is kept aside, and another is begun."""

import os
import time
from typing import Final, TextIO

from localguard.cli.choosing import Act, Person, print_refusal
from localguard.cli.exits import Exit
from localguard.cli.output import print_lines
from localguard.vault.entries import Entries
from localguard.vault.head import head_path
from localguard.vault.own_file import held, unusable

_QUESTION: Final = (
    "Give up everything in the vault? Each secret has to be given again, and everybody signs in"
)


def reset_vault(
    folder: str,
    person: Person,
    *,
    yes: bool,
    out: TextIO,
    err: TextIO | None = None,
) -> Exit:
    """Move the vault's files into a folder beside them. Raises VaultFault, AuditFault."""
    head, entries = head_path(folder), Entries(folder)
    there = [path for path in (entries.folder, head) if os.path.lexists(path)]
    if not there:
        print_lines(out, ["the vault is empty"])
        return Exit.OK
    if (why := person.refused()) is not None:
        return print_refusal("the vault stays", why, as_json=False, out=out, err=err)
    if not yes and not person.ask(_QUESTION):
        print_lines(out, ["the vault stays as it is"])
        return Exit.DENIED
    names = list(entries.names())
    Act(person, "vault", f"given up, with {len(names)} entries").must()
    aside = _moved_aside(folder, there, f"{head}.lock")
    print_lines(out, [f"the vault begins anew; what was there is kept in {aside}"])
    print_lines(out, (_again(name) for name in names))
    return Exit.OK


def _moved_aside(folder: str, paths: list[str], lock: str) -> str:
    aside = os.path.join(folder, time.strftime("aside-%Y%m%d-%H%M%S", time.gmtime()))
    with held(lock):
        try:
            os.mkdir(aside, 0o700)
            # The entries first: without them a vault.json does no harm, and they without it do.
            for path in paths:
                os.rename(path, os.path.join(aside, os.path.basename(path)))
        except OSError as error:
            raise unusable(aside, error) from error
    return aside


def _again(name: str) -> str:
    kind, _, rest = name.partition("/")
    return f"  given up: {kind} {rest}" + (
        f"; again: localguard secret set {rest}" if kind == "secret" else ""
    )
