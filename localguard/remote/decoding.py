"""Content codings, undone piece by piece, so that a small body never becomes a large one at once.

RFC 9110 section 8.4.1: gzip (RFC 1952, several members) and deflate (RFC 1950; the bare RFC 1951
that some servers send). Pure.
"""

import zlib
from collections.abc import Iterator
from typing import Final

ACCEPTED: Final = "gzip, deflate"
PIECE: Final = 64 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS
_BARE: Final = -zlib.MAX_WBITS
_HEADER: Final = 2
_CODINGS: Final = {
    "identity": "identity",
    "gzip": "gzip",
    "x-gzip": "gzip",
    "deflate": "deflate",
}


class Undecodable(ValueError):
    """Raised for a coding that is not known, or a body that is not of its coding."""


class Decoding:
    """Undoes the coding of one body."""

    def __init__(self, coding: str | None) -> None:
        """`coding` is the value of `Content-Encoding`. Raises Undecodable."""
        word = (coding or "identity").strip().lower()
        if word not in _CODINGS:
            raise Undecodable
        self._coding = _CODINGS[word]
        self._first = b""
        self._inflate = zlib.decompressobj(_GZIP) if self._coding == "gzip" else None

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """What a chunk says, in pieces of at most PIECE bytes. Raises Undecodable."""
        if self._coding == "identity":
            yield chunk
            return
        if self._inflate is None:
            chunk = self._first = self._first + chunk
            if len(chunk) < _HEADER:
                return
            self._inflate = zlib.decompressobj(zlib.MAX_WBITS if _is_zlib(chunk) else _BARE)
        inflate = self._inflate
        while chunk:
            yield from _inflated(inflate, chunk)
            chunk = inflate.unused_data if self._coding == "gzip" else b""
            if chunk:
                inflate = self._inflate = zlib.decompressobj(_GZIP)


def _is_zlib(data: bytes) -> bool:
    """Whether data begins with a header of RFC 1950 section 2.2, and not with bare RFC 1951."""
    return data[0] & 0x8F == 0x08 and int.from_bytes(data[:_HEADER], "big") % 31 == 0


def _inflated(inflate: "zlib._Decompress", chunk: bytes) -> Iterator[bytes]:
    while True:
        try:
            piece = inflate.decompress(chunk, PIECE)
        except zlib.error:
            raise Undecodable from None
        if piece:
            yield piece
        chunk = inflate.unconsumed_tail
        if not chunk and len(piece) < PIECE:
            return
