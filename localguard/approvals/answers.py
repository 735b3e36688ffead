"""What a person's answer amounts to: what it may be, and what of it is kept.

A lasting yes settles later calls without a question. So it is only taken where the rule lets it be
remembered, never for what is destructive or takes a new sign-in, and only if it covers the very
call it was given for. A no may always be remembered.
"""

from datetime import UTC, datetime
from typing import Final

from localguard.approvals.kept import Leave, Remembered
from localguard.approvals.requests import Answered, Matter, question_of
from localguard.policy.canonical import digest_of
from localguard.policy.conditions import Condition, Whole
from localguard.policy.grants import ANY_RULE, Answer, Grant

MINUTES: Final = 900.0
"""Seconds for which leave for one call holds, and an answer with the scope "minutes"."""

_ONCE: Final = "answer with once, or no"


def objection(matter: Matter, answered: Answered, now: float, *, live: bool) -> str | None:
    """Why a yes cannot be taken as it was given, now (epoch); None where it can."""
    if matter.ask.duties.reauth and (why := _not_signed_in_for(answered)) is not None:
        return why
    lasting = answered.scope != "once"
    if answered.arguments is not None and lasting:
        return "changed arguments are for this call alone: answer with once"
    if answered.arguments is not None and not live:
        return "no client waits for this call, so its arguments cannot be changed"
    return _not_lasting(matter, answered, now) if lasting else None


def _not_signed_in_for(answered: Answered) -> str | None:
    if answered.receipt is None:
        return "a yes to this takes a new sign-in for this very call"
    if answered.arguments is not None:
        return "the sign-in is for the call as it is: have the model ask with other arguments"
    return None


def _not_lasting(matter: Matter, answered: Answered, now: float) -> str | None:
    if matter.ask.duties.destructive:
        return f"a destructive call is asked about each time: {_ONCE}"
    if matter.ask.remembered_as is None:
        return f"this is asked each time: {_ONCE}"
    if not lasts(matter, answer_of(matter, answered, now)):
        return f"what is known of this call, its server and its client is not enough: {_ONCE}"
    return None


def lasts(matter: Matter, answer: Answer) -> bool:
    """Whether an answer covers the call it was given for; that of a nameless client does not."""
    return answer.client is not None and answer.covers(matter.profile, matter.call)


def remembered(request: str, matter: Matter, answered: Answered, now: float) -> Remembered:
    """A lasting answer, as it is kept."""
    answer = answer_of(matter, answered, now)
    return Remembered(request, answered.scope, answer, answered.who, now)


def answer_of(matter: Matter, answered: Answered, now: float) -> Answer:
    """The lasting answer that was given to a matter at a moment (epoch)."""
    whole: tuple[Condition, ...] = (Whole(digest_of(matter.call.arguments)),)
    when = whole if answered.when is None else answered.when
    rule = matter.ask.remembered_as or ANY_RULE
    until = _ends(now) if answered.scope == "minutes" else None
    return _answer(matter, rule, when, until, allows=answered.allow)


def storm_of(request: str, matter: Matter, who: str, now: float) -> Remembered:
    """The no to a whole target, for as long as the client runs."""
    answer = _answer(matter, ANY_RULE, (), None, allows=False)
    return Remembered(request, "session", answer, who, now)


def leave_of(request: str, matter: Matter, who: str, now: float) -> Leave:
    """Leave for one call that is identical to a held one."""
    call, grant = matter.call, Grant(matter.digest, _ends(now))
    client = call.facts.client
    return Leave(request, call.target, client, question_of(matter.ask), grant, who, now)


def _ends(now: float) -> datetime:
    return datetime.fromtimestamp(now + MINUTES, UTC)


def _answer(
    matter: Matter,
    rule: str,
    when: tuple[Condition, ...],
    until: datetime | None,
    *,
    allows: bool,
) -> Answer:
    call, facts = matter.call, matter.call.facts
    # An empty identity covers nothing, and neither does one of another server.
    identity = facts.identity or ""
    return Answer(
        rule,
        matter.profile,
        call.target,
        identity,
        pin=facts.pin,
        client=facts.client,
        when=when,
        until=until,
        allows=allows,
        person=None if facts.person is None else facts.person.id,
    )
