"""Content codings: whatever the chunks, the same body, in pieces that are never large."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.remote.decoding import PIECE, Decoding, Undecodable

BARE = 2


def undone(coding: str, body: bytes, step: int) -> list[bytes]:
    """The pieces of a body that comes in chunks."""
    decoding = Decoding(coding)
    chunks = [body[at : at + step] for at in range(0, len(body), step)]
    return [piece for chunk in chunks for piece in decoding.feed(chunk)]


@given(st.binary(max_size=2000), st.integers(1, 300), st.sampled_from(["gzip", "deflate", "bare"]))
def test_a_body_comes_back_as_it_was(body: bytes, step: int, coding: str) -> None:
    """RFC 1950, 1951 and 1952."""
    if coding == "gzip":
        packed = gzip.compress(body[:99]) + gzip.compress(body[99:])
    else:
        packed = zlib.compress(body)
        packed = packed[BARE:-4] if coding == "bare" else packed
    pieces = undone("gzip" if coding == "gzip" else "deflate", packed, step)
    assert b"".join(pieces) == body


def test_what_a_small_chunk_becomes_comes_in_small_pieces() -> None:
    """Attack: a bomb must not be in memory before somebody has counted it."""
    pieces = undone("gzip", gzip.compress(bytes(5 * PIECE)), 10_000)
    assert len(pieces) >= 5
    assert max(map(len, pieces)) <= PIECE


@given(st.binary(min_size=1, max_size=200), st.sampled_from(["gzip", "deflate"]))
def test_what_is_not_of_its_coding_is_refused_or_incomplete(body: bytes, coding: str) -> None:
    """Hostile bytes raise Undecodable and nothing else."""
    try:
        undone(coding, body, 7)
    except Undecodable:
        return


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, deflate", "compress", "x"])
def test_a_coding_that_is_not_known_is_refused(coding: str) -> None:
    """RFC 9110 section 8.4.1: what was not asked for."""
    with pytest.raises(Undecodable):
        Decoding(coding)
