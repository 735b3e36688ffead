"""What a record holds of a call. `audit.recalled` makes the call of it again."""

from datetime import datetime
from typing import Final

from localguard.audit.people import person
from localguard.audit.records import Decided
from localguard.policy.calls import Call, Facts
from localguard.policy.decide import Standing, would_be
from localguard.policy.decisions import Allow, Decision, Deny, word
from localguard.relay.frames import Request
from localguard.relay.methods import era
from localguard.relay.told_arguments import Told

_USUAL: Final = tuple(
    (name, value)
    for name in Facts.__slots__
    if name not in ("at", "client", "person")
    for value in [getattr(Facts(datetime.min), name)]  # noqa: DTZ901
)
"""Every fact but the client and the person, which have a place of their own in a record, and what
is left out of it."""


def decided(
    request: Request,
    standing: Standing,
    call: Call,
    decision: Decision,
    *,
    told: Told,
    call_id: str,
    size: int,
    listed: bool | None,
    approval: str | None = None,
) -> Decided:
    """The record of a decision. `size` is that of the request in bytes.

    `approval` is the request that a person has answered, if one allowed the call before.
    """
    profile, otherwise = standing.profile, would_be(standing, call)
    return Decided(
        call=call_id,
        direction="client",
        era=era(request.params),
        method=request.method,
        server=call.server,
        item=call.item,
        request_id=request.id,
        client=call.facts.client,
        profile=None if profile is None else profile.name,
        profile_digest=None if profile is None else profile.digest,
        decision=word(decision),
        rule=decision.by,
        reason=decision.reason,
        because=decision.because if isinstance(decision, Deny) else None,
        facts=told_facts(call.facts),
        arguments=told.arguments,
        arguments_hash=told.hash,
        complete=told.complete,
        bytes=size,
        approval=approval,
        listed=listed,
        risk=_risk(decision),
        would_be=None if otherwise is None else word(otherwise),
        person=person(call.facts.person),
        observed=_observed(standing, decision),
    )


def _observed(standing: Standing, decision: Decision) -> bool | None:
    passed = isinstance(decision, Allow) and decision.observed
    return passed if passed or standing.observed_until else None


def _risk(decision: Decision) -> str | None:
    destructive = not isinstance(decision, Deny) and decision.duties.destructive
    return "destructive" if destructive else None


def told_facts(facts: Facts) -> dict[str, object]:
    """The facts that the decision used, by their names; what is unknown or empty is left out."""
    told: dict[str, object] = {"at": facts.at.isoformat(timespec="seconds")}
    for name, usual in _USUAL:
        value = getattr(facts, name)
        if value != usual:
            told[name] = sorted(value) if isinstance(value, frozenset) else value
    return told
