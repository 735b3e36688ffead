"""Three-valued truth: what a condition may answer. Knows nothing of calls or rules."""

from collections.abc import Iterable
from enum import Enum


class Truth(Enum):
    """The answer of a condition. DOUBT is an answer of its own, never a silent NO."""

    YES = "yes"
    NO = "no"
    DOUBT = "doubt"

    def settled(self, *, doubt: bool) -> bool:
        """This answer as a plain yes or no, with `doubt` standing for DOUBT."""
        return doubt if self is Truth.DOUBT else self is Truth.YES


def truth(value: bool) -> Truth:  # noqa: FBT001
    """YES or NO for something that is known."""
    return Truth.YES if value else Truth.NO


def any_of(answers: Iterable[Truth]) -> Truth:
    """YES when one answer is YES, else DOUBT when one is, else NO (Kleene's or)."""
    found = Truth.NO
    for answer in answers:
        if answer is Truth.YES:
            return answer
        if answer is Truth.DOUBT:
            found = answer
    return found


def all_of(answers: Iterable[Truth]) -> Truth:
    """NO when one answer is NO, else DOUBT when one is, else YES (Kleene's and)."""
    found = Truth.YES
    for answer in answers:
        if answer is Truth.NO:
            return answer
        if answer is Truth.DOUBT:
            found = answer
    return found
