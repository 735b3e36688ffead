"""What an entry of the vault looks like on disk: AES-256-GCM (NIST SP 800-38D), bound to its name.

    4 bytes "LGV1" | 8 bytes id of the key | 12 bytes nonce | sealed(8 bytes serial | value) | tag

Name and id of the key are authenticated with it, so that a file which was given another name, or
comes out of another vault, does not open. The serial rises with each write of one name. Pure but
for the nonce; knows no file.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SIZE: Final = 32
"""Bytes of a key."""
_MAGIC: Final = b"LGV1"
_ID: Final = 8
_NONCE: Final = 12
_TAG: Final = 16
_SERIAL: Final = 8
_HEAD: Final = len(_MAGIC) + _ID
_LEAST: Final = _HEAD + _NONCE + _SERIAL + _TAG


class Unopened(Exception):
    """Raised for what does not open. `what` goes on a sentence that begins with the entry."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True)
class VaultKey:
    """The one key of a vault, and the random id (16 hexadecimal digits) that it is known by."""

    id: str
    secret: bytes = field(repr=False)

    def check(self) -> str:
        """What tells, without the key, whether a key is this one; in hex."""
        return self.part("check").hex()

    def part(self, purpose: str) -> bytes:
        """A key of its own for one purpose: the one that seals never does anything else."""
        return hmac.new(self.secret, f"localguard/{purpose}/{self.id}".encode(), "sha256").digest()


@dataclass(frozen=True, slots=True)
class Content:
    """An entry that was opened."""

    serial: int
    value: bytes = field(repr=False)


def seal(key: VaultKey, name: str, content: Content) -> bytes:
    """The bytes of a file for an entry of this name."""
    nonce = secrets.token_bytes(_NONCE)
    plain = content.serial.to_bytes(_SERIAL, "big") + content.value
    head = _MAGIC + bytes.fromhex(key.id)
    return head + nonce + AESGCM(key.part("entries")).encrypt(nonce, plain, _bound(head, name))


def opened(key: VaultKey, name: str, data: bytes) -> Content:
    """The entry of this name in the bytes of a file. Raises Unopened."""
    head, nonce = data[:_HEAD], data[_HEAD : _HEAD + _NONCE]
    if len(data) < _LEAST or not head.startswith(_MAGIC):
        raise Unopened("is cut off, or is no entry at all")
    if head[len(_MAGIC) :].hex() != key.id:
        raise Unopened("was sealed with another key than this vault's")
    try:
        plain = AESGCM(key.part("entries")).decrypt(
            nonce, data[_HEAD + _NONCE :], _bound(head, name)
        )
    except InvalidTag as error:
        raise Unopened("was changed, cut off, or exchanged for that of another entry") from error
    return Content(int.from_bytes(plain[:_SERIAL], "big"), plain[_SERIAL:])


def _bound(head: bytes, name: str) -> bytes:
    return b"localguard/entry\0" + head + name.encode("ascii")
