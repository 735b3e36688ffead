"""The vault's key in this process: made once on a machine, read once a process, never replaced.

What may block for ever runs on a thread that no exit waits for, and one such thread at a time: a
person who is away finds one prompt, not hundreds. The lock of a first use goes along with that
thread, so that nobody makes a second key while the first one may still be written.
"""

import hmac
import os
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Final, Protocol

from localguard.aside import start
from localguard.errors import VaultFault
from localguard.vault.head import RESET, Head, head_path, headless, read_head, write_head
from localguard.vault.os_keyring import slow
from localguard.vault.own_file import take
from localguard.vault.sealed_file import SIZE, VaultKey
from localguard.vault.store import Store

_ID: Final = 8
_TURN: Final = 10.0
"""Seconds for a first use by others, of whom some may wait for the keyring."""


class Source(Protocol):
    """Where the key lies. `patience` is in seconds; None for what a caller may wait for."""

    store: Store
    patience: float | None

    def read(self, head: Head) -> bytes:
        """The key that a vault was made with. Raises VaultFault."""
        ...

    def make(self, key: VaultKey, made: str) -> Head:
        """Keep a new key; what says how. Raises VaultFault."""
        ...


class KeyHolder:
    """The key of the vault in a folder. `has_entries` says whether anything needs one."""

    def __init__(self, folder: str, source: Source, has_entries: Callable[[], bool]) -> None:
        self._folder = folder
        self._source = source
        self._has_entries = has_entries
        self._mutex = threading.Lock()
        self._pending: Future[VaultKey] | None = None
        self._key: VaultKey | None = None

    def find(self) -> VaultKey | None:
        """The key, or None where none was made yet. Raises VaultFault."""
        head = self._head()
        while head is not None and (self._key is None or self._key.id != head.key_id):
            self._had(making=False)
            head = self._head()
        return None if head is None else self._key

    def need(self) -> VaultKey:
        """The key, which is made if this is the first use. Raises VaultFault."""
        return self.find() or self._had(making=True)

    def _head(self) -> Head | None:
        head = read_head(self._folder)
        if head is None:
            if self._has_entries():
                raise headless(self._folder)
            return None
        if head.store != self._source.store:
            raise _moved(self._folder, head, self._source)
        return head

    def _had(self, *, making: bool) -> VaultKey:
        """The key that the source has, or the one that is made."""
        patience = self._source.patience
        with self._mutex:
            if patience is None:
                return self._work(self._lock(making=making))
            if self._pending is None or self._pending.done():
                lock = self._lock(making=making)
                self._pending = start(lambda: self._work(lock))
            pending = self._pending
        try:
            return pending.result(patience)
        except TimeoutError as error:
            raise slow(patience) from error

    def _lock(self, *, making: bool) -> int | None:
        return take(f"{head_path(self._folder)}.lock", _TURN) if making else None

    def _work(self, lock: int | None) -> VaultKey:
        try:
            head = self._head()
            if head is not None:
                key = _checked(VaultKey(head.key_id, self._source.read(head)), head, self._folder)
            elif lock is not None:
                key = self._made()
            else:
                what = "the vault was given up at this moment"
                raise VaultFault(what, where=self._folder, fix="repeat")
        finally:
            if lock is not None:
                os.close(lock)
        self._key = key
        return key

    def _made(self) -> VaultKey:
        key = VaultKey(secrets.token_hex(_ID), secrets.token_bytes(SIZE))
        made = datetime.now(UTC).isoformat(timespec="seconds")
        write_head(self._folder, self._source.make(key, made))
        return key


def _checked(key: VaultKey, head: Head, folder: str) -> VaultKey:
    if hmac.compare_digest(key.check(), head.check):
        return key
    what = f"the {head.store} has another key than the one that this vault was made with"
    fix = f"restore the old one from a backup, or give up what is in the vault: {RESET}"
    raise VaultFault(what, where=head_path(folder), fix=fix)


def _moved(folder: str, head: Head, source: Source) -> VaultFault:
    what = (
        f'config.toml says [vault] store = "{source.store}", and this vault was made with '
        f'store = "{head.store}"'
    )
    fix = f'write store = "{head.store}", or give up what is in the vault: {RESET}'
    return VaultFault(what, where=head_path(folder), fix=fix)
