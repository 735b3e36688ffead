"""A desk in a world of the tests' own: clocks that stand still, a policy that is a dictionary."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar

from localguard.approvals.bounds import Bounds
from localguard.approvals.desk import Desk
from localguard.approvals.happenings import Happening
from localguard.approvals.kept import Leave, Remembered
from localguard.approvals.requests import (
    Answered,
    Judge,
    Matter,
    Pending,
    Released,
    Reply,
    Settled,
    Turned,
    Waiting,
)
from localguard.approvals.transitions import TABLE
from localguard.errors import LocalguardError
from localguard.policy.calls import Arguments, Call, Facts
from localguard.policy.decisions import Allow, Ask, Decision, Deny
from localguard.policy.duties import Duties
from localguard.policy.grants import call_digest
from localguard.policy.profile import Profile

EPOCH = 1_700_000_000.0
PROFILE = Profile("work", ())
FACTS = Facts(datetime.fromtimestamp(EPOCH, UTC), client="cursor", identity="server-1", pin="pin-1")
ASK = Ask("work.toml:3", "an ask rule applies", remembered_as="work.toml:3")
DESTRUCTIVE = replace(ASK, duties=Duties(destructive=True))
LIMITED = replace(ASK, by="work.toml:9", reason="limit 3/minute of work.toml:9 is reached")
ANN = "ann (pid 7)"
BOB = "bob (pid 8)"
Kind = TypeVar("Kind")


def call_of(tool: str = "send", facts: Facts = FACTS, **arguments: Any) -> Call:
    """A call to one server's tool."""
    return Call("mail", tool, arguments, facts)


def matter_of(call: Call, ask: Ask = ASK) -> Matter:
    """What is asked about a call."""
    return Matter(call, ask, call_digest(PROFILE, call), PROFILE.name)


class Time:
    """Two clocks and the timers that run by one of them, all moved by hand."""

    def __init__(self) -> None:
        self.monotonic = 100.0
        self.wall = EPOCH
        self.timers: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()

    def later(self, seconds: float, callback: Callable[[], None]) -> None:
        """Run a callback when time has been moved so far."""
        heapq.heappush(self.timers, (self.monotonic + seconds, next(self._number), callback))

    def move(self, seconds: float) -> None:
        """Let time pass, and each timer ring when it is due."""
        end = self.monotonic + seconds
        while self.timers and self.timers[0][0] <= end:
            at, _, callback = heapq.heappop(self.timers)
            self._to(max(at, self.monotonic))
            callback()
        self._to(end)

    def stall(self, seconds: float) -> None:
        """Let time pass while the loop is busy: no timer rings."""
        self._to(self.monotonic + seconds)

    def _to(self, at: float) -> None:
        self.wall += at - self.monotonic
        self.monotonic = at


class Policy:
    """Judges calls by what their tool is set to, else by `other`; Ask if there is neither.

    `edited` are the arguments that people wrote, all of which get a Deny with a `misfit`.
    """

    def __init__(self) -> None:
        self.decisions: dict[str, Decision] = {}
        self.facts: Facts | None = None
        self.misfit: str | None = None
        self.edited: list[Arguments] = []
        self.lost = False
        self.other: Judge | None = None

    def __call__(self, call: Call, *, edited: bool = False) -> tuple[Decision, Matter | None]:
        if self.other is not None:
            return self.other(call, edited=edited)
        if edited:
            self.edited.append(call.arguments)
            if self.misfit:
                return Deny("built in", self.misfit), None
        decision = self.decisions.get(call.item, ASK)
        fresh = call if self.facts is None else replace(call, facts=self.facts)
        asked = isinstance(decision, Ask) and not self.lost
        return decision, matter_of(fresh, decision) if asked else None  # type: ignore[arg-type]


@dataclass
class Keeper:
    """Keeps in memory what lasts; with a `fault` it keeps nothing."""

    leaves: list[Leave] = field(default_factory=list)
    answers: list[Remembered] = field(default_factory=list)
    fault: str | None = None

    def give(self, leave: Leave) -> None:
        self._fail()
        self.leaves.append(leave)

    def remember(self, remembered: Remembered) -> None:
        self._fail()
        self.answers.append(remembered)

    def _fail(self) -> None:
        if self.fault:
            raise LocalguardError(self.fault, fix="ask again")


class World:
    """One desk with everything around it. `settled` has what became of each live call."""

    def __init__(self, table: Any = TABLE, **bounds: int) -> None:
        self.time = Time()
        self.policy = Policy()
        self.keeper = Keeper()
        self.told: list[Happening] = []
        self.settled: dict[str, list[Settled]] = {}
        self.beats: dict[str, list[str]] = {}
        self.silent = False
        self.desk = Desk(
            now=lambda: self.time.wall,
            monotonic=lambda: self.time.monotonic,
            later=self.time.later,
            judge=self.policy,
            leaves=self.keeper,
            tell=self.told.append,
            silent=lambda: self.silent,
            bounds=Bounds(**bounds),
            table=table,
        )

    def hold(
        self,
        name: str = "g-1",
        call: Call | None = None,
        ask: Ask | None = None,
        *,
        budget: float = 45.0,
        size: int = 0,
        progress: bool = False,
    ) -> Matter:
        """Have a call wait, by default with an ask that the policy raises."""
        call = call or call_of(to="ann")
        found = self.policy.decisions.get(call.item, ASK)
        matter = matter_of(call, ask or (found if isinstance(found, Ask) else ASK))
        self.settled[name], self.beats[name] = [], []
        told = self.beats[name].append if progress else None
        self.desk.hold(matter, Waiting(name, budget, self.settled[name].append, told, size))
        return matter

    def answer(self, allow: bool = True, name: str = "g-1", who: str = ANN, **more: Any) -> Reply:
        """Answer a request as it is now."""
        return self.answer_to(self.request(name), Answered(allow, who, **more))

    def answer_to(self, shown: Pending, answered: Answered) -> Reply:
        """Answer a request as it was shown."""
        return self.desk.answer(shown.id, shown.matter.digest, shown.revision, answered)

    def request(self, name: str = "g-1") -> Pending:
        """An open request."""
        return next(one for one in self.desk.requests() if one.id == name)

    def outcome(self, name: str = "g-1") -> Settled:
        """What has become of a live call, which was settled once."""
        (settled,) = self.settled[name]
        return settled

    def happened(self, kind: type[Kind]) -> list[Kind]:
        """What was told of one kind."""
        return [one for one in self.told if isinstance(one, kind)]


def allow_of(settled: Settled) -> Allow:
    """The Allow of a call that was let go."""
    assert isinstance(settled, Released)
    return settled.allow


def deny_of(settled: Settled) -> Deny:
    """The Deny of a call that was turned away."""
    assert isinstance(settled, Turned)
    return settled.deny
