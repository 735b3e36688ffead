"""The vault's key as one item of the operating system's keyring, written once.

Each vault has an item of its own, named by the random id of its key: no other vault and no late
write of a process that was given up can ever replace it, and it says nothing about anybody.
"""

import base64
import binascii
import secrets
from typing import Final

from localguard.errors import VaultFault
from localguard.vault.head import RESET, Head
from localguard.vault.os_keyring import os_keyring, probe
from localguard.vault.sealed_file import SIZE, VaultKey
from localguard.vault.store import Store

ATTENDED: Final = 60.0
"""Seconds for a keyring that a person at a terminal may be unlocking."""
ALONE: Final = 3.0
"""Seconds for it where nobody is there."""


class KeyringSource:
    """Reads and makes the key, for as long as that takes. Implements `key_holder.Source`."""

    store: Store = "keyring"

    def __init__(self, patience: float) -> None:
        self.patience: float | None = patience

    def read(self, head: Head) -> bytes:
        """The key that a vault was made with. Raises VaultFault."""
        text = os_keyring().read(_service(head.key_id))
        if text is None:
            what = "the keyring has no more the key of this vault, so none of its entries opens"
            raise VaultFault(what, where=f"keyring item {_service(head.key_id)}", fix=_lost())
        try:
            found = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            found = b""
        if len(found) != SIZE:
            what = "the keyring has something else in the place of this vault's key"
            raise VaultFault(what, where=f"keyring item {_service(head.key_id)}", fix=_lost())
        return found

    def make(self, key: VaultKey, made: str) -> Head:
        """Put a new key into the keyring. Raises VaultFault where that does not keep it."""
        keyring = os_keyring()
        probe(keyring, f"localguard-probe-{secrets.token_hex(8)}", secrets.token_hex(SIZE))
        keyring.write(_service(key.id), base64.b64encode(key.secret).decode("ascii"))
        return Head(self.store, key.id, key.check(), made, backend=keyring.name)


def _service(key_id: str) -> str:
    return f"localguard-vault-{key_id}"


def _lost() -> str:
    return f"restore the keyring from its backup, or give up what is in the vault: {RESET}"
