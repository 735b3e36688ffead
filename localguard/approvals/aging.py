"""What time does to a request: nothing but hold, deny or say that it still waits.

A call whose client has stopped waiting is never let go, however late the clock is looked at.
"""

from functools import partial
from typing import Final

from localguard.approvals.heartbeat import GAP, PERIOD, words
from localguard.approvals.register import Register
from localguard.approvals.request import Live, Request
from localguard.approvals.requests import Expired
from localguard.approvals.review import OTHER, retitle
from localguard.approvals.transitions import Event
from localguard.approvals.verdicts import differs
from localguard.policy.decide import BUILT_IN
from localguard.policy.decisions import Deny

LAPSED: Final = Deny(
    BUILT_IN, "nobody answered while the request was open; calling again asks anew"
)


def age(register: Register, request: Request) -> None:
    """Do what is due about a request, except to send what was allowed."""
    at = register.monotonic()
    if at >= request.lapses or register.now() >= request.until:
        register.turn(request, Event.LAPSED, LAPSED, "lapsed", None)
        return
    for live in tuple(request.live):
        if at >= live.deadline:
            leave(register, request, live, Expired(request.id, live.matter.ask, request.until))
        elif at >= live.beat:
            _beat(register, request, live, at)


def leave(register: Register, request: Request, live: Live, expired: Expired | None) -> None:
    """A live call waits no more: its client gave up (`expired`), or has taken it back."""
    deferred = request.deferred or expired is not None
    register.advance(request, _parting(request, live, deferred=deferred), _PARTED)
    request.deferred = deferred
    if expired is None:
        register.take(request, live)
    else:
        register.settle(request, live, expired)
    if request.closed:
        register.shut(request, "cancelled", None)
    else:
        move_up(register, request)


def move_up(register: Register, request: Request) -> None:
    """The next live call, if there is one, is what is asked about now."""
    if not request.live:
        register.changed(request)
        return
    matter = request.live[0].matter
    if differs(matter, request.matter):
        register.advance(request, Event.CHANGED, OTHER)
    retitle(register, request, matter, told=True)


_PARTED: Final = "the call that was allowed is gone, and others like it wait"


def _parting(request: Request, live: Live, *, deferred: bool) -> Event:
    if len(request.live) == 1:
        return Event.DEFERRED if deferred else Event.CANCELLED
    if request.state == "sending" and live is request.live[0]:
        return Event.OVERTAKEN
    return Event.LEFT


def _beat(register: Register, request: Request, live: Live, at: float) -> None:
    live.beat = at + PERIOD
    left = request.left(live, at)
    sending = request.state == "sending" and live is request.live[0]
    if left > GAP and not sending and live.waiting.progress is not None:
        register.outbox.put(partial(live.waiting.progress, words(request.id, left)))
