"""Seals: which text of a file was written by localguard, at a person's word.

A model with a shell can write any file of the person's. What only a person may change (which
profile is in force, which policy was accepted, an answer that is remembered) carries a seal, an
HMAC-SHA-256 (RFC 2104) by a key from the vault. `purpose` keeps a seal for one kind of file from
passing for another's. Pure; knows no key and no file.
"""

import hmac
from typing import Final

NAME: Final = "state-seal"
"""The name of the key in the vault. That it is there says that there was a choice."""
PEOPLE: Final = "person-seal"
"""The name of the key for who has signed in, which may come before any choice."""


def seal(key: bytes, purpose: str, text: str) -> str:
    """The seal of a text, in hex."""
    whole = f"localguard/{purpose}\0{text}".encode("utf-8", "surrogatepass")
    return hmac.new(key, whole, "sha256").hexdigest()


def holds(key: bytes, purpose: str, text: str, mark: str) -> bool:
    """Whether `mark` is the seal of this text, told in constant time."""
    return hmac.compare_digest(seal(key, purpose, text).encode(), mark.encode("utf-8", "replace"))
