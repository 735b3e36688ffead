"""The vault: what is kept for one person on this machine, by name, and nobody else reads.

A name is "kind/rest". Whoever reads, changes and writes one does so within `alone`, which is one
process at a time: the compare-and-swap of refresh and login. Everything here blocks (for a keyring
that is locked, for up to its deadline) and raises VaultFault; see `localguard.aside` for guards.
"""

import re
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from getpass import getpass
from typing import Final

from localguard.vault.store import Store

KINDS: Final = frozenset({"identity", "server", "client", "secret"})
_REST: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")


class Vault(ABC):
    """Values by name. `shared` says whether other processes find them here."""

    shared: bool = True

    @abstractmethod
    def get(self, name: str) -> bytes | None:
        """The value of a name, or None. Raises VaultFault."""

    @abstractmethod
    def put(self, name: str, value: bytes) -> None:
        """Keep a value in place of the one there was; it is on disk then. Raises VaultFault."""

    @abstractmethod
    def remove(self, name: str) -> bool:
        """Have no value by this name; whether there was one. Raises VaultFault."""

    @abstractmethod
    def names(self, kind: str) -> tuple[str, ...]:
        """The names of one kind, "kind/rest", in order. Needs no key. Raises VaultFault."""

    @abstractmethod
    def alone(self, name: str, seconds: float) -> AbstractContextManager[None]:
        """Be the only one with this name; not to be nested. Raises VaultFault after the seconds."""

    @abstractmethod
    def fingerprint(self, value: bytes) -> str:
        """Eight hexadecimal digits that only whoever has the key can tell from another value's."""

    def flaws(self) -> Mapping[str, str]:
        """What is kept and does not open, by name, and why. Changes nothing. Raises VaultFault."""
        return {}


def open_vault(
    folder: str, store: Store, *, attended: bool = False, patience: float | None = None
) -> Vault:
    """The vault in a folder, with its key where `store` says. Touches neither before a get or put.

    `attended`: a person sits at the terminal of this process, may be asked for a passphrase, and
    may be unlocking a keyring. `patience` (seconds) is another deadline for that keyring.
    """
    if store == "memory":
        from localguard.vault.memory import MemoryVault  # noqa: PLC0415 -- one of three

        return MemoryVault()
    from localguard.vault.sealed_vault import SealedVault  # noqa: PLC0415

    if store == "passphrase":
        from localguard.vault.passphrase import PassphraseSource  # noqa: PLC0415 -- loads OpenSSL

        return SealedVault(folder, PassphraseSource(typed_hidden if attended else None))
    from localguard.vault.keyring_source import ALONE, ATTENDED, KeyringSource  # noqa: PLC0415

    seconds = patience if patience is not None else ATTENDED if attended else ALONE
    return SealedVault(folder, KeyringSource(seconds))


def checked(name: str) -> tuple[str, str]:
    """The kind and the rest of a name. Raises ValueError for what is none."""
    kind, slash, rest = name.partition("/")
    if not slash or kind not in KINDS or _REST.fullmatch(rest) is None:
        raise ValueError(f"not a name of the vault: {name!r}")
    return kind, rest


def typed_hidden(question: str) -> str:
    """Asked on the terminal itself, and never where the answer would be shown."""
    return getpass(question, stream=sys.stderr) if sys.platform == "win32" else getpass(question)
