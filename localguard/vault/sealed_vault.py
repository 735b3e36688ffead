"""The vault on disk: an AES-256-GCM file for each name, under one key that lies elsewhere.

Entries are replaced whole and are on disk when `put` returns. One that does not open, or is older
than the last that was written, is set aside and told of once; the name is free then.
"""

import hmac
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress

from localguard.errors import VaultFault
from localguard.vault.entries import Entries, broken
from localguard.vault.key_holder import KeyHolder, Source
from localguard.vault.own_file import held, read_own, remove_own, replace_own
from localguard.vault.sealed_file import Content, Unopened, VaultKey, opened, seal
from localguard.vault.serials import NAME as SERIALS
from localguard.vault.serials import read_serials, sealed_serials
from localguard.vault.vault import Vault


class SealedVault(Vault):
    """The vault in a folder."""

    def __init__(self, folder: str, source: Source) -> None:
        self._entries = entries = Entries(folder)
        self._holder = KeyHolder(folder, source, lambda: any(entries.names()))

    def get(self, name: str) -> bytes | None:
        """The value of a name, or None. Raises VaultFault."""
        path = self._entries.path(name)
        if not os.path.lexists(path):
            return None
        key = self._holder.find()
        if key is None:
            return None
        try:
            content = self._content(key, name, self._serials(key))
        except Unopened:
            # Whoever writes at this moment may have replaced it; by whom is it held then is none.
            with held(self._entries.lock):
                content = self._content_or_aside(key, name, self._serials_or_aside(key))
        return None if content is None else content.value

    def put(self, name: str, value: bytes) -> None:
        """Keep a value in place of the one there was; it is on disk then. Raises VaultFault."""
        path, key = self._entries.path(name), self._holder.need()
        with held(self._entries.lock):
            serials = self._serials_or_aside(key)
            serial = 1 + max(serials.get(name, 0), self._serial(key, name))
            replace_own(path, seal(key, name, Content(serial, value)))
            # In this order: an entry that is newer than its serial is what a crash leaves behind.
            replace_own(self._entries.serials, sealed_serials(key, serials | {name: serial}))

    def remove(self, name: str) -> bool:
        """Have no value by this name; whether there was one. Raises VaultFault."""
        path = self._entries.path(name)
        if not os.path.lexists(path):
            return False
        key = None
        with suppress(VaultFault):
            # What is to go goes also where the key cannot be had.
            key = self._holder.find()
        with held(self._entries.lock):
            serial = 0 if key is None else self._serial(key, name)
            removed = remove_own(path)
            if key is not None:
                serials = self._serials_or_aside(key)
                serials[name] = 1 + max(serials.get(name, 0), serial)
                replace_own(self._entries.serials, sealed_serials(key, serials))
        return removed

    def names(self, kind: str) -> tuple[str, ...]:
        """The names of one kind, in order. Raises VaultFault."""
        return tuple(name for name in self._entries.names() if name.startswith(f"{kind}/"))

    def alone(self, name: str, seconds: float) -> AbstractContextManager[None]:
        """Be the only one with this name; not to be nested. Raises VaultFault after the seconds."""
        return held(f"{self._entries.path(name)}.lock", seconds)

    def fingerprint(self, value: bytes) -> str:
        """Eight hexadecimal digits of a keyed hash. Raises VaultFault."""
        key = self._holder.need()
        return hmac.new(key.part("fingerprint"), value, "sha256").hexdigest()[:8]

    def flaws(self) -> Mapping[str, str]:
        """What is kept and does not open, by name, and why. Raises VaultFault.

        Nothing is set aside, as `get` does: whoever only looks changes nothing.
        """
        names = tuple(self._entries.names())
        key = self._holder.find()
        if key is None or not names:
            return {}
        with held(self._entries.lock):
            try:
                serials, found = self._serials(key), dict[str, str]()
            except Unopened as unopened:
                serials, found = {}, {SERIALS: unopened.what}
            return found | dict(self._unopened(key, names, serials))

    def _unopened(
        self, key: VaultKey, names: Iterable[str], serials: dict[str, int]
    ) -> Iterator[tuple[str, str]]:
        for name in names:
            try:
                self._content(key, name, serials)
            except Unopened as unopened:
                yield name, unopened.what

    def _content(self, key: VaultKey, name: str, serials: dict[str, int]) -> Content | None:
        """What stands in an entry. Raises Unopened where that is not what was written last."""
        data = read_own(self._entries.path(name))
        if data is None:
            return None
        content = opened(key, name, data)
        if content.serial < serials.get(name, 0):
            raise Unopened("is older than the one that was written last: someone put it back")
        return content

    def _content_or_aside(
        self, key: VaultKey, name: str, serials: dict[str, int]
    ) -> Content | None:
        try:
            return self._content(key, name, serials)
        except Unopened as unopened:
            path = self._entries.path(name)
            aside = self._entries.set_aside(path)
            raise broken(name, path, unopened.what, aside) from unopened

    def _serials(self, key: VaultKey) -> dict[str, int]:
        return read_serials(key, read_own(self._entries.serials))

    def _serials_or_aside(self, key: VaultKey) -> dict[str, int]:
        try:
            return self._serials(key)
        except Unopened as unopened:
            path = self._entries.serials
            aside = self._entries.set_aside(path)
            what = f"the vault's list of versions {unopened.what}; it is kept as {aside}"
            fix = "repeat; until each entry is written anew, one that someone put back is not told"
            raise VaultFault(what, where=path, fix=fix) from unopened

    def _serial(self, key: VaultKey, name: str) -> int:
        """The serial of the entry that is there, as far as it opens."""
        try:
            content = self._content(key, name, {})
        except Unopened:
            return 0
        return 0 if content is None else content.serial
