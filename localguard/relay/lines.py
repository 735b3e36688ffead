"""Bytes into lines. Pure: chunks go in, lines come out, nothing is copied twice.

Only 0x0A ends a line (MCP basic/transports "stdio"); one 0x0D before it is dropped, empty lines
are skipped. A line over the limit is given up with its head, and the rest of it is skipped without
being kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass

MAX_LINE = 64 * 1024 * 1024
"""Bytes of one frame, both directions."""

HEAD = 4096


@dataclass(frozen=True, slots=True)
class Oversized:
    """A line over the limit: its first bytes."""

    head: bytes


class Splitter:
    """Cuts a stream of chunks into lines."""

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0
        self._skipping = False

    def feed(self, chunk: bytes) -> Iterator[bytes | Oversized]:
        """The lines that end in this chunk."""
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            yield from self._end(chunk[start:end])
            start = end + 1
        if start < len(chunk):
            yield from self._keep(chunk[start:] if start else chunk)

    def close(self) -> Iterator[bytes | Oversized]:
        """The last line, where the stream ended without a newline."""
        yield from self._end(b"")

    def _end(self, piece: bytes) -> Iterator[bytes | Oversized]:
        yield from self._keep(piece)
        line = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts, self._size = [], 0
        if self._skipping:
            self._skipping = False
            return
        line = line.removesuffix(b"\r")
        if line:
            yield line

    def _keep(self, piece: bytes) -> Iterator[bytes | Oversized]:
        if self._skipping or not piece:
            return
        self._parts.append(piece)
        self._size += len(piece)
        if self._size > self._limit:
            head = b"".join(self._parts)[:HEAD]
            self._parts, self._skipping = [], True
            yield Oversized(head)
