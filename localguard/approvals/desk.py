"""The desk: where an Ask waits for a person, and what becomes of it.

Nothing here reads or writes, or knows the time: clocks are given, and what lasts is kept by whoever
keeps it (`leaves`). A call that waits is settled once: let go by a person or the policy, denied by
either, or told that its client has waited long enough. Time alone never lets anything go.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from localguard.approvals.aging import age, leave
from localguard.approvals.alarm import Alarm
from localguard.approvals.answering import STORMED, Answering
from localguard.approvals.bounds import Bounds
from localguard.approvals.happenings import Tell
from localguard.approvals.kept import Keeper
from localguard.approvals.register import Register
from localguard.approvals.request import Request, live_call
from localguard.approvals.requests import (
    Answered,
    Expired,
    Finished,
    How,
    Judge,
    Matter,
    Pending,
    Refused,
    Rejudge,
    Reply,
    Stale,
    State,
    Turned,
    Waiting,
)
from localguard.approvals.review import OTHER, review
from localguard.approvals.transitions import TABLE, Event, Next
from localguard.approvals.verdicts import differs
from localguard.policy.decide import BUILT_IN
from localguard.policy.decisions import Deny

HELD_FOR: Final = 900.0
"""Seconds after it was opened at which a request lapses."""
SWITCHED: Final = Deny(BUILT_IN, "the profile was switched while the call waited for a person")

_WAYS: Final[Mapping[How, str]] = {
    "allowed": "it was allowed",
    "granted": "it was allowed for the next identical call",
    "denied": "it was denied",
    "cancelled": "its client has taken it back",
    "ended": "its client is gone",
    "switched": "the profile was switched",
    "changed": "the policy decides it now",
    "lapsed": "it has lapsed",
}


class Desk:
    """What is held in one guard.

    `now` is the time since the epoch and `monotonic` one that only goes forward, both in seconds;
    `later` runs a callback after so many seconds. `judge` judges a held call again. `leaves` keeps
    what lasts. While `silent` says so, calls are not kept waiting.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float],
        monotonic: Callable[[], float],
        later: Callable[[float, Callable[[], None]], None],
        judge: Judge,
        leaves: Keeper,
        tell: Tell,
        silent: Callable[[], bool] = lambda: False,
        held_for: float = HELD_FOR,
        bounds: Bounds = Bounds(),  # noqa: B008 -- a value
        table: Mapping[tuple[State, Event], Next] = TABLE,
    ) -> None:
        self._register = Register(now, monotonic, tell, table)
        self._answering = Answering(self._register, judge, leaves)
        self._judge = judge
        self._alarm = Alarm(monotonic, later, self._ring)
        self._silent = silent
        self._held_for = held_for
        self._bounds = bounds

    def requests(self) -> tuple[Pending, ...]:
        """What is open, the oldest first."""
        return tuple(self._register.shown(request) for request in self._register)

    def finished(self) -> tuple[Finished, ...]:
        """The last requests that were closed, the oldest first."""
        return self._register.finished()

    def hold(self, matter: Matter, waiting: Waiting) -> None:
        """Have a call wait for a person, with those that are identical to it.

        Returns at once. A repeat never makes a request live longer.
        """
        with self._turn():
            joined = self._register.at(matter.digest)
            deny = self._unwelcome(matter, waiting, joined)
            if deny is not None:
                self._register.outbox.put(lambda: waiting.settle(Turned(waiting.id, deny)))
            elif self._silent() or waiting.budget <= 0:
                self._defer(joined or self._opened(matter, waiting, "held"), matter, waiting)
            elif joined is None:
                self._opened(matter, waiting, "waiting")
            else:
                with self._register.lawful(joined):
                    self._join(joined, matter, waiting)

    def withdraw(self, call: str) -> None:
        """The client has taken a live call back: it is forgotten and never settled."""
        with self._turn(due=False):
            request = self._register.of(call)
            if request is None:
                return
            with self._register.lawful(request):
                live = next(one for one in request.live if one.waiting.id == call)
                leave(self._register, request, live, None)

    def answer(self, id: str, digest: str, revision: int, answered: Answered) -> Reply:  # noqa: A002
        """Take a person's answer to a request as it was shown. The first one wins."""
        with self._turn():
            request = self._register.get(id)
            if request is None or _overtaken(request, digest, revision):
                return self._stale(id)
            with self._register.lawful(request):
                return self._answered(request, revision, answered)
        return Refused(id, _LOST)

    def stop(self, id: str, who: str) -> Reply:  # noqa: A002
        """Stop a destructive call that was allowed and has not left yet."""
        with self._turn():
            request = self._register.get(id)
            if request is None:
                return self._stale(id)
            with self._register.lawful(request):
                return self._answering.stop(request, who)
        return Refused(id, _LOST)

    def rejudge(self, rejudge: Rejudge, *, switched: bool) -> None:
        """Policy, pins or identity have changed, or the profile was `switched` for another."""
        with self._turn():
            for request in self._open():
                with self._register.lawful(request):
                    if switched:
                        self._register.turn(request, Event.SWITCHED, SWITCHED, "switched", None)
                    else:
                        review(self._register, request, rejudge)

    def end(self, how: How = "ended") -> None:
        """The client is gone: close everything. No call is settled, for nobody would hear of it."""
        with self._turn(due=False):
            for request in self._open():
                with self._register.lawful(request):
                    self._register.advance(request, Event.ENDED)
                    self._register.shut(request, how, None)

    @contextmanager
    def _turn(self, *, due: bool = True) -> Iterator[None]:
        """What is `due` is done first, or later by the alarm; what is to be said is said last."""
        if due:
            self._sweep()
        yield
        self._alarm.set(min((request.due for request in self._register), default=math.inf))
        self._register.outbox.flush()

    def _ring(self) -> None:
        with self._turn():
            pass

    def _sweep(self) -> None:
        for request in self._open():
            with self._register.lawful(request):
                age(self._register, request)
                answered = request.yes
                if answered is not None and request.sends <= self._register.monotonic():
                    self._answering.finish(request, answered)

    def _open(self) -> Iterator[Request]:
        # One that is dealt with may close others.
        return (request for request in self._register if not request.closed)

    def _unwelcome(self, matter: Matter, waiting: Waiting, joined: Request | None) -> Deny | None:
        if matter.call.target in self._answering.stormed:
            return STORMED
        why = self._bounds.why_not(self._register, joined, waiting.size)
        return None if why is None else Deny(BUILT_IN, why)

    def _opened(self, matter: Matter, waiting: Waiting, state: State) -> Request:
        register = self._register
        opened, at = register.now(), register.monotonic()
        until, lapses = opened + self._held_for, at + self._held_for
        request = Request(
            waiting.id, matter, opened, until, lapses, waiting.size, deferred=state == "held"
        )
        request.state = state
        if state == "waiting":
            register.add(request, live_call(matter, waiting, at))
        register.open(request)
        return request

    def _defer(self, request: Request, matter: Matter, waiting: Waiting) -> None:
        """Tell a client at once that its call is held."""
        request.deferred = True
        expired = Expired(request.id, matter.ask, request.until)
        self._register.outbox.put(lambda: waiting.settle(expired))

    def _join(self, request: Request, matter: Matter, waiting: Waiting) -> None:
        register = self._register
        first = not request.live
        # In the books first: if the step is not lawful the call is denied with the others.
        register.add(request, live_call(matter, waiting, register.monotonic()))
        register.advance(request, Event.JOINED)
        if first and differs(matter, request.matter):
            register.advance(request, Event.CHANGED, OTHER)
        request.matter = request.live[0].matter
        register.changed(request)

    def _answered(self, request: Request, revision: int, answered: Answered) -> Reply:
        if not answered.allow:
            return self._answering.no(request, answered)
        review(self._register, request, self._judge)
        if request.closed or request.revision != revision:
            return self._stale(request.id)
        return self._answering.yes(request, answered)

    def _stale(self, id: str) -> Stale:  # noqa: A002
        """Why an answer comes too late, or to something else."""
        request = self._register.get(id)
        if request is not None:
            return Stale(id, request.why or OTHER)
        for finished in self._register.finished():
            if finished.id == id:
                by = f" by {finished.who}" if finished.who else ""
                return Stale(id, f"{_WAYS[finished.how]}{by}")
        return Stale(id, "no such request is open here")


def _overtaken(request: Request, digest: str, revision: int) -> bool:
    shown = (request.matter.digest, request.revision)
    return shown != (digest, revision) or request.state == "sending"


_LOST: Final = "localguard has lost track of this request, so its calls were denied"
