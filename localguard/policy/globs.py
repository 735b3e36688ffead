"""Names and texts with `*` (any characters, also none) and `?` (exactly one).

The pattern is cut at its stars into pieces that are looked for from left to right. Taking the
leftmost place for each piece never loses a match, so a hostile text costs linear time.
"""

import re
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Glob:
    """A compiled pattern. Every character but `*` and `?` stands for itself, case included."""

    text: str
    pieces: tuple[re.Pattern[str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pieces = tuple(_piece(piece) for piece in self.text.split("*"))
        object.__setattr__(self, "pieces", pieces)

    @property
    def literal(self) -> bool:
        """True when the pattern can only match its own text."""
        return "*" not in self.text and "?" not in self.text

    def matches(self, text: str) -> bool:
        """True when the whole of `text` fits the pattern."""
        if self.literal:
            return text == self.text
        if len(self.pieces) == 1:
            return self.pieces[0].fullmatch(text) is not None
        return self._matches_pieces(text)

    def _matches_pieces(self, text: str) -> bool:
        first, *middle, last = self.pieces
        head = first.match(text)
        if head is None:
            return False
        position = head.end()
        for piece in middle:
            found = piece.search(text, position)
            if found is None:
                return False
            position = found.end()
        tail = len(text) - self._tail_length()
        return tail >= position and last.fullmatch(text, tail) is not None

    def _tail_length(self) -> int:
        return len(self.text) - self.text.rfind("*") - 1


def _piece(text: str) -> re.Pattern[str]:
    return re.compile("".join("." if c == "?" else re.escape(c) for c in text), re.DOTALL)


def may_overlap(pattern: str, template: str) -> bool:
    """True unless no text can fit both `pattern` and the URI template (RFC 6570) `template`.

    Compares what both must begin with; says True where that does not decide.
    """
    left = re.split(r"[*?]", pattern, maxsplit=1)[0]
    right = template.split("{", 1)[0]
    return left.startswith(right) or right.startswith(left)
