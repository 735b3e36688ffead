"""Judges what is held once more: when the policy may have changed, and before anything is let go.

What the policy decides by now needs no person. Where it asks something else, whoever was shown the
old question has to be shown the new one.
"""

from localguard.approvals.register import Register
from localguard.approvals.request import Live, Request
from localguard.approvals.requests import Matter, Rejudge, Released, Settled, Turned
from localguard.approvals.transitions import Event
from localguard.approvals.verdicts import Verdict, again, differs
from localguard.policy.decisions import Allow, Deny

OTHER = "what is asked has changed since it was shown"
_POLICY = "the policy"


def review(register: Register, request: Request, judge: Rejudge) -> None:
    """Bring a request and each of its live calls up to date.

    Raises LostRequest, and then no call has been let go.
    """
    if not request.live:
        _review_held(register, request, again(judge, request.matter.call))
        return
    found = [(live, again(judge, live.matter.call)) for live in request.live]
    staying = [(live, verdict) for live, verdict in found if isinstance(verdict, Matter)]
    decided = [(live, verdict) for live, verdict in found if not isinstance(verdict, Matter)]
    if not staying:
        register.advance(request, Event.SETTLED)
        _settle(register, request, decided)
        register.shut(request, "changed", None)
        return
    overtaken = staying[0][0] is not request.live[0]
    if overtaken or differs(staying[0][1], request.matter):
        register.advance(request, Event.CHANGED, OTHER)
    for live, matter in staying:
        live.matter = matter
    _settle(register, request, decided)
    retitle(register, request, staying[0][1], told=bool(decided))


def retitle(register: Register, request: Request, matter: Matter, *, told: bool = False) -> None:
    """Give a request the matter of its next call; `told` says that it is another in any case."""
    changed = differs(matter, request.matter)
    other = register.moved(request, matter.digest)
    request.matter = matter
    if other is not None:
        _join(register, request, other)
    elif changed or told:
        register.changed(request)


def _review_held(register: Register, request: Request, verdict: Verdict) -> None:
    if not isinstance(verdict, Matter):
        register.advance(request, Event.SETTLED)
        register.shut(request, "changed", None)
        return
    if differs(verdict, request.matter):
        register.advance(request, Event.CHANGED, OTHER)
    retitle(register, request, verdict)


def _settle(register: Register, request: Request, decided: list[tuple[Live, Allow | Deny]]) -> None:
    for live, verdict in decided:
        settled: Settled = (
            Released(request.id, verdict, _POLICY)
            if isinstance(verdict, Allow)
            else Turned(request.id, verdict)
        )
        register.settle(request, live, settled)


def _join(register: Register, request: Request, other: Request) -> None:
    """What was asked apart is the same by now: all calls wait in the request that is there."""
    register.advance(request, Event.SETTLED)
    for live in tuple(request.live):
        register.advance(other, Event.JOINED)
        register.take(request, live)
        register.add(other, live)
    register.shut(request, "changed", None)
    register.changed(other)
