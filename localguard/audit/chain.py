"""What is wrong with a chain: the pieces it lies in, and what keeps them from being one.

A line that follows the line before it lengthens the piece that ends there; every other line begins
a new piece. A chain without a flaw is one piece, however long, so that a check needs memory only
for what is wrong. Pure; knows lines, not files.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from localguard.audit.sealing import GENESIS, FlawKind, Sealed, unseal

MOST_PIECES: Final = 10_000

_DETAILS: Final[Mapping[FlawKind, str]] = {
    "torn": "the line has no end: its writing was interrupted, or it was cut off",
    "unreadable": "the line is not a record of this version",
    "edited": "the line was changed after it was written",
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong at line `line` (from 1)."""

    line: int
    kind: FlawKind
    detail: str


@dataclass(slots=True)
class Piece:
    """Lines that stand and follow one upon the other: records `first` to `last`, from `line` on.

    `prev` is what the first remembers, `digest` that of the last; None where it is not known.
    """

    line: int
    first: int
    prev: str | None
    last: int
    digest: str | None

    def line_of(self, seq: int) -> int:
        """The line of a record in this piece."""
        return self.line + seq - self.first

    def part(self, first: int, last: int) -> "Piece":
        """The part with these records; within a piece no line's digest is remembered."""
        prev = self.prev if first == self.first else None
        digest = self.digest if last == self.last else None
        return Piece(self.line_of(first), first, prev, last, digest)


class Chain:
    """A segment that is read line by line. `lines` of them were read."""

    def __init__(self) -> None:
        """Begin before the first line."""
        self.lines = 0
        self.piece: Piece | None = None
        self._pieces: list[Piece] = []
        self._broken: list[Flaw] = []

    def add(self, line: bytes) -> Sealed | FlawKind:
        """Take the next line, with its newline; what `unseal` says of it."""
        self.lines += 1
        found = unseal(line)
        if isinstance(found, Sealed):
            self._take(found)
            return found
        self.piece = None
        if not self._crowded():
            self._broken.append(Flaw(self.lines, found, _DETAILS[found]))
        return found

    def _take(self, found: Sealed) -> None:
        piece = self.piece
        if piece is not None and found.prev == piece.digest and found.seq == piece.last + 1:
            piece.last = found.seq
            piece.digest = found.digest
            return
        self.piece = Piece(self.lines, found.seq, found.prev, found.seq, found.digest)
        if not self._crowded():
            self._pieces.append(self.piece)

    def _crowded(self) -> bool:
        return len(self._pieces) + len(self._broken) > MOST_PIECES

    def flaws(self) -> list[Flaw]:
        """What is wrong with the lines read so far, in line order.

        Beyond `MOST_PIECES` the rest is one flaw: there is no chain left to speak of.
        """
        kept, twice = _split(self._pieces)
        broken = [flaw.line for flaw in self._broken]
        found = [*self._broken, *twice, *_reordered(kept), *_missing(kept, broken)]
        found += [*_rewritten(kept)]
        if self._crowded():
            detail = f"more than {MOST_PIECES} breaks in the chain: what follows was not looked at"
            found.append(Flaw(self.lines, "unreadable", detail))
        return sorted(found, key=lambda flaw: flaw.line)


def check(lines: Iterable[bytes]) -> list[Flaw]:
    """Name what is wrong with a segment, given as its lines with their newlines, in line order."""
    chain = Chain()
    for line in lines:
        chain.add(line)
    return chain.flaws()


def _split(pieces: Iterable[Piece]) -> tuple[list[Piece], list[Flaw]]:
    """The pieces without the records that an earlier line already had, and a flaw for each such."""
    kept: list[Piece] = []
    twice: list[Flaw] = []
    taken: list[Piece] = []  # those of `kept`, by their records: no two have one in common
    for piece in pieces:
        at = piece.first
        while at <= piece.last:
            here = bisect_right(taken, at, key=_first)
            earlier = taken[here - 1] if here else None
            if earlier is not None and earlier.last >= at:
                twice.append(_duplicated(piece, at, earlier))
                at = earlier.last + 1
                continue
            end = min(piece.last, taken[here].first - 1) if here < len(taken) else piece.last
            part = piece.part(at, end)
            taken.insert(here, part)
            kept.append(part)
            at = end + 1
    return kept, twice


def _first(piece: Piece) -> int:
    return piece.first


def _duplicated(piece: Piece, at: int, earlier: Piece) -> Flaw:
    end = min(piece.last, earlier.last)
    what = f"record {at} is" if end == at else f"records {at} to {end} are"
    detail = f"{what} already in line {earlier.line_of(at)}" + (" and on" if end > at else "")
    return Flaw(piece.line_of(at), "duplicated", detail)


def _reordered(kept: Iterable[Piece]) -> Iterator[Flaw]:
    highest = -1
    for piece in kept:
        if piece.first < highest:
            detail = f"record {piece.first} comes after record {highest}"
            yield Flaw(piece.line, "reordered", detail)
        highest = max(highest, piece.last)


def _missing(kept: Iterable[Piece], broken: Sequence[int]) -> Iterator[Flaw]:
    """Holes in the numbering, except where a broken line stands in for the record."""
    before, at = -1, 0
    for piece in sorted(kept, key=_first):
        low, high = sorted((at, piece.line))
        stand_ins = bisect_left(broken, high) - bisect_right(broken, low)
        count = piece.first - before - 1 - stand_ins
        if count > 0:
            yield Flaw(piece.line, "missing", f"{count} missing before record {piece.first}")
        before, at = piece.last, piece.line_of(piece.last)


def _rewritten(kept: Sequence[Piece]) -> Iterator[Flaw]:
    """Lines that their successor remembers otherwise; the first must remember the header."""
    ends = {piece.last: piece for piece in kept}
    for piece in kept:
        line, expected = _before(piece, ends)
        if None not in (expected, piece.prev) and piece.prev != expected:
            detail = f"line {piece.line} was written after another line than this"
            yield Flaw(line, "edited", detail)


def _before(piece: Piece, ends: Mapping[int, Piece]) -> tuple[int, str | None]:
    """The line before a piece and its digest; a first line answers for the header itself."""
    if piece.first == 0:
        return piece.line, GENESIS
    found = ends.get(piece.first - 1)
    return (0, None) if found is None else (found.line_of(found.last), found.digest)
