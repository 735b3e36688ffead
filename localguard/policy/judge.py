"""What the rules and the defaults say of a call (the algebra, lines 1 to 6).

Knows nothing of what is laid over that: faults, limits, and definitions that nobody has reviewed.
"""

from collections.abc import Iterator, Sequence

from localguard.policy.calls import Call
from localguard.policy.decisions import Allow, Ask, Decision, Deny
from localguard.policy.docket import Docket, Entry
from localguard.policy.examine import nearest
from localguard.policy.grants import Answer, settling
from localguard.policy.profile import Profile
from localguard.policy.rules import Rule, Verb

DEFAULT = "the default"
"""What an answer to a default is remembered for. No rule can have an id with a blank."""


def judge(
    profile: Profile,
    answers: Sequence[Answer],
    docket: Docket,
    call: Call,
    *,
    at_large: bool = True,
) -> Decision:
    """The decision of the profile. `answers` are those that are remembered outside its files.

    Unless `at_large`, a yes to whatever arguments settles nothing.
    """
    if denying := _first(docket.denying, call):
        rule = denying.rule
        return Deny(str(rule.origin), "a deny rule applies", rule, rule.because)
    decision = _allowed_or_asked(profile, docket, call)
    if isinstance(decision, Ask) and (answers or profile.answers):
        return _settled(profile, answers, decision, docket, call, at_large=at_large)
    return decision


def _allowed_or_asked(profile: Profile, docket: Docket, call: Call) -> Decision:
    allowing = _first(docket.allowing, call, lets_more=True)
    if allowing:
        asking = _first(docket.asking, call)
        return _ask(asking.rule, profile) if asking else allowing.allow
    strict = _first(docket.asking, call, lets_more=True)
    return _ask(strict.rule, profile) if strict else _default(profile, docket, call)


def _first(entries: Sequence[Entry], call: Call, *, lets_more: bool = False) -> Entry | None:
    for entry in entries:
        if entry.certain or entry.rule.applies(call, lets_more=lets_more):
            return entry
    return None


def _ask(rule: Rule, profile: Profile) -> Ask:
    lasting = profile.user_allow and rule.remember != "never"
    name = rule.lasting_name if lasting else None
    reason = "an ask rule applies, or may apply"
    return Ask(str(rule.origin), reason, rule, remembered_as=name)


def _default(profile: Profile, docket: Docket, call: Call) -> Decision:
    place = profile.default_place(call.server)
    named = any(not rule.trial for rule in docket.rules)
    rule = "rule applies" if named else "rule names it"
    if profile.default_for(call.server) is Verb.ASK:
        name = DEFAULT if profile.user_allow else None
        return Ask(place, f"no {rule} and the default is ask", remembered_as=name)
    near = nearest(profile, call)
    reason = f"no {rule} and the default is deny"
    return Deny(place, f"{reason}; {near}" if near else reason)


def _settled(
    profile: Profile,
    answers: Sequence[Answer],
    ask: Ask,
    docket: Docket,
    call: Call,
    *,
    at_large: bool,
) -> Decision:
    """Deny where a question was answered with no, Allow where each was with yes, else Ask."""
    questions = list(_questions(ask, profile, docket, call))
    found = [settling(profile, one, call, answers, at_large=at_large) for one in questions]
    for answer in found:
        if answer is not None and not answer.allows:
            return Deny(ask.by, f"a person's no holds{_until(answer)}", ask.rule)
    for question, answer in zip(questions, found, strict=True):
        if answer is None:
            return question
    return Allow(ask.by, f"a person's answer holds{_until(found[0])}", ask.rule)


def _questions(ask: Ask, profile: Profile, docket: Docket, call: Call) -> Iterator[Ask]:
    yield ask
    for entry in docket.asking:
        if entry.rule is not ask.rule and entry.applies(call):
            yield _ask(entry.rule, profile)


def _until(answer: Answer | None) -> str:
    until = None if answer is None else answer.until
    return "" if until is None else f" until {until.isoformat(timespec='seconds')}"
