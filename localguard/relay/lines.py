"""Bytes into lines. Pure: chunks go in, lines come out, nothing is copied twice.

Only 0x0A ends a line (MCP basic/transports "stdio"); one 0x0D before it is dropped, empty lines
are skipped. Of a line over the limit only both ends are kept: peers write the id first or last.
"""

from collections.abc import Iterator
from dataclasses import dataclass

MAX_LINE = 64 * 1024 * 1024
"""Bytes of one frame, both directions."""

HEAD = 4096
TAIL = 256


@dataclass(frozen=True, slots=True)
class Oversized:
    """A line over the limit: its first and last bytes, and how many it had."""

    head: bytes
    tail: bytes = b""
    size: int = 0


class Splitter:
    """Cuts a stream of chunks into lines."""

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0
        self._head: bytes | None = None
        self._tail = b""

    def feed(self, chunk: bytes) -> Iterator[bytes | Oversized]:
        """The lines that end in this chunk."""
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            self._keep(chunk[start:end])
            yield from self._end()
            start = end + 1
        self._keep(chunk[start:] if start else chunk)

    def close(self) -> Iterator[bytes | Oversized]:
        """The last line, where the stream ended without a newline."""
        yield from self._end()

    def _end(self) -> Iterator[bytes | Oversized]:
        parts, size, head = self._parts, self._size, self._head
        self._parts, self._size, self._head = [], 0, None
        if head is not None:
            yield Oversized(head, self._tail, size)
            return
        line = parts[0] if len(parts) == 1 else b"".join(parts)
        if line := line.removesuffix(b"\r"):
            yield line

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._head is not None:
            self._head += piece[: HEAD - len(self._head)]
            self._tail = (self._tail + piece[-TAIL:])[-TAIL:]
        elif piece:
            self._parts.append(piece)
            if self._size > self._limit:
                line = b"".join(self._parts)
                self._head, self._tail, self._parts = line[:HEAD], line[-TAIL:], []
