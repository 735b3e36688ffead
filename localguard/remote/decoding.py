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
_FORMS: Final = {
    "gzip": _GZIP,
    "x-gzip": _GZIP,
    "deflate": zlib.MAX_WBITS,
}


class Undecodable(ValueError):
    """Raised for a coding that is not known, or a body that is not of its coding."""


class Decoding:
    """Undoes the coding of one body."""

    def __init__(self, coding: str | None) -> None:
        """`coding` is the value of `Content-Encoding`. Raises Undecodable."""
        word = (coding or "identity").strip().lower()
        if word not in _FORMS and word != "identity":
            raise Undecodable
        self._form = _FORMS.get(word)
        self._inflate = None if self._form is None else zlib.decompressobj(self._form)
        self._fresh = True

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """What a chunk says, in pieces of at most PIECE bytes. Raises Undecodable."""
        if self._inflate is None:
            yield chunk
            return
        while chunk:
            yield from self._inflated(chunk)
            chunk = self._inflate.unused_data
            if chunk and self._form == _GZIP:
                self._inflate = zlib.decompressobj(_GZIP)
            else:
                return

    def _inflated(self, chunk: bytes) -> Iterator[bytes]:
        while True:
            piece = self._step(chunk)
            if piece:
                yield piece
            assert self._inflate is not None  # noqa: S101 -- for the type alone
            chunk = self._inflate.unconsumed_tail
            # Past its end a member keeps what was its tail, and would be fed it for ever.
            if self._inflate.eof or (not chunk and len(piece) < PIECE):
                return

    def _step(self, chunk: bytes) -> bytes:
        assert self._inflate is not None  # noqa: S101 -- for the type alone
        try:
            piece = self._inflate.decompress(chunk, PIECE)
        except zlib.error:
            if not (self._fresh and self._form == zlib.MAX_WBITS):
                raise Undecodable from None
            self._inflate, self._form = zlib.decompressobj(_BARE), _BARE
            return self._step(chunk)
        self._fresh = False
        return piece
