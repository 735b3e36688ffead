"""What of a person's answer is kept for later calls: leave for one call, or an answer that lasts.

Values, and the interface of whatever keeps them. Both are bound by the keeper to the profile as it
is in force now, and an answer for a session to the client process.
"""

from dataclasses import dataclass
from typing import Protocol

from localguard.approvals.requests import Scope
from localguard.policy.grants import Answer, Grant


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave for one call like the one held as `request`, given by `who` at `made` (epoch).

    `question` is what was asked (`question_of`).
    """

    request: str
    target: str
    client: str | None
    question: str
    grant: Grant
    who: str
    made: float

    @property
    def until(self) -> float:
        """When it ends, in seconds since the epoch."""
        return self.grant.until.timestamp()


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answer that lasts, given to `request` by `who` at `made` (epoch)."""

    request: str
    scope: Scope
    answer: Answer
    who: str
    made: float

    @property
    def until(self) -> float | None:
        """When it ends, in seconds since the epoch; None where no time ends it."""
        return None if self.answer.until is None else self.answer.until.timestamp()


class Keeper(Protocol):
    """Where they are kept, for all guards. Raises LocalguardError where they cannot be."""

    def give(self, leave: Leave) -> None:
        """Keep leave for one call until it is used or ends."""
        ...

    def remember(self, remembered: Remembered) -> None:
        """Keep an answer that lasts."""
        ...
