"""What was measured: for each measure and each subject one value a round. Knows no process."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Series = dict[str, list[float]]
"""For each subject the values of all rounds, in the order of the rounds."""


@dataclass(frozen=True, slots=True)
class Quartiles:
    """Where the middle half of the values lies, and their median."""

    low: float
    median: float
    high: float


def quartiles(values: Sequence[float]) -> Quartiles:
    """The quartiles, interpolated between neighbours. Raises ValueError without values."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return Quartiles(*(_between(ordered, share) for share in (0.25, 0.5, 0.75)))


def _between(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(slots=True)
class Result:
    """The values of one scenario under one regime, and which subjects have none, and why."""

    name: str
    subjects: list[str]
    measures: dict[str, Series] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def record(self, subject: str, values: Mapping[str, float]) -> None:
        """Add the values of a subject's turn."""
        for measure, value in values.items():
            self.measures.setdefault(measure, {}).setdefault(subject, []).append(value)

    def drop(self, subject: str, why: str) -> None:
        """Forget the subject: the rounds it has are not the rounds the others have."""
        self.missing[subject] = why
        self.subjects.remove(subject)
        for series in self.measures.values():
            series.pop(subject, None)
