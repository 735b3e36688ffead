"""`[vault]` of config.toml: where the key of the vault lies.

A missing table means the keyring of the operating system. Its faults are told with those of the
whole file; until they are mended every call is denied. Knows no vault.
"""

import os
from dataclasses import dataclass
from typing import Final

from localguard.config.load import read_document
from localguard.config.tables import Table
from localguard.errors import ProfileFault
from localguard.vault.store import STORES, Store

KEYS: Final = frozenset({"store"})


@dataclass(frozen=True, slots=True)
class VaultSettings:
    """`store` says where the key lies: `keyring`, `passphrase`, or `memory` (nowhere)."""

    store: Store = "keyring"


def read_vault(table: Table | None) -> VaultSettings:
    """What a table says; its faults are noted on the way."""
    if table is None:
        return VaultSettings()
    table.only(KEYS)
    chosen = table.choice("store", STORES)
    return VaultSettings(next((store for store in STORES if store == chosen), "keyring"))


def vault_settings(path: str) -> VaultSettings:
    """What config.toml at a path says; the defaults where it says nothing that can be read."""
    if not os.path.lexists(path):
        return VaultSettings()
    try:
        document = read_document(path)
    except ProfileFault:
        return VaultSettings()
    return read_vault(Table(document.tables, document, []).table("vault"))
