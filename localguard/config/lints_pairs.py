"""Notes on rules that get in each other's way, and on one that outlasts the sign-in.

Looks at the rules alone, and at no call. Pure.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from localguard.config.tables import Unfit
from localguard.config.values import read_duration
from localguard.policy.conditions import Argument
from localguard.policy.matchers import AnyOf, Literal, Matcher, Text
from localguard.policy.profile import Profile
from localguard.policy.rules import Pattern, Rule, Verb

Told = Iterator[tuple[str, str]]

_LASTING: Final = ("never", "session")


def covering(patterns: Iterable[Pattern], rules: Iterable[Rule]) -> list[Rule]:
    """The rules without any limit that between them name all that the patterns do; none if not."""
    found = [_covering(pattern, rules) for pattern in patterns]
    return [] if None in found else list(dict.fromkeys(one for one in found if one is not None))


def _covering(pattern: Pattern, rules: Iterable[Rule]) -> Rule | None:
    for rule in rules:
        limited = rule.excepts or rule.when or rule.unless or rule.until or rule.trial
        if not limited and any(_covers(one, pattern) for one in rule.patterns):
            return rule
    return None


def _covers(wide: Pattern, narrow: Pattern) -> bool:
    """Whether all that one pattern names is named by the other; a mark may be anything."""
    item = "*" if narrow.item is None else narrow.item.text
    return (
        wide.item is not None
        and "?" not in wide.server.text + wide.item.text
        and wide.server.matches(narrow.server.text)
        and wide.item.matches(item)
    )


def always_asked(rule: Rule, profile: Profile) -> Told:
    """An ask lowers whatever is allowed: a broad one beside a narrow allow leaves nothing of it."""
    asks = [one for one in profile.rules if one.verb is Verb.ASK]
    if rule.verb is Verb.ALLOW and (found := covering(rule.patterns, asks)):
        by = ", ".join(str(one.origin) for one in found)
        fix = 'give that an except, or write default = "ask" for the server in its place'
        yield f"it never allows anything: {by} asks for all that it names", fix


def spelled(rule: Rule, profile: Profile) -> Told:
    """A denial by one spelling of a value, beside an allow of all others."""
    if rule.verb is not Verb.DENY or rule.unless:
        return
    allowing = [one for one in profile.rules if one.verb is Verb.ALLOW]
    found = covering(rule.patterns, allowing)
    names = [one.name for one in rule.when if isinstance(one, Argument) and _is_spelled(one)]
    if found and names and len(names) == len(rule.when):
        by = ", ".join(str(one.origin) for one in found)
        what = f"{by} allows every other spelling of {names[0]} than this one denies"
        yield what, f"say there what may be: when.{names[0]} = …, or unless.{names[0]} = …"


def _is_spelled(condition: Argument) -> bool:
    found = list(_flat(condition.matchers))
    return bool(found) and all(isinstance(one, Text | Literal) for one in found)


def _flat(matchers: Iterable[Matcher]) -> Iterator[Matcher]:
    for matcher in matchers:
        if isinstance(matcher, AnyOf):
            yield from _flat(matcher.matchers)
        else:
            yield matcher


def outlasting(rule: Rule, profile: Profile) -> Told:
    """An answer binds to the sign-in, so it ends with it whatever is written."""
    most = None if profile.sign_in is None else profile.sign_in.max_session_age
    if most is None or rule.remember is None or rule.remember in _LASTING:
        return
    try:
        asked = read_duration(rule.remember)
    except Unfit:
        return
    if asked > most:
        what = f'remember = "{rule.remember}" is longer than a sign-in, which ends after {most} s'
        yield what, "a shorter one, or a longer max_session_age in [identity]"
