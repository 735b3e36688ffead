"""Why a decision came about: each rule that speaks of the call, and what kept it from applying."""

from dataclasses import dataclass

from localguard.policy.calls import Call
from localguard.policy.conditions import Argument, Condition, Fact, Seen, SignedInWithin
from localguard.policy.profile import Profile
from localguard.policy.rules import Rule, Verb
from localguard.policy.truth import Truth, any_of


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that names the call: whether it applied, and in words what kept it from applying.

    A trial rule (`rule.trial`) that applied took no part all the same.
    """

    rule: Rule
    applied: bool
    kept_by: str


def examine(profile: Profile, call: Call) -> list[Finding]:
    """One finding for each rule whose patterns fit the call, in the order of their places."""
    return [_finding(profile, rule, call) for rule in profile.concerning(call.server, call.item)]


def nearest(profile: Profile, call: Call) -> str:
    """The allow rule that names the call and what kept it from applying, or nothing."""
    for finding in examine(profile, call):
        rule = finding.rule
        if rule.verb is Verb.ALLOW and not (finding.applied or rule.trial):
            return f"{rule.origin} would allow it, but {finding.kept_by}"
    return ""


def _finding(profile: Profile, rule: Rule, call: Call) -> Finding:
    if not profile.counts(rule):
        return Finding(rule, applied=False, kept_by="here only the organisation may allow")
    lets_more = rule.verb is Verb.ALLOW
    applied = rule.applies(call, lets_more=lets_more)
    return Finding(rule, applied, "" if applied else _kept_by(rule, call, lets_more=lets_more))


def _kept_by(rule: Rule, call: Call, *, lets_more: bool) -> str:
    for condition in rule.when:
        answer = condition.judge(call, lets_more=lets_more)
        if not answer.settled(doubt=not lets_more):
            return f"when.{condition.name} {_unfulfilled(condition, answer, call)}"
    if rule.until is not None and call.facts.at >= rule.until:
        return f"until {rule.until.isoformat()} has passed"
    return _kept_by_name(rule, call, lets_more=lets_more) or _kept_by_unless(rule, call)


def _unfulfilled(condition: Condition, answer: Truth, call: Call) -> str:
    if isinstance(condition, Seen):
        called = "was called" if answer is Truth.NO else "is known to have been called"
        return f"does not hold: nothing it names {called} in this session"
    if answer is Truth.NO:
        return "does not hold"
    if isinstance(condition, Argument) and condition.is_missing(call):
        return "is missing in the call"
    if _is_of_person(condition) and call.facts.unsigned:
        return f"cannot be judged: {call.facts.unsigned}"
    return f"cannot be judged{_no_groups(condition, call)}"


def _no_groups(condition: Condition, call: Call) -> str:
    """What a person with no groups at all may not know: most providers give them for a scope."""
    of_groups = isinstance(condition, Fact) and condition.name == "group"
    if not of_groups or call.facts.user is None or call.facts.groups is not None:
        return ""
    return ": no groups are known; your provider may want a scope for them (scopes in [identity])"


def _is_of_person(condition: Condition) -> bool:
    if isinstance(condition, Fact):
        return condition.name not in {"client", "interactive"}
    return isinstance(condition, SignedInWithin)


def _kept_by_name(rule: Rule, call: Call, *, lets_more: bool) -> str:
    named = any_of(pattern.judge(call) for pattern in rule.patterns)
    if not named.settled(doubt=not lets_more):
        return "it has another mark" if named is Truth.NO else "its mark is not known"
    excepted = any_of(pattern.judge(call) for pattern in rule.excepts)
    if not excepted.settled(doubt=lets_more):
        return ""
    return "except names it" if excepted is Truth.YES else "except may name it by its mark"


def _kept_by_unless(rule: Rule, call: Call) -> str:
    return "unless cannot be judged" if rule.applies(call, lets_more=False) else "unless holds"
