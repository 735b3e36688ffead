"""Places in a text, joined where they overlap, and replaced. Knows no kinds."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

MOST: Final = 50_000
"""Places that one search may find in one text; a text with more of them is withheld whole."""
TOO_MUCH: Final = "all of it, for too much was found"

Counts = Mapping[str, int]
"""How often each kind, or each registered secret by its name, was replaced."""


class Finding(NamedTuple):
    """`text[start:end]` is what `label` says."""

    start: int
    end: int
    label: str


def mark(label: str) -> str:
    """What stands in place of what was found."""
    return f"[redacted: {label}]"


def replace(text: str, findings: Iterable[Finding], counts: Counter[str]) -> str:
    """The text without what was found; counted in `counts`.

    Of places that overlap the whole is taken out, once, as what came first among `findings`.
    """
    pieces: list[str] = []
    done = 0
    for start, end, label in _joined(findings):
        pieces += text[done:start], mark(label)
        counts[label] += 1
        done = end
    return "".join((*pieces, text[done:]))


def _joined(findings: Iterable[Finding]) -> Iterator[Finding]:
    ranked = sorted(enumerate(findings), key=lambda pair: (pair[1].start, pair[0]))
    current: Finding | None = None
    rank = 0
    for number, finding in ranked:
        if current is None or finding.start >= current.end:
            if current is not None:
                yield current
            current, rank = finding, number
        else:
            label = current.label if rank <= number else finding.label
            current = Finding(current.start, max(current.end, finding.end), label)
            rank = min(rank, number)
    if current is not None:
        yield current
