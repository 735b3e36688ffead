"""Duties join, and a limit that is reached holds a call up."""

from dataclasses import replace

import pytest

from localguard.policy.calls import Call, Json
from localguard.policy.conditions import Argument
from localguard.policy.decide import Standing, decide, limited
from localguard.policy.decisions import Allow, Ask, Deny, word
from localguard.policy.duties import NONE, Duties, Limit
from localguard.policy.globs import Glob
from localguard.policy.limits import cost
from localguard.policy.matchers import Text
from localguard.policy.rules import Origin, Pattern, Rule, Verb
from tests.policy.strategies import AT_NOON, call_of, profile_of

HERE = Origin("p.toml", 1)
ALL = (Pattern(Glob("*"), Glob("*")),)
READ = (Pattern(Glob("*"), None, "read"),)
P_IS_X = (Argument(("p",), (Text(Glob("x")),)),)
ALLOW = Rule(Verb.ALLOW, ALL, HERE)
ASK = Rule(Verb.ASK, ALL, HERE)
TEN = Limit(10, 60)
LIMITED = Rule(Verb.TOOLS, ALL, HERE, limit=TEN)


def spending(spent: dict[str, float | None], **arguments: Json) -> Call:
    """A call after what was counted, itself included."""
    return call_of("a", "r", arguments, replace(AT_NOON, spent=spent))


@pytest.mark.parametrize(
    ("rules", "spent", "expected", "by", "reason"),
    [
        ([ALLOW, LIMITED], {"p.toml:2": 10}, "allow", "p.toml:1", "an allow rule applies"),
        ([ALLOW, LIMITED], {}, "allow", "p.toml:1", "an allow rule applies"),
        ([ALLOW, LIMITED], {"p.toml:2": 11}, "deny", "p.toml:2",
         "limit 10/minute of p.toml:2 is reached"),
        ([ALLOW, replace(LIMITED, over=Verb.ASK)], {"p.toml:2": 11}, "ask", "p.toml:2",
         "limit 10/minute of p.toml:2 is reached"),
        ([ALLOW, replace(LIMITED, over=Verb.ASK), LIMITED], {"p.toml:2": 11, "p.toml:3": 11},
         "deny", "p.toml:3", "limit 10/minute of p.toml:3 is reached"),
        ([replace(ALLOW, limit=TEN)], {"p.toml:1": 11}, "deny", "p.toml:1",
         "limit 10/minute of p.toml:1 is reached"),
        ([replace(ASK, limit=TEN)], {"p.toml:1": 11}, "deny", "p.toml:1",
         "limit 10/minute of p.toml:1 is reached"),
        ([LIMITED], {"p.toml:1": 11}, "deny", "p.toml default",
         "no rule applies and the default is deny"),
        ([ALLOW, replace(LIMITED, limit=Limit(500, 86400, ("n",)))], {"p.toml:2": None}, "deny",
         "p.toml:2",
         "limit 500/day of n of p.toml:2 counts as reached: n is not a number in this call"),
    ],
)  # fmt: skip
def test_a_limit_holds_up_what_goes_beyond_it(
    rules: list[Rule], spent: dict[str, float | None], expected: str, by: str, reason: str
) -> None:
    """Intercept's 47 tickets in 90 seconds; the answer names the limit and its place."""
    decision = decide(Standing(profile_of(rules)), spending(spent))
    assert (word(decision), decision.by, decision.reason) == (expected, by, reason)


def test_a_denial_by_a_limit_carries_the_persons_own_words() -> None:
    """`because` reaches the model, which then stops."""
    rule = replace(LIMITED, because="slow down")
    decision = decide(Standing(profile_of([ALLOW, rule])), spending({"p.toml:2": 11}))
    assert isinstance(decision, Deny)
    assert decision.because == "slow down"


def test_an_ask_beyond_a_limit_cannot_be_remembered() -> None:
    """Else one answer would lift the limit for good."""
    rule = replace(ASK, limit=TEN, over=Verb.ASK, remember="session")
    standing = Standing(profile_of([rule]))
    below, beyond = (decide(standing, spending({"p.toml:1": n})) for n in (10, 11))
    assert isinstance(below, Ask)
    assert isinstance(beyond, Ask)
    assert (below.remembered_as, beyond.remembered_as) == ("p.toml:1", None)


@pytest.mark.parametrize(
    ("of", "arguments", "expected"),
    [
        ((), {}, 1),
        (("n",), {"n": 5}, 5),
        (("n",), {"n": 2.5}, 2.5),
        (("n",), {"n": 0}, 0),
        (("o", "n"), {"o": [{"n": 5}, {"n": 6}]}, 11),
        (("n",), {"n": [1, [2, 3]]}, 6),
        (("n",), {}, None),
        (("n",), {"n": -1}, None),
        (("n",), {"n": "5"}, None),
        (("n",), {"n": True}, None),
        (("n",), {"n": None}, None),
        (("n",), {"n": []}, None),
        (("n",), {"n": [5, "6"]}, None),
        (("n",), {"n": 2**53}, None),
        (("n",), {"n": 5, "N": 500}, None),
        (("n",), {"n": float("nan")}, None),
        (("n",), {"n": float("inf")}, None),
        (("o", "n"), {"o": [{"n": 5}, {}]}, None),
    ],
)
def test_what_a_call_costs(
    of: tuple[str, ...], arguments: dict[str, Json], expected: float | None
) -> None:
    """Attack: an amount that the server reads otherwise than the counter does. It is doubt."""
    rule = replace(LIMITED, limit=Limit(10, 60, of))
    assert cost(rule, call_of("a", "r", arguments)) == expected


