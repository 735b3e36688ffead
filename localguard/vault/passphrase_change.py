"""Another passphrase for a vault whose key is wrapped by one.

The key stays, and with it every entry and whoever has it in memory; only what wraps it is another,
in a vault.json that takes the place of the old one as a whole. Whoever is killed before that has
changed nothing.
"""

from collections.abc import Callable

from localguard.errors import VaultFault
from localguard.vault.head import Head, head_path, read_head, write_head
from localguard.vault.own_file import held
from localguard.vault.passphrase import Ask, chosen, unwrapped, wrapped
from localguard.vault.sealed_file import VaultKey


def change_passphrase(folder: str, ask: Ask, about_to: Callable[[], None]) -> None:
    """Ask for the old one, and twice for the new one, which counts from then on.

    `about_to` is called when nothing else can keep it from being changed; what it raises does.
    Never takes a passphrase from a descriptor. Raises VaultFault.
    """
    head = _head(folder)
    old = ask("Passphrase of the vault, as it is now: ")
    key = VaultKey(head.key_id, unwrapped(head, old))
    new = chosen(ask, twice=True)
    if new == old:
        raise VaultFault("that is the passphrase it has", where="passphrase", fix="take another")
    fresh = wrapped(key, head.made, new)
    # Not held while a person types: whoever keeps a first secret would wait for them.
    with held(f"{head_path(folder)}.lock"):
        if _head(folder) != head:
            what = "another process has changed this meanwhile"
            raise VaultFault(what, where=head_path(folder), fix="repeat")
        about_to()
        write_head(folder, fresh)


def _head(folder: str) -> Head:
    head = read_head(folder)
    if head is None:
        fix = "keep something first: localguard secret set NAME"
        raise VaultFault("the vault is empty, and has no passphrase yet", where=folder, fix=fix)
    if head.store != "passphrase":
        what = f'this vault has no passphrase: its key is kept by store = "{head.store}"'
        raise VaultFault(what, where=head_path(folder), fix="there is nothing to change")
    return head
