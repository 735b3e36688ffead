"""Both sides prove that they know an endpoint's key, and neither says it.

The guard speaks first: a fresh nonce. The console answers with a nonce of its own and an
HMAC-SHA-256 (RFC 2104) by the key over both nonces, the guard's id and the role it asks for; the
guard proves itself the same way, over words that no console's proof has. A proof heard before is
therefore worth nothing. Pure; knows no socket, and not who the other process is.
"""

import binascii
import hmac
import secrets
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, NamedTuple

import orjson

from localguard.control.messages import PROTOCOL

PATIENCE: Final = 5.0
"""Seconds for the whole handshake."""
HELLO: Final = 4096
"""Bytes of a frame of somebody who has proved nothing yet."""
SIZE: Final = 32
"""Bytes of a key and of a nonce."""

Role = Literal["observe", "decide"]
"""Whoever only looks says so, and no order of theirs is taken."""

Why = Literal["versions", "key", "full", "frames", "late"]
"""Another protocol, a wrong proof, no room, bytes that are no frames, too slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """The guard's first word."""

    TYPE: ClassVar[str] = "challenge"
    proto: int
    nonce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """The console's answer to it.

    With `seq` it asks for the events after this one, if it spoke with the same guard before.
    """

    TYPE: ClassVar[str] = "hello"
    proto: int
    version: str
    role: Role
    nonce: str
    proof: str
    guard: str
    seq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """The guard's proof. `resumed`: events follow; else a snapshot in parts does.

    `may_not` says why orders of this console will not be taken.
    """

    TYPE: ClassVar[str] = "welcome"
    version: str
    proof: str
    resumed: bool
    may_not: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodbye:
    """Why the guard ends a connection; `text` is a sentence for a person."""

    TYPE: ClassVar[str] = "goodbye"
    why: Why
    text: str


class Terms(NamedTuple):
    """What both proofs are made over. The nonces are 32 bytes each."""

    guard: str
    role: Role
    of_guard: bytes
    of_console: bytes


def fresh() -> bytes:
    """A nonce or a key."""
    return secrets.token_bytes(SIZE)


def told(value: bytes) -> str:
    """A nonce, a key or a proof as text (base64, RFC 4648 section 4)."""
    return binascii.b2a_base64(value, newline=False).decode("ascii")


def untold(text: str) -> bytes | None:
    """The 32 bytes of a text; None for any other text."""
    try:
        value = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
    return value if len(value) == SIZE else None


def prove(key: bytes, side: Literal["guard", "console"], terms: Terms) -> str:
    """The proof of one side."""
    guard, role, *nonces = terms
    words = f"localguard control {PROTOCOL} {side} {role} {guard}\0".encode("utf-8", "replace")
    return told(hmac.digest(key, b"".join((*nonces, words)), "sha256"))


def proves(key: bytes, side: Literal["guard", "console"], terms: Terms, proof: str) -> bool:
    """Whether this is the proof of a side, told in constant time."""
    expected = prove(key, side, terms)
    return hmac.compare_digest(expected.encode(), proof.encode("utf-8", "replace"))


def protocol_of(line: bytes) -> int | None:
    """The protocol that a first word names, however else it looks."""
    try:
        found = orjson.loads(line)
    except ValueError:
        return None
    said = found.get("proto") if isinstance(found, dict) else None
    return said if type(said) is int else None
