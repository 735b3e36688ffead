"""A yes to a tool whatever its arguments, and the tool is destructive, or becomes so.

Whoever plays a guard can show a destructive tool as a harmless one, and have a person allow it for
good; and a rule that calls it destructive may come later. Neither lets such calls through unasked.
"""

from dataclasses import replace

import pytest

from localguard.policy.calls import Call, Facts, Json
from localguard.policy.canonical import digest_of
from localguard.policy.conditions import Whole
from localguard.policy.decide import Standing, decide
from localguard.policy.decisions import Allow, Ask, Deny
from localguard.policy.globs import Glob
from localguard.policy.grants import Answer
from localguard.policy.profile import Profile
from localguard.policy.rules import Origin, Pattern, Rule, Verb
from tests.policy.strategies import NOON, call_of, profile_of

ALL = (Pattern(Glob("*"), Glob("*")),)
ASK = Rule(Verb.ASK, ALL, Origin("p.toml", 1))
RISK = Rule(Verb.TOOLS, ALL, Origin("p.toml", 2), risk="destructive")
AT_LARGE = Answer("p.toml:1", "p", "db/execute", "i", "n", "cursor", (), None)
GIVEN: dict[str, Json] = {"sql": "drop table x"}
THESE = replace(AT_LARGE, when=(Whole(digest_of(GIVEN)),))
FACTS = Facts(NOON, client="cursor", identity="i", pin="n", marks=frozenset(), confirmed=True)
CALL = call_of("db", "execute", GIVEN, FACTS)
DESTRUCTIVE = replace(CALL, facts=replace(FACTS, marks=frozenset({"destructive"})))


def profile(*rules: Rule, answer: Answer) -> Profile:
    return replace(profile_of([ASK, *rules], Verb.DENY), answers=(answer,))


def test_what_is_not_destructive_is_settled() -> None:
    assert isinstance(decide(Standing(profile(answer=AT_LARGE)), CALL), Allow)


@pytest.mark.parametrize(
    ("rules", "call"), [((RISK,), CALL), ((), DESTRUCTIVE)], ids=["by a rule", "by its mark"]
)
def test_what_is_destructive_is_asked_all_the_same(rules: tuple[Rule, ...], call: Call) -> None:
    """Attack: the answer is sealed and accepted, and lies in the files or in a leaf."""
    in_files = Standing(profile(*rules, answer=AT_LARGE))
    beside = Standing(profile_of([ASK, *rules], Verb.DENY), answers=(AT_LARGE,))
    for standing in (in_files, beside):
        decision = decide(standing, call)
        assert isinstance(decision, Ask)
        assert decision.duties.destructive


def test_a_yes_to_these_very_arguments_holds() -> None:
    """Promise: a destructive call is allowed for good only with its arguments fixed."""
    decision = decide(Standing(profile(RISK, answer=THESE)), CALL)
    assert isinstance(decision, Allow)
    assert decision.duties.destructive


def test_a_no_to_all_of_it_holds() -> None:
    no = replace(AT_LARGE, allows=False)
    assert isinstance(decide(Standing(profile(RISK, answer=no)), CALL), Deny)
