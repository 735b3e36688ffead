"""What stood in a client's file before, for the way back: it may hold the person's secrets.

Kept in files that only the person can read, as the client's own file was, or in the vault where the
secrets have gone there too (`init`). A reference says where, and no text is in the registry itself.
"""

import hashlib
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from localguard.config.faults import FileFault
from localguard.config.paths import make_private
from localguard.errors import VaultFault
from localguard.vault.vault import Vault
from localguard.whole_file import replace

_VAULT: Final = "vault:"


class Originals(Protocol):
    """Keeps bytes, and has them back by a reference. Raises ProfileFault and VaultFault."""

    def keep(self, raw: bytes) -> str:
        """Keep some bytes; the reference to them."""

    def back(self, reference: str) -> bytes:
        """The bytes of a reference."""

    def drop(self, reference: str) -> None:
        """Keep them no longer."""


class FileOriginals:
    """Originals in files of a folder, each named by what it holds."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def keep(self, raw: bytes) -> str:
        """Keep some bytes; the reference to them."""
        reference = hashlib.sha256(raw).hexdigest()
        make_private(self._folder)
        try:
            replace(self._path(reference), raw)
        except OSError as error:
            what = f"what stood in a client's file cannot be kept ({error.strerror})"
            raise FileFault(what, where=self._folder, fix="free the disk") from error
        return reference

    def back(self, reference: str) -> bytes:
        """The bytes of a reference."""
        try:
            with open(self._path(reference), "rb") as file:
                raw = file.read()
        except OSError as error:
            raise _lost(self._path(reference)) from error
        if hashlib.sha256(raw).hexdigest() != reference:
            raise _lost(self._path(reference))
        return raw

    def drop(self, reference: str) -> None:
        """Keep them no longer."""
        with suppress(OSError):
            os.unlink(self._path(reference))

    def _path(self, reference: str) -> str:
        return os.path.join(self._folder, f"{os.path.basename(reference)}.original")


class VaultOriginals:
    """Originals in the vault, or with `in_files` in files; from both they are had back."""

    def __init__(self, vault: Callable[[], Vault], folder: str, *, in_files: bool = False) -> None:
        self._vault = vault
        self._files = FileOriginals(folder)
        self._in_files = in_files

    def keep(self, raw: bytes) -> str:
        """Keep some bytes; the reference to them."""
        if self._in_files:
            return self._files.keep(raw)
        token = secrets.token_hex(16)
        self._vault().put(_name(token), raw)
        return _VAULT + token

    def back(self, reference: str) -> bytes:
        """The bytes of a reference."""
        if not reference.startswith(_VAULT):
            return self._files.back(reference)
        raw = self._vault().get(_name(reference.removeprefix(_VAULT)))
        if raw is None:
            raise _lost("the vault")
        return raw

    def drop(self, reference: str) -> None:
        """Keep them no longer."""
        if not reference.startswith(_VAULT):
            self._files.drop(reference)
            return
        with suppress(VaultFault):
            self._vault().remove(_name(reference.removeprefix(_VAULT)))


def _name(token: str) -> str:
    return f"client/original-{token}"


def _lost(where: str) -> FileFault:
    fix = "copy the entry from a backup: the .bak files below state/clients"
    return FileFault("what stood there before is gone", where=where, fix=fix)
