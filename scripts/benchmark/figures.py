"""Figures out of results: each is one value a round, and ratios are formed inside the round."""

import math
from collections.abc import Callable
from operator import sub

from scripts.benchmark.results import Result

DIRECT = "direct"
Figure = Callable[[Result, str], list[float]]
"""The values of a subject, one a round. Raises Unmeasured."""


class Unmeasured(Exception):
    """A figure needs a subject that has no values."""

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self.subject = subject


def plain(measure: str, fixed: str | None = None) -> Figure:
    """The measure itself; with `fixed` always that subject's."""

    def figure(result: Result, subject: str) -> list[float]:
        name = fixed or subject
        values = result.measures.get(measure, {}).get(name)
        if not values:
            raise Unmeasured(name)
        return values

    return figure


def added(measure: str, fixed: str | None = None) -> Figure:
    """What the subject adds to `direct`."""
    return _round_by_round(sub, plain(measure, fixed), plain(measure, DIRECT))


def ratio(measure: str, base: str, fixed: str | None = None) -> Figure:
    """The measure in units of what the subject `base` has."""
    return _round_by_round(_divided, plain(measure, fixed), plain(measure, base))


def added_ratio(measure: str, base: str) -> Figure:
    """What the subject adds to `direct` in units of what `base` adds."""
    return _round_by_round(_divided, added(measure), added(measure, base))


def within(measure: str, base: str) -> Figure:
    """A measure in units of another one of the same subject."""
    return _round_by_round(_divided, plain(measure), plain(base))


def share(measure: str, unit: float) -> Figure:
    """The measure in units of a number."""
    return lambda result, subject: [value / unit for value in plain(measure)(result, subject)]


def _round_by_round(two: Callable[[float, float], float], one: Figure, other: Figure) -> Figure:
    def figure(result: Result, subject: str) -> list[float]:
        pairs = zip(one(result, subject), other(result, subject), strict=True)
        return [two(*pair) for pair in pairs]

    return figure


def _divided(value: float, base: float) -> float:
    return value / base if base else math.inf
