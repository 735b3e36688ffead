"""One record as one line, bound to the line before it.

A line is an ASCII JSON object and a newline:

    {"v":1,"seq":N,"prev":P, ...the record... ,"sum":S}

P is the SHA-256 (hex) of the line before without its newline, for the first line that of `HEADER`.
S is the start of the SHA-256 of the line up to `,"sum"`: it tells an edited line from one whose
neighbour was edited, and guards the last line, which nothing follows. Pure.

What this cannot find: whole lines missing at the end, and a rewrite of everything from some line
on by someone who computes it all anew. That takes a witness outside the file.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal, TypeAlias

VERSION: Final = 1
HEADER: Final = b"localguard audit segment, version 1"
GENESIS: Final = sha256(HEADER).hexdigest()

FlawKind: TypeAlias = Literal["torn", "unreadable", "edited", "missing", "reordered", "duplicated"]

_DETAILS: Final[Mapping[FlawKind, str]] = {
    "torn": "the line has no end: its writing was interrupted, or it was cut off",
    "unreadable": "the line is not a record of this version",
    "edited": "the line was changed after it was written",
}
_SUM_DIGITS: Final = 16
_encode: Final = json.JSONEncoder(
    separators=(",", ":"), allow_nan=False, check_circular=False
).encode


@dataclass(frozen=True, slots=True)
class Sealed:
    """A line that is whole and unedited in itself; `digest` is what the next line remembers."""

    seq: int
    prev: str
    digest: str
    record: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong at line `line` (from 1)."""

    line: int
    kind: FlawKind
    detail: str


def seal(prev: str, seq: int, body: Mapping[str, object]) -> tuple[bytes, str]:
    """Return the line of `body` with its newline, and its digest: the `prev` of the next.

    Raises ValueError, TypeError or RecursionError when `body` is not JSON.
    """
    text = _encode({"v": VERSION, "seq": seq, "prev": prev, **body})
    head = text[:-1].encode("ascii")
    hashed = sha256(head)
    tail = f',"sum":"{hashed.hexdigest()[:_SUM_DIGITS]}"}}'.encode("ascii")
    hashed.update(tail)
    return b"%b%b\n" % (head, tail), hashed.hexdigest()


def unseal(line: bytes) -> Sealed | FlawKind:
    """Read one line with its newline; a line that cannot be believed is the kind of its flaw."""
    if not line.endswith(b"\n"):
        return "torn"
    text = line[:-1]
    try:
        record = json.loads(text.decode("ascii"))
    except (ValueError, RecursionError):
        return "unreadable"
    if not isinstance(record, dict):
        return "unreadable"
    if not _sum_holds(text):
        return "edited"
    return _sealed(text, record)


def _sum_holds(text: bytes) -> bool:
    head, _, tail = text.rpartition(b',"sum":"')
    return tail == sha256(head).hexdigest()[:_SUM_DIGITS].encode("ascii") + b'"}'


def _sealed(text: bytes, record: Mapping[str, object]) -> Sealed | FlawKind:
    seq, prev = record.get("seq"), record.get("prev")
    if record.get("v") != VERSION or type(seq) is not int or seq < 0 or not isinstance(prev, str):
        return "unreadable"
    return Sealed(seq, prev, sha256(text).hexdigest(), record)


def check(lines: Iterable[bytes]) -> list[Flaw]:
    """Name what is wrong with a segment, given as its lines with their newlines, in line order."""
    sound: list[_Place] = []
    broken: list[Flaw] = []
    for number, line in enumerate(lines, start=1):
        found = unseal(line)
        if isinstance(found, Sealed):
            sound.append(_Place(number, found.seq, found.prev, found.digest))
        else:
            broken.append(Flaw(number, found, _DETAILS[found]))
    firsts: dict[int, _Place] = {}
    for place in sound:
        firsts.setdefault(place.seq, place)
    broken_lines = [flaw.line for flaw in broken]
    found_flaws = (*_misplaced(sound, firsts), *_missing(firsts, broken_lines), *_rewritten(firsts))
    return sorted((*broken, *found_flaws), key=lambda flaw: flaw.line)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a sound line stands and how it is bound, without its record: segments are long."""

    line: int
    seq: int
    prev: str
    digest: str


def _misplaced(sound: Iterable[_Place], firsts: Mapping[int, _Place]) -> Iterator[Flaw]:
    highest = -1
    for place in sound:
        first = firsts[place.seq]
        if first is not place:
            detail = f"record {place.seq} is already in line {first.line}"
            yield Flaw(place.line, "duplicated", detail)
        elif place.seq < highest:
            detail = f"record {place.seq} comes after record {highest}"
            yield Flaw(place.line, "reordered", detail)
        highest = max(highest, place.seq)


def _missing(firsts: Mapping[int, _Place], broken: Sequence[int]) -> Iterator[Flaw]:
    """Holes in the numbering, except where a broken line stands in for the record."""
    before, at = -1, 0
    for seq, place in sorted(firsts.items()):
        low, high = sorted((at, place.line))
        stand_ins = bisect_left(broken, high) - bisect_right(broken, low)
        count = seq - before - 1 - stand_ins
        if count > 0:
            yield Flaw(place.line, "missing", f"{count} missing before record {seq}")
        before, at = seq, place.line


def _rewritten(firsts: Mapping[int, _Place]) -> Iterator[Flaw]:
    """Lines that their successor remembers otherwise; the first must remember the header."""
    for seq, place in firsts.items():
        if seq == 0:
            before, expected = place, GENESIS
        elif seq - 1 in firsts:
            before = firsts[seq - 1]
            expected = before.digest
        else:
            continue
        if place.prev != expected:
            detail = f"line {place.line} was written after another line than this"
            yield Flaw(before.line, "edited", detail)
