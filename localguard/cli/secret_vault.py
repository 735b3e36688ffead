"""The vault of the person who has started a command."""

import sys

from localguard.config.paths import Places
from localguard.config.vault_settings import vault_settings
from localguard.errors import VaultFault
from localguard.vault.late import LateVault
from localguard.vault.named import NamedSecrets
from localguard.vault.vault import Vault, open_vault


def vault_of(places: Places) -> LateVault:
    """The vault, with time to unlock a keyring and a passphrase asked for on a terminal."""
    attended = sys.stdin.isatty() and sys.stderr.isatty()
    return LateVault(places.vault, lambda: vault_settings(places.config).store, attended=attended)


def vault_of_console(places: Places) -> Vault:
    """The vault. A passphrase is never asked for here: the terminal is the screen's."""
    store = vault_settings(places.config).store
    return open_vault(places.vault, store, attended=store != "passphrase")


def secrets_of(vault: LateVault) -> NamedSecrets:
    """The secrets that guards find too. Raises VaultFault where they would find none."""
    opened = vault()
    if not opened.shared:
        what = 'with [vault] store = "memory" nothing that is kept here would reach a guard'
        fix = 'write store = "keyring" or "passphrase" into config.toml'
        raise VaultFault(what, where="config.toml", fix=fix)
    return NamedSecrets(opened)
