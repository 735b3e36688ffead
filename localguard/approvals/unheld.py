"""The desk: where an Ask waits for a person.

`hold` returns at once; the outcome comes through `settle`, exactly once, now or later. In this
version nobody can answer, so every request is settled at once as `Expired`, which is what a budget
that ends without an answer gives . Policy knows nothing of this: an Ask is a value.
"""

from collections.abc import Callable
from dataclasses import dataclass

from localguard.policy.calls import Call
from localguard.policy.decisions import Ask


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """A held call: `id` is short enough to be said aloud (A7)."""

    id: str
    call: Call
    ask: Ask


@dataclass(frozen=True, slots=True)
class Expired:
    """The budget ended without an answer; nothing was executed."""

    request: ApprovalRequest


Settle = Callable[[Expired], None]


class Desk:
    """Numbers the approval requests of one guard and settles each exactly once."""

    def __init__(self) -> None:
        self._count = 0

    def hold(self, call: Call, ask: Ask, settle: Settle) -> None:
        """Hold the call until an answer comes or the budget ends."""
        self._count += 1
        settle(Expired(ApprovalRequest(f"A{self._count}", call, ask)))
