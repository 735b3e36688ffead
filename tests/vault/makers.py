"""A place for the vault's key that a test can look into: a plain file."""

from dataclasses import dataclass
from pathlib import Path

from localguard.errors import VaultFault
from localguard.vault.head import Head
from localguard.vault.sealed_file import VaultKey
from localguard.vault.sealed_vault import SealedVault
from localguard.vault.store import Store


@dataclass
class FileSource:
    """Keeps keys as files named by their ids. Implements `key_holder.Source`."""

    folder: Path
    store: Store = "keyring"
    patience: float | None = 3.0
    reads: int = 0

    def read(self, head: Head) -> bytes:
        self.reads += 1
        try:
            return (self.folder / head.key_id).read_bytes()
        except FileNotFoundError as error:
            raise VaultFault("the key is lost") from error

    def make(self, key: VaultKey, made: str) -> Head:
        self.folder.mkdir(exist_ok=True)
        (self.folder / key.id).write_bytes(key.secret)
        return Head(self.store, key.id, key.check(), made, backend="a file")


def vault_in(folder: Path) -> SealedVault:
    """The vault in a folder, whose key lies beside it."""
    return SealedVault(str(folder / "vault"), FileSource(folder / "keys"))


def entry(folder: Path, name: str) -> Path:
    """The file of an entry, of a name in small letters."""
    return folder / "vault/entries" / f"{name.replace('/', '.')}.sealed"


def asides(folder: Path) -> list[str]:
    """What was set aside."""
    return [path.name for path in (folder / "vault/entries").iterdir() if ".aside-" in path.name]
