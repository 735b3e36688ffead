"""The vault of one process, opened when it is first needed and then the same for all who ask."""

import threading
from collections.abc import Callable

from localguard.vault.store import Store
from localguard.vault.vault import Vault, open_vault


class LateVault:
    """Opens the vault in a folder. `store` is asked once, when somebody needs it."""

    def __init__(self, folder: str, store: Callable[[], Store], *, attended: bool = False) -> None:
        self.folder = folder
        self._store = store
        self._attended = attended
        self._lock = threading.Lock()
        self._opened: Vault | None = None

    def __call__(self) -> Vault:
        """The vault. Touches neither keyring nor files."""
        with self._lock:
            if self._opened is None:
                self._opened = open_vault(self.folder, self._store(), attended=self._attended)
            return self._opened
