"""The content of an answer, of which no more is taken than anything honest needs."""

import zlib
from collections.abc import Iterable
from time import monotonic
from typing import Final

from localguard.errors import SignInFault

MAX_CONTENT: Final = 1 << 20
"""Bytes, decoded; no metadata, key set or token comes near."""


def read_bounded(chunks: Iterable[bytes], until: float) -> bytes:
    """At most one byte more than is allowed, which tells that it was too much.

    `until` is monotonic; raises TimeoutError after it, however little is still to come.
    """
    read = bytearray()
    for chunk in chunks:
        read += chunk
        if len(read) > MAX_CONTENT:
            break
        if monotonic() > until:
            raise TimeoutError
    return bytes(read[: MAX_CONTENT + 1])


def decoded(read: bytes, encoding: str, url: str) -> bytes:
    """The content. We ask for no encoding, yet some servers compress whatever they are asked.

    Raises SignInFault for another encoding, and for what is too large.
    """
    if encoding.lower() in ("gzip", "x-gzip"):
        read = _unpacked(read, url)
    elif encoding.lower() not in ("", "identity"):
        raise unsound(url, "it is encoded in a way that was not asked for")
    if len(read) > MAX_CONTENT:
        raise unsound(url, "it is larger than 1 MiB")
    return read


def _unpacked(read: bytes, url: str) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(read, MAX_CONTENT + 1)
    except zlib.error as error:
        raise unsound(url, "it is said to be gzip, and is not") from error


def unsound(url: str, why: str) -> SignInFault:
    """The fault for an answer that cannot be used."""
    fix = "check the address; if it is right, the provider's operator has to correct this"
    return SignInFault(f"the provider's answer cannot be used: {why}", where=url, fix=fix)
