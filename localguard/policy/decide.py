"""The ten lines of the algebra, as far as one call and one profile go.

    1  one rule set; the order of rules never matters
    2  a rule applies: pattern, no except, not past `until`, all of when, not all of unless
    3  doubt counts against the call
    4  an ask is judged strictly to lift a default deny, loosely to lower an allow
    5  deny, else allow without ask, else ask, else the default
    8  an argument that resolves into localguard's own folders is denied, whatever the profile says,
       and so is a resource whose URI is spelled in a way that no rule can be sure of

A rule that applies and names a duty this version cannot do denies.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from localguard.policy.calls import Call, Kind, item_of
from localguard.policy.decisions import Allow, Ask, Decision, Deny
from localguard.policy.examine import nearest
from localguard.policy.profile import Profile
from localguard.policy.rules import Rule, Verb
from localguard.policy.uris import oddity

BUILT_IN = "built in"


@dataclass(frozen=True, slots=True)
class Standing:
    """The policy in force. With a `fault`, `profile` is the last valid one, if there was any."""

    profile: Profile | None
    fault: str | None = None


def decide(standing: Standing, call: Call) -> Decision:
    """The decision for a call. Total: every call and every standing gets one."""
    if call.facts.own_folder is not None:
        return Deny(
            BUILT_IN,
            f"an argument reaches into localguard's own folder {call.facts.own_folder}",
        )
    if odd := _odd_uri(call.item):
        return Deny(BUILT_IN, odd)
    profile = standing.profile
    if profile is None:
        return Deny(BUILT_IN, standing.fault or "no profile is in force")
    if profile.lacking:
        return Deny(profile.file, _not_yet(profile.lacking))
    return _lowered(_judge(profile, call), standing.fault)


def _odd_uri(item: str) -> str | None:
    prefix = item_of(Kind.RESOURCE, "")
    odd = oddity(item[len(prefix) :]) if item.startswith(prefix) else None
    return None if odd is None else f"its URI has {odd}, which servers read differently"


def _judge(profile: Profile, call: Call) -> Decision:
    rules = profile.concerning(call.server, call.item)
    if lacking := _first(rules, call, (Verb.ALLOW, Verb.ASK, Verb.TOOLS), lacking=True):
        return Deny(str(lacking.origin), _not_yet(lacking.lacking), lacking)
    if denial := _first(rules, call, (Verb.DENY,)):
        return Deny(str(denial.origin), "a deny rule applies", denial, denial.because)
    allowing = _first(rules, call, (Verb.ALLOW,), lets_more=True)
    asking = _first(rules, call, (Verb.ASK,))
    if allowing and not asking:
        return Allow(str(allowing.origin), "an allow rule applies", allowing)
    if allowing and asking:
        return Ask(str(asking.origin), "an ask rule applies, or may apply", asking)
    if strict := _first(rules, call, (Verb.ASK,), lets_more=True):
        return Ask(str(strict.origin), "an ask rule applies", strict)
    return _default(profile, call)


def _first(
    rules: Sequence[Rule],
    call: Call,
    verbs: tuple[Verb, ...],
    *,
    lets_more: bool = False,
    lacking: bool = False,
) -> Rule | None:
    for rule in rules:
        wanted = rule.verb in verbs and (bool(rule.lacking) or not lacking)
        if wanted and rule.applies(call, lets_more=lets_more):
            return rule
    return None


def _default(profile: Profile, call: Call) -> Decision:
    table = profile.servers.get(call.server)
    place = profile.file if table is None or table.default is None else str(table.origin)
    rule = "rule applies" if profile.concerning(call.server, call.item) else "rule names it"
    if profile.default_for(call.server) is Verb.ASK:
        return Ask(f"{place} default", f"no {rule} and the default is ask")
    near = nearest(profile, call)
    reason = f"no {rule} and the default is deny"
    return Deny(f"{place} default", f"{reason}; {near}" if near else reason)


def _lowered(decision: Decision, fault: str | None) -> Decision:
    """While the files are at fault, what the last valid profile allowed is asked ."""
    if fault is None or not isinstance(decision, Allow):
        return decision
    return Ask(decision.by, f"allowed by the last valid profile, but {fault}", decision.rule)


def _not_yet(keys: tuple[str, ...]) -> str:
    return f"{', '.join(keys)}: not in this version of localguard"


def could_pass(standing: Standing, server: str, item: str, *, template: bool = False) -> bool:
    """False when no call to the item can ever be allowed or asked, whatever its arguments.

    A fault keeps everything visible, so that each call can be answered with the way out.
    """
    profile = standing.profile
    if profile is None or standing.fault is not None:
        return True
    rules = profile.concerning(server, item)
    if any(_shuts(rule, server, item) for rule in rules):
        return False
    if profile.default_for(server) is Verb.ASK:
        return True
    lifting = profile.rules if template else rules
    return any(_may_lift(rule, server, item, template=template) for rule in lifting)


def _shuts(rule: Rule, server: str, item: str) -> bool:
    excepted = any(pattern.names(server, item) for pattern in rule.excepts)
    return rule.verb is Verb.DENY and rule.unconditional and not excepted


def _may_lift(rule: Rule, server: str, item: str, *, template: bool) -> bool:
    if rule.verb not in (Verb.ALLOW, Verb.ASK):
        return False
    if template:
        return any(pattern.may_name(server, item) for pattern in rule.patterns)
    excepted = any(p.mark is None and p.names(server, item) for p in rule.excepts)
    return not excepted
