"""A real vault on disk, whose key lies in a file beside it, for the processes of one test."""

from pathlib import Path

from localguard.vault.head import Head
from localguard.vault.sealed_file import VaultKey
from localguard.vault.sealed_vault import SealedVault
from localguard.vault.store import Store


class FileSource:
    """The key of a vault in a plain file: for tests alone."""

    store: Store = "keyring"
    patience: float | None = None

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, _head: Head) -> bytes:
        return self._path.read_bytes()

    def make(self, key: VaultKey, made: str) -> Head:
        self._path.write_bytes(key.secret)
        return Head(self.store, key.id, key.check(), made)


def vault_in(folder: Path) -> SealedVault:
    """The vault of a folder; each process of a test opens it by itself."""
    return SealedVault(str(folder), FileSource(folder.with_suffix(".key")))
