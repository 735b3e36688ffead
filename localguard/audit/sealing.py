"""One record as one line, bound to the line before it.

A line is an ASCII JSON object and a newline:

    {"v":1,"seq":N,"prev":P, ...the record... ,"sum":S}

The digest of a line is the SHA-256 (hex) of everything in it before `,"sum"`. S is its start: it
tells an edited line from one whose neighbour was edited, and guards the last line, which nothing
follows. P is the whole digest of the line before, for the first line that of `HEADER`. Pure.

What this cannot find: whole lines missing at the end, and a rewrite of everything from some line
on by someone who computes it all anew. That takes a witness outside the file.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from json.encoder import encode_basestring_ascii as _ascii
from typing import Final, Literal, TypeAlias

from orjson import dumps, loads

VERSION: Final = 1
HEADER: Final = b"localguard audit segment, version 1"
GENESIS: Final = sha256(HEADER).hexdigest()

FlawKind: TypeAlias = Literal["torn", "unreadable", "edited", "missing", "reordered", "duplicated"]

_SUM_DIGITS: Final = 16
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]+")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A line that is whole and unedited in itself; `digest` is what the next line remembers."""

    seq: int
    prev: str
    digest: str
    record: Mapping[str, object]


def encoded(body: object) -> bytes:
    """`body` as one JSON text in ASCII, the only form in which anything gets into a line.

    What is beyond ASCII is escaped, so that no line separator, no C1 control and no bidi override
    reaches who reads the file with other tools. A number that is none becomes null. Raises
    TypeError when `body` is not JSON.
    """
    text = dumps(body)
    return text if text.isascii() else _BEYOND_ASCII.sub(_escaped, text.decode()).encode("ascii")


def _escaped(found: re.Match[str]) -> str:
    return _ascii(found[0])[1:-1]


def seal(prev: str, seq: int, body: bytes) -> tuple[bytes, str]:
    """Return the line of `body` with its newline, and its digest: the `prev` of the next.

    `body` is a JSON object with at least one member, as `encoded` makes it.
    """
    head = b'{"v":1,"seq":%d,"prev":"%b",%b' % (seq, prev.encode("ascii"), body[1:-1])
    digest = sha256(head).hexdigest()
    return b'%b,"sum":"%b"}\n' % (head, digest[:_SUM_DIGITS].encode("ascii")), digest


def unseal(line: bytes) -> Sealed | FlawKind:
    """Read one line with its newline; a line that cannot be believed is the kind of its flaw."""
    if not line.endswith(b"\n"):
        return "torn"
    text = line[:-1]
    try:
        record = loads(text) if text.isascii() else None
    except ValueError:
        return "unreadable"
    if not isinstance(record, dict):
        return "unreadable"
    head, _, tail = text.rpartition(b',"sum":"')
    digest = sha256(head).hexdigest()
    if tail != b'%b"}' % digest[:_SUM_DIGITS].encode("ascii"):
        return "edited"
    return _sealed(digest, record)


def _sealed(digest: str, record: Mapping[str, object]) -> Sealed | FlawKind:
    seq, prev = record.get("seq"), record.get("prev")
    if record.get("v") != VERSION or type(seq) is not int or seq < 0 or not isinstance(prev, str):
        return "unreadable"
    return Sealed(seq, prev, digest, record)