def test_a_rule_without_a_limit_counts_each_call() -> None:
    """One is what a call is."""
    assert cost(ALLOW, call_of("a", "r", {})) == 1


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (Limit(10, 60), "10/minute"),
        (Limit(1, 1), "1/second"),
        (Limit(5, 3600), "5/hour"),
        (Limit(1000000, 86400, ("order", "amount")), "1000000/day of order.amount"),
        (Limit(2.5, 90), "2.5/90s"),
    ],
)
def test_a_limit_is_told_as_a_profile_writes_it(limit: Limit, text: str) -> None:
    """What a person can search their file for."""
    assert str(limit) == text


@pytest.mark.parametrize(
    ("rule", "arguments", "marks", "counted"),
    [
        (LIMITED, {}, None, True),
        (replace(LIMITED, when=P_IS_X), {"p": "x"}, None, True),
        (replace(LIMITED, when=P_IS_X), {"p": "y"}, None, False),
        (replace(LIMITED, when=P_IS_X), {}, None, True),
        (replace(LIMITED, patterns=READ), {}, None, True),
        (replace(LIMITED, patterns=READ), {}, frozenset({"read"}), True),
        (replace(LIMITED, patterns=READ), {}, frozenset({"write"}), False),
        (replace(ASK, limit=TEN, when=P_IS_X), {}, None, True),
        (replace(ALLOW, limit=TEN, when=P_IS_X), {}, None, False),
        (replace(ALLOW, limit=TEN), {}, None, True),
        (replace(LIMITED, verb=Verb.DENY), {}, None, False),
        (replace(LIMITED, trial=True), {}, None, False),
        (Rule(Verb.TOOLS, ALL, HERE, redact=frozenset({"email"})), {}, None, False),
    ],
)
def test_the_rules_that_are_counted(
    rule: Rule, arguments: dict[str, Json], marks: frozenset[str] | None, counted: bool
) -> None:
    """A duty applies in doubt, but that of an allow rule only where the rule allows."""
    standing = Standing(profile_of([rule]))
    call = call_of("a", "r", arguments, replace(AT_NOON, marks=marks))
    assert [one.limit for one in limited(standing, call)] == [TEN] * counted


def test_claims_of_a_server_lift_no_duty_before_a_review() -> None:
    """Attack: a server that calls a tool a write to get round a limit on reads, or the reverse."""
    writes = (Pattern(Glob("*"), None, "write"),)
    profile = profile_of(
        [ALLOW, replace(LIMITED, patterns=READ), replace(LIMITED, patterns=writes)]
    )
    facts = replace(AT_NOON, marks=frozenset({"read"}), confirmed=False)
    call = call_of("a", "r", {}, facts)
    assert [rule.origin.line for rule in limited(Standing(profile), call)] == [2, 3]
    decision = decide(Standing(profile), call)
    assert isinstance(decision, Allow)
    assert decision.duties.limits == ("p.toml:2", "p.toml:3")


def test_nothing_is_counted_where_nothing_is_judged() -> None:
    """Without a profile, or where the guard's own folders are reached into."""
    call = call_of("a", "r", {})
    assert limited(Standing(None, "broken"), call) == ()
    reaching = replace(call, facts=replace(AT_NOON, own_folder="/own"))
    assert limited(Standing(profile_of([LIMITED])), reaching) == ()


def test_the_duties_of_all_applying_rules_join() -> None:
    """The algebra, line 10."""
    rules = [
        replace(ALLOW, redact=frozenset({"email"})),
        replace(LIMITED, redact=frozenset({"iban"})),
        replace(LIMITED, id="slow", limit=Limit(5, 60)),
        Rule(Verb.TOOLS, ALL, HERE, risk="destructive"),
        Rule(Verb.TOOLS, ALL, HERE, redact=frozenset({"card"}), when=P_IS_X),
    ]
    expected = Duties(("p.toml:2", "slow"), frozenset({"email", "iban"}), destructive=True)
    decision = decide(Standing(profile_of(rules)), call_of("a", "r", {"p": "y"}))
    assert isinstance(decision, Allow)
    assert decision.duties == expected
    asked = decide(Standing(profile_of([*rules, ASK])), call_of("a", "r", {"p": "y"}))
    assert isinstance(asked, Ask)
    assert asked.duties == expected


@pytest.mark.parametrize(
    ("marks", "duties"),
    [
        (frozenset({"write", "destructive"}), Duties(destructive=True)),
        (frozenset({"write"}), NONE),
        (None, NONE),
    ],
)
def test_a_mark_raises_the_risk(marks: frozenset[str] | None, duties: Duties) -> None:
    """The algebra, line 9: annotations may raise risk, never lower it."""
    call = call_of("a", "r", {}, replace(AT_NOON, marks=marks))
    decision = decide(Standing(profile_of([ALLOW])), call)
    assert isinstance(decision, Allow)
    assert decision.duties == duties
    risky = decide(Standing(profile_of([replace(ALLOW, risk="destructive")])), call)
    assert isinstance(risky, Allow)
    assert risky.duties.destructive


def test_duties_stay_with_a_call_that_is_lowered() -> None:
    """A person's yes to a call while the files are at fault lifts no redaction."""
    rules = [ALLOW, Rule(Verb.TOOLS, ALL, HERE, redact=frozenset({"email"}))]
    decision = decide(Standing(profile_of(rules), "broken"), call_of("a", "r", {}))
    assert isinstance(decision, Ask)
    assert decision.duties.redact == {"email"}
