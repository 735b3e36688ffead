"""What a desk tells those who listen: the console's views and the audit log are made of it.

In the order in which it happened, and before any call of it is settled, so that an answer is
recorded before what it allows.
"""

from collections.abc import Callable
from dataclasses import dataclass

from localguard.approvals.kept import Leave, Remembered
from localguard.approvals.requests import Answered, Finished, How, Pending


@dataclass(frozen=True, slots=True)
class Opened:
    """A person is asked."""

    request: Pending


@dataclass(frozen=True, slots=True)
class Changed:
    """A request is another than before: its count, its state, or what is asked."""

    request: Pending


@dataclass(frozen=True, slots=True)
class Decided:
    """A person's answer was taken. `request` is as it was then, and `how` what the answer does."""

    request: Pending
    answered: Answered
    how: How


@dataclass(frozen=True, slots=True)
class Stopped:
    """`who` has stopped a call that was being sent; `request` waits again."""

    request: Pending
    who: str


@dataclass(frozen=True, slots=True)
class Closed:
    """A request is no longer open. If it was `held`, nobody waited for it any more."""

    finished: Finished
    held: bool


@dataclass(frozen=True, slots=True)
class Granted:
    """Leave for one call was given."""

    leave: Leave


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer is remembered."""

    remembered: Remembered


@dataclass(frozen=True, slots=True)
class Storm:
    """A target is denied while the client runs, since `who` said no so often, last to `request`."""

    request: str
    target: str
    who: str


@dataclass(frozen=True, slots=True)
class Troubled:
    """Something that a person asked for could not be done; `why` has the way out."""

    request: str
    why: str


Happening = Opened | Changed | Decided | Stopped | Closed | Granted | Kept | Storm | Troubled

Tell = Callable[[Happening], None]
"""Takes each happening in order. Never blocks, never raises."""
