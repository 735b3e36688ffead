"""Bytes into lines: chunks say nothing, only 0x0A ends a line, and memory is bounded."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.relay.lines import HEAD, TAIL, Oversized, Splitter

STREAMS = st.lists(
    st.sampled_from([b"\n", b"\r", b"\r\n", b"a", b'{"x":1}', b"\xe2\x80\xa8", b"\0", b"x" * 30])
).map(b"".join)


def lines_of(chunks: Iterator[bytes], limit: int) -> list[bytes | Oversized]:
    splitter = Splitter(limit)
    lines = [line for chunk in chunks for line in splitter.feed(chunk)]
    return [*lines, *splitter.close()]


def expected(stream: bytes, limit: int) -> list[bytes | Oversized]:
    """The rule itself, written for a stream that is there as a whole."""
    found: list[bytes | Oversized] = []
    for line in stream.split(b"\n"):
        if len(line) > limit:
            found.append(Oversized(line[:HEAD], line[-TAIL:], len(line)))
        elif line.removesuffix(b"\r"):
            found.append(line.removesuffix(b"\r"))
    return found


@given(STREAMS, st.lists(st.integers(0, 200)), st.integers(1, 60))
def test_the_chunks_of_a_stream_never_change_its_lines(
    stream: bytes, cuts: list[int], limit: int
) -> None:
    """MCP transports "stdio": messages are delimited by newlines, not by reads."""
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    chunks = (stream[start:end] for start, end in pairwise(places))
    assert lines_of(chunks, limit) == expected(stream, limit)


@pytest.mark.parametrize(
    ("stream", "lines"),
    [
        (b"a\nb\n", [b"a", b"b"]),
        (b"a\r\nb\r\n", [b"a", b"b"]),
        (b"a\rb\n", [b"a\rb"]),
        (b"a\r\r\n", [b"a\r"]),
        (b"\n\r\n\n", []),
        (b"last without newline", [b"last without newline"]),
        ("a\u2028b\u2029c\x85d\x0be\x0cf\n".encode(), ["a\u2028b\u2029c\x85d\x0be\x0cf".encode()]),
        (b"", []),
    ],
)
def test_only_a_line_feed_ends_a_line(stream: bytes, lines: list[bytes]) -> None:
    """Attack: a second message hidden behind a character that only some readers split at."""
    assert lines_of(iter([stream]), 100) == lines


def test_a_line_over_the_limit_leaves_both_its_ends_and_its_size() -> None:
    """Promise: memory is bounded, and the id, first or last, can still be answered."""
    line = b"h" * HEAD + b"x" * 100_000 + b"t" * TAIL
    chunks = [line[start : start + 5000] for start in range(0, len(line), 5000)]
    lines = lines_of(iter([*chunks, b"\nnext\n"]), 10_000)
    assert lines == [Oversized(b"h" * HEAD, b"t" * TAIL, len(line)), b"next"]


def test_an_endless_line_is_given_up_when_the_stream_ends() -> None:
    """Attack: 1 MiB without a newline, then the end."""
    splitter = Splitter(1000)
    kept = 0
    for _ in range(1024):
        assert not list(splitter.feed(b"x" * 1024))
        kept = max(kept, sum(map(len, splitter._parts)) + len(splitter._tail))
    assert kept <= 1000 + 1024 + TAIL
    assert list(splitter.close()) == [Oversized(b"x" * HEAD, b"x" * TAIL, 1024 * 1024)]


class Counted(bytes):
    """A chunk that counts how many of its bytes are looked at or copied."""

    touched = 0

    def find(self, *args: Any) -> int:
        found = super().find(*args)
        start = args[1]
        Counted.touched += (len(self) if found < 0 else found) - start
        return found

    def __getitem__(self, key: Any) -> Any:
        piece = super().__getitem__(key)
        Counted.touched += len(piece)
        return Counted(piece)


@pytest.mark.parametrize("size", [1, 64, 4096])
def test_the_work_is_linear_in_the_bytes(size: int) -> None:
    """Attack: the quadratic line assembly that makes 32 MiB take 9 s in another relay."""
    stream = (b"x" * 9999 + b"\n") * 4
    Counted.touched = 0
    splitter = Splitter()
    lines: list[bytes | Oversized] = []
    for start in range(0, len(stream), size):
        lines += splitter.feed(Counted(stream[start : start + size]))
    assert [len(line) for line in lines if isinstance(line, bytes)] == [9999] * 4
    assert Counted.touched <= 3 * len(stream)
