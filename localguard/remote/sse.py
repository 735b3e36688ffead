"""Server-sent events: chunks go in, events come out (WHATWG HTML section 9.2). Pure.

Lines end with CR, LF or both, wherever a chunk ends. An event without data is told too, since its
id is what a stream is taken up from (MCP 2025-11-25 basic/transports "Resumability").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_END: Final = re.compile(rb"\r\n|\r|\n")
_BOM: Final = b"\xef\xbb\xbf"
_DIGITS: Final = re.compile(rb"[0-9]{1,9}")
_ID: Final = re.compile(rb"[\x20-\x7e]{0,1024}")
"""What an id must be to stand in a header; any other is no place to take a stream up from."""


class TooLarge(ValueError):
    """Raised when an event is larger than its limit."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `retry` is in milliseconds; `id` None where this event named none."""

    data: bytes | None
    name: bytes = b"message"
    id: bytes | None = None
    retry: int | None = None


class Events:
    """Cuts a stream into events of at most `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = bytearray()
        self._size = 0
        self._after_cr = False
        self._begun = False
        self._data: list[bytes] = []
        self._name = b""
        self._id: bytes | None = None
        self._retry: int | None = None

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that end in this chunk. Raises TooLarge."""
        if not chunk:
            return
        start = 1 if self._after_cr and chunk.startswith(b"\n") else 0
        self._after_cr = chunk.endswith(b"\r")
        for end in _END.finditer(chunk, start):
            self._keep(chunk[start : end.start()])
            start = end.end()
            line = self._line()
            if line:
                self._field(line)
            elif (event := self._event()) is not None:
                yield event
        self._keep(chunk[start:])

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limit:
            raise TooLarge
        self._rest += piece

    def _line(self) -> bytes:
        line = bytes(self._rest)
        self._rest.clear()
        if not self._begun:
            self._begun = True
            line = line.removeprefix(_BOM)
        return line

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        match name:
            case b"data":
                self._data.append(value)
                return
            case b"event":
                self._name = value
            case b"id" if _ID.fullmatch(value):
                self._id = value
            case b"retry" if _DIGITS.fullmatch(value):
                self._retry = int(value)
            case _:
                pass
        # Only what is kept counts: comments may go on for days.
        self._size -= len(line)

    def _event(self) -> Event | None:
        data = b"\n".join(self._data) if self._data else None
        event = Event(data, self._name or b"message", self._id, self._retry)
        said = data is not None or self._id is not None or self._retry is not None
        self._data, self._name, self._id, self._retry, self._size = [], b"", None, None, 0
        return event if said else None
