"""Carries out what a person has answered: one yes, one call; a no, all that are identical.

A destructive call that was allowed is kept back for a moment in which it can be stopped, always
within the time that its client waits. Whatever is let go has been judged again just before.
"""

from collections.abc import Iterator
from typing import Final

from localguard.approvals.aging import move_up
from localguard.approvals.answers import lasts, leave_of, objection, remembered, storm_of
from localguard.approvals.happenings import Decided, Granted, Kept, Stopped, Storm, Troubled
from localguard.approvals.kept import Keeper, Leave, Remembered
from localguard.approvals.register import Register
from localguard.approvals.request import Request
from localguard.approvals.requests import (
    Answered,
    How,
    Judge,
    Refused,
    Released,
    Reply,
    Stale,
    Taken,
)
from localguard.approvals.review import review
from localguard.approvals.storms import Denials
from localguard.approvals.transitions import Event
from localguard.approvals.verdicts import permit
from localguard.errors import LocalguardError
from localguard.policy.decide import BUILT_IN
from localguard.policy.decisions import Allow, Deny

UNDO: Final = 2.0
"""Seconds in which a destructive call that was allowed can be stopped."""
MARGIN: Final = 0.25
"""Seconds before its client stops waiting by which it is sent at the latest."""
STORMED: Final = Deny(BUILT_IN, "a person said no to this again and again, and is asked no more")


