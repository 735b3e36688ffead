"""A vault that nothing outlives: the opt-in `store = "memory"`. Each process has its own."""

import hmac
import secrets
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from localguard.errors import VaultFault
from localguard.vault.vault import Vault, checked


class MemoryVault(Vault):
    """Values by name, as long as the process lives."""

    shared = False

    def __init__(self) -> None:
        self._values: dict[str, bytes] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._key = secrets.token_bytes(32)

    def get(self, name: str) -> bytes | None:
        """The value of a name, or None."""
        checked(name)
        return self._values.get(name)

    def put(self, name: str, value: bytes) -> None:
        """Keep a value in place of the one there was."""
        checked(name)
        self._values[name] = bytes(value)

    def remove(self, name: str) -> bool:
        """Have no value by this name; whether there was one."""
        checked(name)
        return self._values.pop(name, None) is not None

    def names(self, kind: str) -> tuple[str, ...]:
        """The names of one kind, in order."""
        return tuple(sorted(name for name in list(self._values) if name.startswith(f"{kind}/")))

    @contextmanager
    def alone(self, name: str, seconds: float) -> Iterator[None]:
        """Be the only thread with this name. Raises VaultFault after the seconds."""
        checked(name)
        lock = self._locks[name]
        if not lock.acquire(timeout=seconds):
            what = f"another part of localguard has held {name} for over {seconds:g} s"
            raise VaultFault(what, where="vault", fix="answer the sign-in that it waits for")
        try:
            yield
        finally:
            lock.release()

    def fingerprint(self, value: bytes) -> str:
        """Eight hexadecimal digits that differ from process to process."""
        return hmac.new(self._key, value, "sha256").hexdigest()[:8]
