"""Whether a call takes a new sign-in: what `reauth` of the rules that apply to it demands.

With a duration a sign-in that is not older will do. Without one each call takes a step-up: a
sign-in for this very call, which the answer of a person then comes with.
"""

from collections.abc import Iterable

from localguard.policy.calls import Call
from localguard.policy.conditions import SignedInWithin
from localguard.policy.rules import Rule
from localguard.policy.truth import Truth

EACH_CALL = 0
"""The `Rule.reauth` of a rule that wants a new sign-in for each call."""


def unmet(rules: Iterable[Rule], call: Call) -> Rule | None:
    """The first of some rules with `reauth` that the sign-in is too old for.

    One that wants a sign-in for each call comes before others. An age that is not known is too old.
    """
    found = [rule for rule in rules if rule.reauth is not None and not _met(rule.reauth, call)]
    return min(found, key=lambda rule: rule.reauth != EACH_CALL, default=None)


def _met(seconds: int, call: Call) -> bool:
    fresh = SignedInWithin(seconds).judge(call, lets_more=True)
    return seconds != EACH_CALL and fresh is Truth.YES


def words(rule: Rule, call: Call) -> str:
    """Why the rule wants a new sign-in, for a person."""
    if rule.reauth == EACH_CALL:
        return f"{rule.origin} takes a new sign-in for each such call"
    if call.facts.unsigned is not None:
        return f"{rule.origin} takes a sign-in, and {call.facts.unsigned}"
    known = call.facts.signed_in_at is not None
    age = "yours is older" if known else "it is not known when yours was"
    span = _span(rule.reauth)
    return f"{rule.origin} takes a sign-in of the last {span}, and {age}: sign in again"


def _span(seconds: int | None) -> str:
    """As a profile writes it, for example `15m`."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
