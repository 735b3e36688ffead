"""What a person's answer settles, and what it does not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from localguard.policy.calls import Call, Facts, Json
from localguard.policy.conditions import Argument, Condition
from localguard.policy.decide import Standing, decide
from localguard.policy.decisions import Allow, Ask, Deny, word
from localguard.policy.globs import Glob
from localguard.policy.grants import ANY_RULE, Answer, Grant, call_digest, settling
from localguard.policy.matchers import Text
from localguard.policy.profile import Profile
from localguard.policy.rules import Origin, Pattern, Rule, Verb
from tests.policy.strategies import ANA, NOON, call_of, profile_of

HERE = Origin("p.toml", 1)
ALL = (Pattern(Glob("*"), Glob("*")),)
ASK = Rule(Verb.ASK, ALL, HERE)
ALLOW = Rule(Verb.ALLOW, ALL, HERE)
P_IS_X: tuple[Condition, ...] = (Argument(("p",), (Text(Glob("x")),)),)
ANSWER = Answer("p.toml:1", "p", "a/r", "i", "n", "cursor", P_IS_X, NOON + timedelta(minutes=15))
FACTS = Facts(NOON, client="cursor", identity="i", pin="n", marks=frozenset({"write"}))
CALL = call_of("a", "r", {"p": "x"}, FACTS)


def answered(rules: list[Rule], *answers: Answer, default: Verb = Verb.DENY) -> Profile:
    """A profile with answers in its files."""
    return replace(profile_of(rules, default), answers=answers)


@pytest.mark.parametrize("default", [Verb.DENY, Verb.ASK])
@pytest.mark.parametrize("allowed", [True, False])
def test_an_answer_settles_the_ask_it_was_given_for(default: Verb, allowed: bool) -> None:
    """The algebra, line 6: whether the rule lowered an allow or lifted a deny."""
    profile = answered([ASK, *[ALLOW] * allowed], ANSWER, default=default)
    decision = decide(Standing(profile), CALL)
    assert isinstance(decision, Allow)
    assert decision.by == "p.toml:1"
    assert decision.rule == ASK
    assert decision.reason == "a person's answer holds until 2025-01-01T12:15:00+00:00"


@pytest.mark.parametrize(
    "answer",
    [
        replace(ANSWER, rule="p.toml:2"),
        replace(ANSWER, profile="q"),
        replace(ANSWER, target="a/w"),
        replace(ANSWER, target="a/*"),
        replace(ANSWER, identity="j"),
        replace(ANSWER, pin="o"),
        replace(ANSWER, pin=None),
        replace(ANSWER, client=None),
        replace(ANSWER, client="other"),
        replace(ANSWER, until=NOON),
        replace(ANSWER, person=ANA.id),
        replace(ANSWER, when=(Argument(("p",), (Text(Glob("y")),)),)),
        replace(ANSWER, when=(*P_IS_X, Argument(("q",), (Text(Glob("x")),)))),
    ],
)
def test_an_answer_for_anything_else_settles_nothing(answer: Answer) -> None:
    """It binds to all that the person saw, and a doubt is a no."""
    assert isinstance(decide(Standing(answered([ASK], answer)), CALL), Ask)


@pytest.mark.parametrize(
    "facts",
    [replace(FACTS, identity=None), replace(FACTS, pin=None), replace(FACTS, client=None)],
)
def test_what_is_not_known_of_a_call_settles_nothing(facts: Facts) -> None:
    """Fail closed, also for an answer that was given without a pin."""
    call = replace(CALL, facts=facts)
    for answer in (ANSWER, replace(ANSWER, pin=None)):
        assert isinstance(decide(Standing(answered([ASK], answer)), call), Ask)


def test_an_answer_holds_for_the_person_who_was_signed_in() -> None:
    """Promise: it outlives the sign-in where it lasts, and is worth nothing for anyone else."""
    for_ana = answered([ASK], replace(ANSWER, person=ANA.id))
    people = {
        ANA: "allow",
        replace(ANA, session="2", name="Ana B."): "allow",
        replace(ANA, subject="2"): "ask",
        replace(ANA, issuer="https://other.example"): "ask",
        None: "ask",
    }
    for person, expected in people.items():
        call = replace(CALL, facts=replace(FACTS, person=person))
        assert word(decide(Standing(for_ana), call)) == expected
    signed_in = replace(CALL, facts=replace(FACTS, person=ANA))
    assert word(decide(Standing(answered([ASK], ANSWER)), signed_in)) == "ask"


def test_a_resource_has_no_pin() -> None:
    """Only templates are pinned; their identity is that of the server."""
    call = call_of("a", "resource:db://x", {}, replace(FACTS, pin=None))
    answer = replace(ANSWER, target="a/resource:db://x", pin=None, when=())
    assert isinstance(decide(Standing(answered([ASK], answer)), call), Allow)
    pinned = replace(answer, pin="n")
    assert isinstance(decide(Standing(answered([ASK], pinned)), call), Ask)


def test_an_answer_without_an_end_holds_as_long_as_it_is_kept() -> None:
    """Answers for a session lie in memory, beside the profile."""
    lasting = replace(ANSWER, until=None)
    decision = decide(Standing(profile_of([ASK]), answers=(lasting,)), CALL)
    assert isinstance(decision, Allow)
    assert decision.reason == "a person's answer holds"


@pytest.mark.parametrize(
    ("rules", "answers", "facts", "expected"),
    [
        # a rule that asks each time, and one beside it that does not
        ([replace(ASK, remember="never")], [ANSWER], FACTS, "ask"),
        ([ASK, replace(ASK, remember="never")], [ANSWER], FACTS, "ask"),
        ([ASK, ASK], [ANSWER], FACTS, "ask"),
        ([ASK, ASK], [ANSWER, replace(ANSWER, rule="p.toml:2")], FACTS, "allow"),
        # never over a deny
        ([ASK, Rule(Verb.DENY, ALL, HERE)], [ANSWER], FACTS, "deny"),
        # a second rule that may apply lowers what an answer lifts
        ([ASK, replace(ASK, when=(Argument(("q",), P_IS_X[0].matchers),))],  # type: ignore[attr-defined]
         [ANSWER], FACTS, "ask"),
        # what is new or changed is reviewed, and not answered
        ([ASK], [ANSWER], replace(FACTS, marks=frozenset({"changed"})), "ask"),
        # a rule by mark, answered while the marks are only claimed
        ([replace(ASK, patterns=(Pattern(Glob("*"), None, "write"),))], [ANSWER],
         replace(FACTS, confirmed=False), "ask"),
        ([ASK], [ANSWER], replace(FACTS, confirmed=False), "allow"),
    ],
)  # fmt: skip
def test_every_question_that_a_call_raises_must_be_answered(
    rules: list[Rule], answers: list[Answer], facts: Facts, expected: str
) -> None:
    """The algebra, line 6."""
    profile = answered(rules, *answers)
    assert word(decide(Standing(profile), replace(CALL, facts=facts))) == expected


NO = replace(ANSWER, allows=False)
ANY_NO = replace(NO, rule=ANY_RULE)


@pytest.mark.parametrize(
    ("rules", "answers", "expected"),
    [
        ([ASK], [NO], "deny"),
        ([ASK], [ANSWER, NO], "deny"),
        ([ASK], [ANY_NO], "deny"),
        ([ASK, ASK], [replace(NO, rule="p.toml:2")], "deny"),
        # a no needs no leave to be remembered, if it is to whatever is asked
        ([replace(ASK, remember="never")], [ANY_NO], "deny"),
        ([replace(ASK, remember="never")], [NO], "ask"),
        # it is for one rule, one call and a time, as a yes is
        ([ASK], [replace(NO, rule="p.toml:2")], "ask"),
        ([ASK], [replace(ANY_NO, target="a/w")], "ask"),
        ([ASK], [replace(ANY_NO, until=FACTS.at)], "ask"),
        ([ASK], [ANSWER, replace(NO, client="y")], "allow"),
        # and says nothing where nobody is asked; a yes to anything is none
        ([ALLOW], [ANY_NO], "allow"),
        ([ASK], [replace(ANSWER, rule=ANY_RULE)], "ask"),
    ],
)  # fmt: skip
def test_a_no_is_remembered_too(rules: list[Rule], answers: list[Answer], expected: str) -> None:
    """The algebra, line 6: a no comes first."""
    profile = answered(rules, *answers)
    decision = decide(Standing(profile), CALL)
    assert word(decision) == expected
    if isinstance(decision, Deny):
        assert decision.reason == "a person's no holds until 2025-01-01T12:15:00+00:00"


def test_a_no_holds_where_only_the_organisation_allows() -> None:
    """With `user_allow = false` a person can still be stricter."""
    profile = replace(answered([replace(ASK, managed=True)], ANY_NO), user_allow=False)
    assert isinstance(decide(Standing(profile), CALL), Deny)


def test_a_default_that_asks_can_be_answered() -> None:
    """For one target; where a rule might ask too, that one must be answered as well."""
    answer = replace(ANSWER, rule="the default")
    profile = answered([], answer, default=Verb.ASK)
    decision = decide(Standing(profile), CALL)
    assert isinstance(decision, Allow)
    assert (decision.by, decision.rule) == ("p.toml default", None)
    may_ask = replace(ASK, when=(Argument(("q",), (Text(Glob("x")),)),))
    asked = decide(Standing(answered([may_ask], answer, default=Verb.ASK)), CALL)
    assert isinstance(asked, Ask)
    assert asked.by == "p.toml:1"


def test_a_fault_of_the_files_lowers_what_an_answer_allows() -> None:
    """What the last valid profile allowed is asked, however it came to be allowed."""
    decision = decide(Standing(answered([ASK], ANSWER), "broken"), CALL)
    assert isinstance(decision, Ask)
    assert decision.remembered_as is None


def test_where_only_the_organisation_allows_answers_are_absent() -> None:
    """With `user_allow = false`."""
    profile = replace(answered([replace(ASK, managed=True)], ANSWER), user_allow=False)
    assert isinstance(decide(Standing(profile), CALL), Ask)
    ask = Ask("p.toml:1", "an ask rule applies", ASK, remembered_as="p.toml:1")
    assert settling(profile, ask, CALL) is None
    assert settling(replace(profile, user_allow=True), ask, CALL) == ANSWER


ARGUMENTS: list[dict[str, Json]] = [
    {},
    {"p": 1},
    {"p": 1.0},
    {"p": True},
    {"p": "1"},
    {"p": None},
    {"p": [1]},
    {"p": [[1]]},
    {"p": []},
    {"p": {}},
    {"p": {"1": 1}},
    {"p": -0.0},
    {"p": 0.0},
    {"p": 0},
    {"p": False},
    {"p": ""},
    {"p": "\ud800"},
    {"p": ["a", "b"]},
    {"p": ["b", "a"]},
    {"p": ["ab"]},
    {"p": 10**5000},
    {"P": 1},
    {"p": 1, "q": 1},
    {"p": {"q": 1}},
]


def test_each_value_of_an_argument_is_another_call() -> None:
    """Attack: a leave for one call used for another that looks like it."""
    profile = Profile("p", ())
    digests = {call_digest(profile, call_of("a", "r", one, FACTS)) for one in ARGUMENTS}
    assert len(digests) == len(ARGUMENTS)


def test_the_order_of_members_and_the_depth_do_not_matter() -> None:
    """RFC 8259 section 4: members have no order; and no depth exhausts the stack."""
    profile = Profile("p", ())
    deep: Json = None
    for _ in range(5000):
        deep = [deep]
    pairs: list[tuple[str, Json]] = [("p", 1), ("q", deep)]
    one, other = dict(pairs), dict(reversed(pairs))
    digests = {call_digest(profile, call_of("a", "r", {})), *(
        call_digest(profile, Call("a", "r", arguments, FACTS)) for arguments in (one, other)
    )}  # fmt: skip
    assert len(digests) == 2
    assert all(len(digest) == 64 for digest in digests)


@pytest.mark.parametrize(
    ("digest", "later", "expected"),
    [("d", 0, True), ("e", 0, False), ("d", 60, False), ("d", 59, True)],
)
def test_a_grant_is_for_one_call_for_a_while(digest: str, later: int, expected: bool) -> None:
    """Bound to the digest of the call, until its moment."""
    grant = Grant("d", NOON + timedelta(seconds=60))
    assert grant.covers(digest, NOON + timedelta(seconds=later)) is expected
