"""The algebra once more, as plainly as it can be written: no rule is sorted, settled or kept."""

from dataclasses import replace

from localguard.policy.calls import Call, Facts
from localguard.policy.grants import ANY_RULE
from localguard.policy.judge import DEFAULT
from localguard.policy.people import vouches_alike
from localguard.policy.profile import Profile
from localguard.policy.rules import Origin, Rule, Verb


def applying(rules: list[Rule], call: Call, verb: Verb, *, lets_more: bool = False) -> list[Rule]:
    """The rules of a verb that apply."""
    return [one for one in rules if one.verb is verb and one.applies(call, lets_more=lets_more)]


def plain(profile: Profile, call: Call, *, destructive: bool = False) -> str:
    """What the rules and the defaults say (lines 1 to 6)."""
    rules = sorted((one for one in profile.rules if not one.trial), key=lambda one: one.origin)
    if applying(rules, call, Verb.DENY):
        return "deny"
    allows = applying(rules, call, Verb.ALLOW, lets_more=True)
    allowed = any(one.managed or profile.user_allow for one in allows)
    loose = applying(rules, call, Verb.ASK)
    strict = applying(rules, call, Verb.ASK, lets_more=True)
    if allowed and not loose:
        return "allow"
    names = [_answered_as(profile, one.lasting_name, one.remember) for one in loose]
    if not allowed and not strict:
        own = profile.servers[call.server].default if call.server in profile.servers else None
        if Verb.DENY in ((own or profile.default), profile.managed_default):
            return "deny"
        names.append(_answered_as(profile, DEFAULT))
    given = [_answer(profile, name, call, at_large=not destructive) for name in names]
    if "no" in given:
        return "deny"
    return "allow" if all(given) else "ask"


def _answered_as(profile: Profile, name: str, remember: str | None = None) -> str | None:
    return name if profile.user_allow and remember != "never" else None


def _answer(profile: Profile, name: str | None, call: Call, *, at_large: bool) -> str | None:
    """What persons have said to a question; a no comes first, and one to anything counts.

    A yes to whatever arguments is none to what is destructive.
    """
    said = [one for one in profile.answers if one.covers(profile.name, call)]
    if any(not one.allows and one.rule in (name, ANY_RULE) for one in said):
        return "no"
    fitting = [one for one in said if one.allows and one.rule == name]
    return "yes" if any(at_large or one.when for one in fitting) else None


def overlaid(profile: Profile, call: Call) -> str:
    """That, under sign-ins, limits, reviews and pins."""
    lacks = profile.sign_in is not None and profile.sign_in.required and call.facts.user is None
    if call.facts.misfit or lacks:
        return "deny"
    doubted = replace(call, facts=_doubted(call))
    calls = [call] if call.facts.confirmed else [call, doubted]
    destructive = "destructive" in (call.facts.marks or ()) or any(
        _is_risky(one, each) for one in profile.rules for each in calls
    )
    word = plain(profile, call, destructive=destructive)
    if word == "allow" and not call.facts.confirmed:
        word = "allow" if plain(profile, doubted) == "allow" else "ask"
    if word == "deny":
        return word
    over = {one.over for one in profile.rules if any(_is_over(one, each) for each in calls)}
    if Verb.DENY in over:
        return "deny"
    unreviewed = {"new", "changed"} & (call.facts.marks or frozenset())
    if unreviewed and profile.pins_strict:
        return "deny"
    stale = any(_takes_a_sign_in(one, each) for one in profile.rules for each in calls)
    return "ask" if unreviewed or over or stale else word


def held_against(current: Profile, accepted: Profile, call: Call) -> str:
    """What the one says, unless it allows what the other does not.

    A limit that only the other has is one that nobody counts, so it counts as reached.
    """
    word = overlaid(current, call)
    known = call if vouches_alike(current.sign_in, accepted.sign_in) else _by_nobody(call)
    if word != "allow" or overlaid(accepted, known) != "allow":
        return "ask" if word == "allow" else word
    calls = [known] if call.facts.confirmed else [known, replace(known, facts=_doubted(known))]
    nowhere = Origin("", 0)
    counted = [replace(one, origin=nowhere) for one in current.rules]
    for rule in accepted.rules:
        live = rule.limit and not rule.trial and rule.verb is not Verb.DENY
        if live and replace(rule, origin=nowhere) not in counted:
            surely = rule.verb is Verb.ALLOW
            if any(rule.applies(each, lets_more=surely) for each in calls):
                return "ask"
    return word


def _by_nobody(call: Call) -> Call:
    unknown = {"user": None, "groups": None, "claims": None, "signed_in_at": None, "person": None}
    return replace(call, facts=replace(call.facts, **unknown))  # type: ignore[arg-type]


def _takes_a_sign_in(rule: Rule, call: Call) -> bool:
    if rule.reauth is None or rule.trial or rule.verb is Verb.DENY:
        return False
    at, moment = call.facts.at.timestamp(), call.facts.signed_in_at
    fresh = rule.reauth > 0 and moment is not None and 0 <= at - moment <= rule.reauth
    return not fresh and rule.applies(call, lets_more=rule.verb is Verb.ALLOW)


def _doubted(call: Call) -> Facts:
    return replace(call.facts, marks=None)


def _is_risky(rule: Rule, call: Call) -> bool:
    if rule.risk is None or rule.trial or rule.verb is Verb.DENY:
        return False
    return rule.applies(call, lets_more=rule.verb is Verb.ALLOW)


def _is_over(rule: Rule, call: Call) -> bool:
    if rule.limit is None or rule.trial or rule.verb is Verb.DENY:
        return False
    spent = call.facts.spent.get(rule.name, 0)
    over = spent is None or spent > rule.limit.count
    return over and rule.applies(call, lets_more=rule.verb is Verb.ALLOW)
