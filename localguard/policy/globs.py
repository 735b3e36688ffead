"""Names and texts with `*` (any characters, also none) and `?` (exactly one).

The pattern is cut at its stars into pieces that are looked for from left to right. Taking the
leftmost place for each piece never loses a match, so a hostile text costs linear time.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Glob:
    """A compiled pattern. Every character but `*` and `?` stands for itself, case included."""

    text: str
    literal: bool = field(init=False, repr=False, compare=False)
    pieces: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "literal", "*" not in self.text and "?" not in self.text)
        object.__setattr__(self, "pieces", tuple(self.text.split("*")))

    def matches(self, text: str) -> bool:
        """True when the whole of `text` fits the pattern."""
        if self.literal:
            return text == self.text
        first, last = self.pieces[0], self.pieces[-1]
        if len(self.pieces) == 1:
            return len(text) == len(first) and _fits(first, text, 0)
        return _fits(first, text, 0) and self._matches_after(len(first), text, last)

    def _matches_after(self, position: int, text: str, last: str) -> bool:
        for piece in self.pieces[1:-1]:
            found = _find(piece, text, position)
            if found < 0:
                return False
            position = found + len(piece)
        tail = len(text) - len(last)
        return tail >= position and _fits(last, text, tail)


def _fits(piece: str, text: str, position: int) -> bool:
    if "?" not in piece:
        return text.startswith(piece, position)
    return _expression(piece).match(text, position) is not None


def _find(piece: str, text: str, position: int) -> int:
    if "?" not in piece:
        return text.find(piece, position)
    found = _expression(piece).search(text, position)
    return -1 if found is None else found.start()


@lru_cache(1024)
def _expression(piece: str) -> re.Pattern[str]:
    return re.compile("".join("." if c == "?" else re.escape(c) for c in piece), re.DOTALL)


def may_overlap(pattern: str, template: str) -> bool:
    """True unless no text can fit both `pattern` and the URI template (RFC 6570) `template`.

    Compares what both must begin with; says True where that does not decide.
    """
    left = re.split(r"[*?]", pattern, maxsplit=1)[0]
    right = template.split("{", 1)[0]
    return left.startswith(right) or right.startswith(left)
