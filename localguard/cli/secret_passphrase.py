"""`secret passphrase`: another passphrase for the vault, by the person who knows the old one."""

from collections.abc import Callable, Iterator
from typing import TextIO

from localguard.cli.choosing import Act, Person, print_refusal
from localguard.cli.exits import Exit
from localguard.cli.output import print_lines
from localguard.vault.passphrase_change import change_passphrase
from localguard.vault.store import VARIABLE


def change(
    folder: str,
    person: Person,
    ask: Callable[[str], str],
    *,
    out: TextIO,
    err: TextIO | None = None,
) -> Exit:
    """Change it. `ask` shows nothing of what is typed. Raises VaultFault and AuditFault."""
    if (why := person.refused()) is not None:
        return print_refusal("the passphrase stays", why, as_json=False, out=out, err=err)
    change_passphrase(folder, ask, Act(person, "vault", "passphrase changed").must)
    print_lines(out, _done())
    return Exit.OK


def _done() -> Iterator[str]:
    yield "The vault has the new passphrase. Guards that run go on as they are."
    yield f"Whatever hands it over on a descriptor ({VARIABLE}) has to hand over the new one."
    yield "A copy of the old vault.json, as in a backup, still opens by the old one."
