"""The vault's key in vault.json, wrapped by a key that follows from a passphrase.

Argon2id by the second recommendation of RFC 9106 section 4 (64 MiB, 3 passes, 4 lanes). The
passphrase comes from a person at a terminal, or from a descriptor that was inherited; never from
the value of a variable, which every process of the same user can read.
"""

import os
import secrets
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from localguard.aside import within
from localguard.errors import VaultFault
from localguard.vault.head import RESET, Head
from localguard.vault.sealed_file import VaultKey
from localguard.vault.store import VARIABLE, Store

Ask = Callable[[str], str]
"""Asks the person at the terminal for a text that is not shown."""

LEAST: Final = 12
"""Characters of a passphrase: whoever has the file may try as many as they like."""
_SALT: Final = 16
_NONCE: Final = 12
_MOST: Final = 1024
_PATIENCE: Final = 5.0


class PassphraseSource:
    """Reads and makes the key. Implements `key_holder.Source`."""

    store: Store = "passphrase"
    patience: float | None = None

    def __init__(self, ask: Ask | None) -> None:
        self._ask = ask

    def read(self, head: Head) -> bytes:
        """The key that a vault was made with. Raises VaultFault."""
        return unwrapped(head, self._passphrase("Passphrase of the vault: "))

    def make(self, key: VaultKey, made: str) -> Head:
        """Wrap a new key. Raises VaultFault."""
        return wrapped(key, made, chosen(self._passphrase, twice=_inherited() is None))

    def _passphrase(self, question: str) -> str:
        inherited = _inherited()
        if inherited is not None:
            return inherited
        if self._ask is not None:
            return self._ask(question)
        what = "the vault needs its passphrase, and nobody is at a terminal to be asked"
        fix = f"hand it over on a descriptor, as in: {VARIABLE}=3 localguard ... 3< FILE"
        raise VaultFault(what, where="passphrase", fix=fix)


def chosen(ask: Ask, *, twice: bool) -> str:
    """A new passphrase. Raises VaultFault for one that is too short, or not the same twice."""
    passphrase = ask(f"New passphrase of the vault ({LEAST} or more characters): ")
    if len(passphrase) < LEAST:
        what = f"the passphrase has less than {LEAST} characters"
        raise VaultFault(what, where="passphrase", fix="take a longer one")
    if twice and ask("The same again: ") != passphrase:
        fix = "repeat, and type the same one twice"
        raise VaultFault("the two passphrases differ", where="passphrase", fix=fix)
    return passphrase


def wrapped(key: VaultKey, made: str, passphrase: str) -> Head:
    """What vault.json says of a key that a passphrase wraps."""
    salt, nonce = secrets.token_hex(_SALT), secrets.token_bytes(_NONCE)
    sealed = AESGCM(_wrapping(passphrase, salt)).encrypt(nonce, key.secret, _bound(key.id))
    text = (nonce + sealed).hex()
    return Head("passphrase", key.id, key.check(), made, salt=salt, wrapped=text)


def unwrapped(head: Head, passphrase: str) -> bytes:
    """The key. Raises VaultFault where it is another passphrase."""
    sealed, wrapping = bytes.fromhex(head.wrapped), _wrapping(passphrase, head.salt)
    try:
        return AESGCM(wrapping).decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(head.key_id))
    except (InvalidTag, ValueError) as error:
        fix = f"repeat with the right one, or give up what is in the vault: {RESET}"
        what = "this is not the passphrase of the vault"
        raise VaultFault(what, where="passphrase", fix=fix) from error


@cache
def _inherited() -> str | None:
    """The passphrase on the inherited descriptor, which is read and closed once a process."""
    given = inherited_descriptor(os.environ)
    if given is None:
        return None
    try:
        return within(_PATIENCE, lambda: _line(given)) or None
    except (OSError, ValueError) as error:
        what = f"no passphrase can be read from descriptor {given}"
        fix = f"open it for reading: {VARIABLE}={given} localguard ... {given}< FILE"
        raise VaultFault(what, where=VARIABLE, fix=fix) from error


def inherited_descriptor(environ: Mapping[str, str]) -> int | None:
    """The descriptor that a variable names; None without it. Raises VaultFault."""
    text = environ.get(VARIABLE, "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 3 <= int(text[:9]) < 1_000_000):
        # Not shown: some will have written the passphrase itself there.
        what = f"{VARIABLE} does not name a descriptor"
        fix = f"write the number of one that is open for reading, 3 or more: {VARIABLE}=3"
        raise VaultFault(what, where=VARIABLE, fix=fix)
    return int(text)


def _line(descriptor: int) -> str:
    read = b""
    try:
        while b"\n" not in read and len(read) < _MOST and (part := os.read(descriptor, _MOST)):
            read += part
    finally:
        os.close(descriptor)
    return read.partition(b"\n")[0].rstrip(b"\r").decode("utf-8")


def _wrapping(passphrase: str, salt: str) -> bytes:
    derived = Argon2id(
        salt=bytes.fromhex(salt), length=32, iterations=3, lanes=4, memory_cost=64 * 1024
    )
    return derived.derive(passphrase.encode("utf-8", "surrogateescape"))


def _bound(key_id: str) -> bytes:
    return f"localguard/vault/{key_id}".encode("ascii")
