"""A key that is had as soon as it can be had: a disk that is full now may not be so later."""

import secrets

from localguard.errors import ProfileFault
from localguard.vault.keys import SIZE, Keys


class HeldKey:
    """A key by its name, looked for until it is there."""

    def __init__(self, keys: Keys, name: str) -> None:
        self._keys = keys
        self._name = name
        self._found: bytes | None = None
        self._instead = secrets.token_bytes(SIZE)

    @property
    def secret(self) -> bytes:
        """The key, or one of this process alone as long as there is a fault."""
        return self._found or self._instead

    def fault(self) -> str | None:
        """Why the key cannot be had, and what to do; None from when it can."""
        if self._found is None:
            try:
                self._found = self._keys.key(self._name).secret
            except ProfileFault as fault:
                return fault.explain()
        return None
