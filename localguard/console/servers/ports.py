"""What the screen of servers needs beside the hub."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from localguard.console.services import Told
from localguard.telling.pin_texts import pending
from localguard.telling.reviews import Review
from localguard.telling.subjects import Subject


@dataclass(frozen=True, slots=True)
class KnownServer:
    """What is pinned and was seen under one name, the identity that was seen last first.

    `fault` says why it cannot be read.
    """

    name: str
    subjects: tuple[Subject, ...] = ()
    fault: str | None = None

    @property
    def latest(self) -> Subject | None:
        """The identity that was seen last."""
        return self.subjects[0] if self.subjects else None

    @property
    def confirmed(self) -> bool:
        """Whether a person has reviewed what was seen last."""
        latest = self.latest
        return latest is not None and latest.pin is not None and latest.pin.confirmed is not None

    @property
    def pending(self) -> int:
        """How many things are new or changed since."""
        latest = self.latest
        return 0 if latest is None else pending(latest.pin, latest.seen)


class Looked(NamedTuple):
    """A server as it can be reviewed now, or None and why it cannot be; `told` is for a person."""

    review: Review | None
    told: str = ""


class Pins(Protocol):
    """Pins of servers: read, reviewed, confirmed."""

    async def known(self) -> Sequence[KnownServer]:
        """Every server of which anything is pinned or was seen, by name."""
        ...

    async def look(self, server: str, *, start: bool) -> Looked:
        """What a review is to show: what guards saw last, or what it says when it is started."""
        ...

    async def confirm(self, review: Review, answers: Sequence[bool]) -> Told:
        """Record and pin what was confirmed of the steps of a review, and nothing else.

        Refused where who sits here may not answer, or another was faster.
        """
        ...
