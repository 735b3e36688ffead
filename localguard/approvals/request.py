"""One open approval request and its live calls, as the desk keeps them.

Times are in seconds of the monotonic clock, but for `opened` and `until`, which people see. Changed
by the register and the desk alone.
"""

import math
from dataclasses import dataclass, field

from localguard.approvals.heartbeat import FIRST
from localguard.approvals.requests import Answered, Finished, How, Matter, Pending, State, Waiting

_OVERHEAD = 16_384
"""Bytes that an open call costs at the least, here and in the relay."""
_MISSED: frozenset[How] = frozenset({"cancelled", "ended", "lapsed"})


def cost(size: int) -> int:
    """What one held call costs in memory, in bytes, by the size of its frame."""
    return size + _OVERHEAD


@dataclass(slots=True, eq=False)
class Live:
    """A call whose client waits until `deadline`; at `beat` it is told so."""

    matter: Matter
    waiting: Waiting
    deadline: float
    beat: float


def live_call(matter: Matter, waiting: Waiting, at: float) -> Live:
    """A call that has just come."""
    beat = math.inf if waiting.progress is None else at + FIRST
    return Live(matter, waiting, at + waiting.budget, beat)


@dataclass(slots=True, eq=False)
class Request:
    """All that is known of a request. The oldest live call comes first.

    `deferred` says that some client was told to repeat the call after an answer. `yes` is the
    answer that is carried out at `sends`, while the state is `sending`. `why` says what made the
    last answer to it stale, and `who` gave the last one.
    """

    id: str
    matter: Matter
    opened: float
    until: float
    lapses: float
    size: int
    live: list[Live] = field(default_factory=list)
    state: State = "waiting"
    revision: int = 1
    deferred: bool = False
    closed: bool = False
    yes: Answered | None = None
    sends: float = math.inf
    who: str | None = None
    why: str = ""

    @property
    def due(self) -> float:
        """When something has to be done about it."""
        moments = [min(one.deadline, one.beat) for one in self.live]
        return min(self.lapses, self.sends, *moments)

    @property
    def weight(self) -> int:
        """What it costs in memory, in bytes."""
        return cost(self.size) * max(len(self.live), 1)

    def left(self, live: Live, at: float) -> float:
        """Seconds for which a live call can still be answered."""
        return max(min(live.deadline, self.lapses) - at, 0.0)

    def pending(self, at: float) -> Pending:
        """The request as it is shown."""
        left = self.left(self.live[0], at) if self.live else 0.0
        return Pending(
            self.id,
            self.matter,
            self.revision,
            self.state,
            len(self.live),
            self.opened,
            self.until,
            left,
            self.who,
        )

    def finished(self, how: How, who: str | None, at: float) -> Finished:
        """What is remembered of it once it is closed."""
        missed = self.who is None and how in _MISSED
        call = self.matter.call
        return Finished(self.id, call.server, call.item, how, who, at, missed)
