"""The algebra once more, as plainly as it can be written: no rule is sorted, settled or kept."""

from dataclasses import replace

from localguard.policy.calls import Call
from localguard.policy.decisions import Ask
from localguard.policy.grants import settling
from localguard.policy.judge import DEFAULT
from localguard.policy.profile import Profile
from localguard.policy.rules import Rule, Verb


def applying(rules: list[Rule], call: Call, verb: Verb, *, lets_more: bool = False) -> list[Rule]:
    """The rules of a verb that apply."""
    return [one for one in rules if one.verb is verb and one.applies(call, lets_more=lets_more)]


def plain(profile: Profile, call: Call) -> str:
    """What the rules and the defaults say (lines 1 to 6)."""
    rules = sorted((one for one in profile.rules if not one.trial), key=lambda one: one.origin)
    for verb in (Verb.ALLOW, Verb.ASK, Verb.TOOLS):
        if any(one.lacking for one in applying(rules, call, verb)):
            return "deny"
    if applying(rules, call, Verb.DENY):
        return "deny"
    allows = applying(rules, call, Verb.ALLOW, lets_more=True)
    allowed = any(one.managed or profile.user_allow for one in allows)
    loose = applying(rules, call, Verb.ASK)
    strict = applying(rules, call, Verb.ASK, lets_more=True)
    if allowed and not loose:
        return "allow"
    names = [None if one.remember == "never" else one.lasting_name for one in loose]
    if not allowed and not strict:
        own = profile.servers[call.server].default if call.server in profile.servers else None
        if Verb.DENY in ((own or profile.default), profile.managed_default):
            return "deny"
        names.append(DEFAULT)
    asks = [Ask("x", "y", remembered_as=name) for name in names]
    return "allow" if all(settling(profile, ask, call) for ask in asks) else "ask"


def overlaid(profile: Profile, call: Call) -> str:
    """That, under limits, reviews and pins."""
    if call.facts.misfit:
        return "deny"
    word = plain(profile, call)
    doubted = replace(call, facts=replace(call.facts, marks=None))
    if word == "allow" and not call.facts.confirmed:
        word = "allow" if plain(profile, doubted) == "allow" else "ask"
    if word == "deny":
        return word
    calls = [call] if call.facts.confirmed else [call, doubted]
    over = {one.over for one in profile.rules if any(_is_over(one, each) for each in calls)}
    if Verb.DENY in over:
        return "deny"
    unreviewed = {"new", "changed"} & (call.facts.marks or frozenset())
    if unreviewed and profile.pins_strict:
        return "deny"
    return "ask" if unreviewed or over else word


def _is_over(rule: Rule, call: Call) -> bool:
    if rule.limit is None or rule.trial or rule.verb is Verb.DENY:
        return False
    spent = call.facts.spent.get(rule.name, 0)
    over = spent is None or spent > rule.limit.count
    return over and rule.applies(call, lets_more=rule.verb is Verb.ALLOW)