class Answering:
    """The answers of people to the requests of one register.

    `stormed` are the targets that a person said no to so often, where that could not be kept.
    """

    def __init__(self, register: Register, judge: Judge, keeper: Keeper) -> None:
        self.stormed: set[str] = set()
        self._register = register
        self._judge = judge
        self._keeper = keeper
        self._denials = Denials(register.monotonic)

    def no(self, request: Request, answered: Answered) -> Reply:
        """Deny all live calls of a request. Raises LostRequest."""
        matter, count = request.matter, len(request.live)
        note = f": {answered.reason}" if answered.reason else ""
        deny = Deny(matter.ask.by, f"a person said no{note}", matter.ask.rule)
        self._register.say(Decided(self._register.shown(request), answered, "denied"))
        request.who = answered.who
        self._register.turn(request, Event.DENIED, deny, "denied", answered.who)
        fault = self._remember_no(request, answered)
        self._storm(request, answered)
        return Taken(request.id, _denied(count, fault))

    def yes(self, request: Request, answered: Answered) -> Reply:
        """Let the oldest live call go, now or in a moment; or give leave for the next one.

        Raises LostRequest, and then nothing was let go or given.
        """
        allow = self._permit(request, answered)
        if isinstance(allow, str):
            return Refused(request.id, allow)
        window = self._window(request, allow)
        if window:
            return self._send_later(request, answered, window)
        event = _passing(request)
        self._register.foresee(request, event)
        kept = self._kept(request, answered)
        fault = self._keep(kept)
        if fault is not None:
            return Refused(request.id, fault)
        how: How = "allowed" if request.live else "granted"
        words = _allowed(request) if request.live else _GRANTED
        self._register.say(Decided(self._register.shown(request), answered, how))
        self._say_kept(kept)
        self._let_go(request, answered, allow, event)
        if isinstance(kept, Remembered):
            self._review_others(request)
        return Taken(request.id, words)

    def finish(self, request: Request, answered: Answered) -> None:
        """Send what was allowed and not stopped. Raises LostRequest, and then nothing was sent."""
        review(self._register, request, self._judge)
        if request.yes is not answered:
            return
        allow = permit(self._judge, request.matter, answered)
        if isinstance(allow, Allow):
            self._let_go(request, answered, allow, _passing(request))
            return
        self._register.advance(request, Event.FAILED, allow)
        self._register.say(Troubled(request.id, allow))
        self._register.changed(request)

    def stop(self, request: Request, who: str) -> Reply:
        """Have a call that is being sent wait again. Raises LostRequest."""
        if request.state != "sending":
            return Stale(request.id, "nothing of it is being sent")
        self._register.advance(request, Event.STOPPED, f"{who} stopped it meanwhile")
        request.who = who
        self._register.say(Stopped(self._register.shown(request), who))
        return Taken(request.id, "stopped: nothing was sent, and it waits for an answer again")

    def _permit(self, request: Request, answered: Answered) -> Allow | str:
        live, now = bool(request.live), self._register.now()
        why = objection(request.matter, answered, now, live=live)
        return permit(self._judge, request.matter, answered) if why is None else why

    def _window(self, request: Request, allow: Allow) -> float:
        if not (request.live and allow.duties.destructive):
            return 0.0
        left = request.left(request.live[0], self._register.monotonic())
        return max(min(UNDO, left - MARGIN), 0.0)

    def _send_later(self, request: Request, answered: Answered, window: float) -> Reply:
        shown = self._register.shown(request)
        self._register.advance(request, Event.YES, f"{answered.who} allowed it")
        request.yes, request.sends = answered, self._register.monotonic() + window
        request.who = answered.who
        self._register.say(Decided(shown, answered, "allowed"))
        self._register.changed(request)
        return Taken(request.id, f"allowed: it is sent in {window:.1f} s unless it is stopped")

    def _let_go(self, request: Request, answered: Answered, allow: Allow, event: Event) -> None:
        register, who = self._register, answered.who
        register.advance(request, event, f"{who} allowed one of its calls")
        request.who = who
        if not request.live:
            register.shut(request, "granted", who)
            return
        released = Released(request.id, allow, who, answered.arguments)
        register.settle(request, request.live[0], released)
        if request.closed:
            register.shut(request, "allowed", who)
        else:
            move_up(register, request)

    def _kept(self, request: Request, answered: Answered) -> Leave | Remembered | None:
        now = self._register.now()
        if answered.scope != "once":
            return remembered(request.id, request.matter, answered, now)
        if request.live:
            return None
        return leave_of(request.id, request.matter, answered.who, now)

    def _keep(self, kept: Leave | Remembered | None) -> str | None:
        """Why something cannot be kept; None where it is, or there is nothing to keep."""
        try:
            if isinstance(kept, Leave):
                self._keeper.give(kept)
            elif kept is not None:
                self._keeper.remember(kept)
        except LocalguardError as fault:
            return fault.explain()
        return None

    def _say_kept(self, kept: Leave | Remembered | None) -> None:
        if isinstance(kept, Leave):
            self._register.say(Granted(kept))
        elif kept is not None:
            self._register.say(Kept(kept))

    def _remember_no(self, request: Request, answered: Answered) -> str | None:
        if answered.scope == "once":
            return None
        kept = remembered(request.id, request.matter, answered, self._register.now())
        if not lasts(request.matter, kept.answer):
            return "too little is known of this call, its server and its client"
        fault = self._keep(kept)
        if fault is None:
            self._say_kept(kept)
            self._review_others(request)
        return fault

    def _storm(self, request: Request, answered: Answered) -> None:
        target = request.matter.call.target
        if not self._denials.add(target):
            return
        kept = storm_of(request.id, request.matter, answered.who, self._register.now())
        if lasts(request.matter, kept.answer) and self._keep(kept) is None:
            self._say_kept(kept)
        else:
            self.stormed.add(target)
        self._register.say(Storm(request.id, target, answered.who))
        for other in self._others(request):
            with self._register.lawful(other):
                self._register.turn(other, Event.STORMED, STORMED, "denied", answered.who)

    def _review_others(self, request: Request) -> None:
        for other in self._others(request):
            with self._register.lawful(other):
                review(self._register, other, self._judge)

    def _others(self, request: Request) -> Iterator[Request]:
        """What is open for the same target, this request included if it still is."""
        target = request.matter.call.target
        for other in self._register:
            if other.matter.call.target == target and not other.closed:
                yield other


_GRANTED: Final = "allowed: its client waits no more, so the next identical call goes through"


def _passing(request: Request) -> Event:
    if not request.live:
        return Event.GRANTED
    return Event.ALLOWED if len(request.live) == 1 else Event.PASSED


def _allowed(request: Request) -> str:
    rest = len(request.live) - 1
    return f"allowed: one call goes through, {rest} more like it still wait" if rest else "allowed"


def _denied(count: int, fault: str | None) -> str:
    words = f"denied, for all {count} calls that wait" if count > 1 else "denied"
    return words if fault is None else f"{words}; it is not remembered: {fault}"
