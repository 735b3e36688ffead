"""The vault as `init` needs it: whether it can be used, before anything depends on that."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from localguard.cli.secret_vault import secrets_of
from localguard.clients.originals import VaultOriginals
from localguard.clients.registry import clients_folder
from localguard.config.paths import Places
from localguard.errors import VaultFault
from localguard.onboarding.carrying_out import Work
from localguard.onboarding.moving import Moves
from localguard.telling.counts import count
from localguard.vault.head import head_path
from localguard.vault.late import LateVault
from localguard.vault.named import NamedSecrets

KEEP = "leave the secrets where they are: localguard init --keep-secrets"


@dataclass(frozen=True, slots=True)
class _Empty:
    """A vault of which nothing can be told."""

    def has(self, name: str) -> bool:
        """There is no secret in it."""
        return not name

    def holds(self, name: str, value: str) -> bool:
        """There is no secret in it."""
        return not (name or value)


class Wallet:
    """The vault, or files in its place where nothing needs one. `usable` raises VaultFault."""

    def __init__(self, places: Places, vault: LateVault, usable: Callable[[], None]) -> None:
        self._places = places
        self._vault = vault
        self._usable = usable
        self._fault: VaultFault | None = None
        self._in_files = False

    def moves(self, *, keep: bool) -> Moves | None:
        """What moves secrets; None where they are to stay. Touches no key that is not there."""
        if keep:
            self._in_files = True
            return None
        try:
            self._usable()
            return Moves(self.secrets())
        except VaultFault as fault:
            self._fault = fault
            return Moves(_Empty())

    def settled(self, moves: Moves | None) -> Moves | None:
        """The same once all was looked at. Raises VaultFault where there is no vault for them."""
        if self._fault is None or moves is None:
            return moves
        if moves.moved:
            secrets = count(len({one.name for one in moves.moved}), "secret")
            what = f"{secrets} in plain text would go to the vault, and {self._fault.what}"
            fix = f"{self._fault.fix}; or {KEEP}"
            raise VaultFault(what, where=self._fault.where, fix=fix)
        self._in_files = True
        return None

    def open(self) -> None:
        """Have its key, which may be made now. Raises VaultFault."""
        if not self._in_files:
            self._vault().fingerprint(b"")

    def secrets(self) -> NamedSecrets:
        """The secrets in it. Raises VaultFault."""
        return secrets_of(self._vault)

    def originals(self) -> VaultOriginals:
        """Where what stood in the clients' files goes: as little in plain text as the secrets."""
        folder = clients_folder(self._places)
        return VaultOriginals(self._vault, folder, in_files=self._in_files)

    def fingerprints(self, work: Work) -> Mapping[str, str]:
        """The fingerprint of each secret that has moved, by its name."""
        if work.moves is None or not work.moves.moved:
            return {}
        return {one.name: one.fingerprint for one in self.secrets().listed()}


def usable(places: Places, vault: LateVault) -> None:
    """Raise VaultFault where the vault cannot be used; makes and writes nothing."""
    secrets_of(vault)
    if os.path.lexists(head_path(places.vault)):
        vault().fingerprint(b"")
        return
    from localguard.config.vault_settings import vault_settings

    if vault_settings(places.config).store == "keyring":
        from localguard.vault.os_keyring import os_keyring

        os_keyring()
