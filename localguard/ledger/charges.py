"""What a call costs under each limited rule, and what a reservation of that found.

Costs are kept in whole millionths, so that what is given back is exactly what was taken, in
whatever order. Pure.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

UNIT: Final = 1_000_000
MAX_COST: Final = 1e12
"""More than this in one call counts as beyond any limit."""


@dataclass(frozen=True, slots=True)
class Charge:
    """`cost` under one rule, whose limit looks back over `seconds`.

    `key` names the rule for all guards: its profile and its name. Where a rule counts calls the
    cost is 1. A cost that is no finite number from 0 to MAX_COST is beyond any limit.
    """

    key: str
    seconds: int
    cost: float = 1.0


@dataclass(frozen=True, slots=True)
class Taken:
    """What one charge has put into the file, so that it can be taken out again."""

    key: str
    slot: float
    units: int


@dataclass(slots=True)
class Reservation:
    """What a call has reserved.

    `spent` has, for the key of each charge, the sum in its window with this call and all calls in
    flight, and None where that is unknown, which counts as reached; `fault` then says why, to a
    person. `file` and `taken` are the ledger's own.
    """

    spent: Mapping[str, float | None]
    fault: str | None = None
    file: str = ""
    taken: tuple[Taken, ...] = field(default=(), repr=False)


def units_of(cost: float) -> int | None:
    """The cost in millionths, at least one of a cost above 0; None where it cannot be counted."""
    if not (math.isfinite(cost) and 0 <= cost <= MAX_COST):
        return None
    return max(round(cost * UNIT), 1) if cost else 0
