"""When a rule applies: names, marks, exceptions, conditions, and the side that doubts fall on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from localguard.policy.calls import Json, Kind, item_of
from localguard.policy.conditions import Argument, Seen, WithinHours
from localguard.policy.duties import Limit
from localguard.policy.globs import Glob
from localguard.policy.matchers import AnyOf, Text, Under
from localguard.policy.rules import Origin, Pattern, Rule, Verb
from localguard.policy.truth import Truth, all_of, any_of
from tests.policy.strategies import AT_NOON, NOON, call_of

HERE = Origin("p.toml", 7)
ALL = (Pattern(Glob("a"), Glob("*")),)
READ = Pattern(Glob("a"), None, "read")
P_IS_X = Argument(("p",), (Text(Glob("x")),))
Q_IS_X = Argument(("q",), (Text(Glob("x")),))


def sides(rule: Rule, arguments: dict[str, Json], marks: frozenset[str] | None = None) -> str:
    """Whether the rule applies, where it would let more and where it would let less through."""
    call = call_of("a", "r", arguments, replace(AT_NOON, marks=marks))
    more, less = (rule.applies(call, lets_more=side) for side in (True, False))
    return f"{'yes' if more else 'no'} {'yes' if less else 'no'}"


@pytest.mark.parametrize(
    ("rule", "arguments", "expected"),
    [
        (Rule(Verb.DENY, ALL, HERE), {}, "yes yes"),
        (Rule(Verb.DENY, (Pattern(Glob("b"), Glob("*")),), HERE), {}, "no no"),
        (Rule(Verb.DENY, (Pattern(Glob("a"), Glob("R")),), HERE), {}, "no no"),
        (Rule(Verb.DENY, ALL, HERE, excepts=ALL), {}, "no no"),
        (Rule(Verb.DENY, ALL, HERE, when=(P_IS_X,)), {"p": "x"}, "yes yes"),
        (Rule(Verb.DENY, ALL, HERE, when=(P_IS_X,)), {"p": "y"}, "no no"),
        (Rule(Verb.DENY, ALL, HERE, when=(P_IS_X,)), {}, "no yes"),
        (Rule(Verb.DENY, ALL, HERE, when=(P_IS_X, Q_IS_X)), {"p": "x", "q": "y"}, "no no"),
        (Rule(Verb.DENY, ALL, HERE, when=(P_IS_X, Q_IS_X)), {"p": "x"}, "no yes"),
        (Rule(Verb.DENY, ALL, HERE, unless=(P_IS_X,)), {"p": "x"}, "no no"),
        (Rule(Verb.DENY, ALL, HERE, unless=(P_IS_X,)), {"p": "y"}, "yes yes"),
        (Rule(Verb.DENY, ALL, HERE, unless=(P_IS_X,)), {}, "no yes"),
        (Rule(Verb.DENY, ALL, HERE, unless=(P_IS_X, Q_IS_X)), {"p": "x", "q": "y"}, "yes yes"),
        (Rule(Verb.DENY, ALL, HERE, unless=(P_IS_X,)), {"p": ["x", "y"]}, "no yes"),
        (Rule(Verb.DENY, ALL, HERE, until=NOON), {}, "no no"),
        (Rule(Verb.DENY, ALL, HERE, until=NOON + timedelta(seconds=1)), {}, "yes yes"),
    ],
)
def test_a_rule_applies(rule: Rule, arguments: dict[str, Json], expected: str) -> None:
    """The algebra, lines 2 and 3."""
    assert sides(rule, arguments) == expected


@pytest.mark.parametrize(
    ("rule", "marks", "expected"),
    [
        (Rule(Verb.ALLOW, (READ,), HERE), frozenset({"read", "open"}), "yes yes"),
        (Rule(Verb.ALLOW, (READ,), HERE), frozenset(), "no no"),
        (Rule(Verb.ALLOW, (READ,), HERE), None, "no yes"),
        (Rule(Verb.ALLOW, (replace(READ, server=Glob("b")),), HERE), None, "no no"),
        (Rule(Verb.ALLOW, ALL, HERE, excepts=(READ,)), frozenset({"read"}), "no no"),
        (Rule(Verb.ALLOW, ALL, HERE, excepts=(READ,)), frozenset(), "yes yes"),
        (Rule(Verb.ALLOW, ALL, HERE, excepts=(READ,)), None, "no yes"),
    ],
)
def test_an_unknown_mark_is_doubt(rule: Rule, marks: frozenset[str] | None, expected: str) -> None:
    """The algebra, line 3, for patterns and exceptions: a server's own claim is not the mark."""
    assert sides(rule, {}, marks) == expected


def test_the_day_a_rule_ends_is_in_its_zone() -> None:
    """`until` is a moment, whatever the zone of the call's clock."""
    rule = Rule(Verb.ALLOW, ALL, HERE, until=NOON)
    early = replace(AT_NOON, at=NOON - timedelta(seconds=1))
    assert rule.applies(call_of("a", "r", {}, early), lets_more=True)


@pytest.mark.parametrize(
    ("rule", "marks", "expected"),
    [
        (Rule(Verb.DENY, ALL, HERE), None, True),
        (Rule(Verb.DENY, ALL, HERE, when=(P_IS_X,)), None, None),
        (Rule(Verb.DENY, ALL, HERE, unless=(P_IS_X,)), None, None),
        (Rule(Verb.DENY, ALL, HERE, until=NOON), None, None),
        (Rule(Verb.DENY, (READ,), HERE), None, None),
        (Rule(Verb.DENY, (READ,), HERE), frozenset({"read"}), True),
        (Rule(Verb.DENY, (READ,), HERE), frozenset({"write"}), False),
        (Rule(Verb.DENY, ALL, HERE, excepts=(READ,)), None, None),
        (Rule(Verb.DENY, ALL, HERE, excepts=(READ,)), frozenset({"read"}), False),
        (Rule(Verb.DENY, ALL, HERE, excepts=(READ,)), frozenset({"write"}), True),
        (Rule(Verb.DENY, ALL, HERE, excepts=ALL, when=(P_IS_X,)), None, False),
        (Rule(Verb.DENY, (replace(READ, server=Glob("b")),), HERE), None, False),
    ],
)
def test_names_and_marks_may_settle_a_rule_for_every_call(
    rule: Rule, marks: frozenset[str] | None, expected: bool | None
) -> None:
    """A tool is hidden by such a rule alone, and it is judged without a look at the call."""
    assert rule.settled_for("a", "r", marks) is expected


def test_a_rule_knows_what_it_compares_paths_with() -> None:
    """The relay resolves these roots and these arguments, and no others."""
    rule = Rule(
        Verb.DENY,
        ALL,
        HERE,
        when=(Argument(("p",), (Under("/a"),)), WithinHours(()), Q_IS_X),
        unless=(Argument(("q", "r"), (AnyOf((Under("/b"), Under("/c"))),)),),
    )
    assert rule.roots == {"/a", "/b", "/c"}
    assert rule.path_arguments == (("p",), ("q", "r"))


def test_a_rule_knows_what_a_session_must_have_called() -> None:
    """The relay looks for these patterns in what it has sent, and for no others."""
    rule = Rule(Verb.DENY, ALL, HERE, when=(Seen(("a/r", "b/*")),), unless=(Seen(("c",)), P_IS_X))
    assert rule.seen_patterns == {"a/r", "b/*", "c"}


def test_only_what_may_be_sent_has_duties() -> None:
    """A deny rule sends nothing."""
    for duty in ({"limit": Limit(1, 1)}, {"redact": frozenset({"iban"})}, {"risk": "destructive"}):
        for verb in Verb:
            rule = replace(Rule(verb, ALL, HERE), **duty)
            assert rule.demanding is (verb is not Verb.DENY)
    assert not Rule(Verb.ALLOW, ALL, HERE).demanding


def test_a_rule_is_called_by_its_id_or_its_place() -> None:
    """What a record and a near miss say."""
    assert Rule(Verb.DENY, ALL, HERE).name == "p.toml:7"
    assert Rule(Verb.DENY, ALL, HERE, id="hands-off").name == "hands-off"
    plain = Rule(Verb.DENY, ALL, HERE, fingerprint="01ab")
    assert plain.lasting_name == "p.toml#01ab"
    assert replace(plain, id="hands-off").lasting_name == "hands-off"
    assert replace(plain, fingerprint="").lasting_name == "p.toml:7"


def test_a_pattern_may_name_what_a_template_makes() -> None:
    """A mark leaves the item open."""
    pattern = Pattern(Glob("a"), Glob("resource:db://x/*"))
    assert pattern.may_name("a", "resource:db://{name}")
    assert not pattern.may_name("a", "resource:file://{name}")
    assert not pattern.may_name("b", "resource:db://{name}")
    assert READ.may_name("a", "resource:file://{name}")


@pytest.mark.parametrize(
    ("kind", "item"),
    [(Kind.TOOL, "x"), (Kind.RESOURCE, "resource:x"), (Kind.PROMPT, "prompt:x")],
)
def test_items_of_other_kinds_have_a_prefix(kind: Kind, item: str) -> None:
    """Promise: server/resource:<uri>, server/prompt:<name>."""
    assert item_of(kind, "x") == item


@pytest.mark.parametrize(
    ("answers", "every", "some"),
    [
        ([], Truth.YES, Truth.NO),
        ([Truth.YES], Truth.YES, Truth.YES),
        ([Truth.YES, Truth.DOUBT], Truth.DOUBT, Truth.YES),
        ([Truth.NO, Truth.DOUBT], Truth.NO, Truth.DOUBT),
        ([Truth.NO, Truth.YES, Truth.DOUBT], Truth.NO, Truth.YES),
        ([Truth.NO], Truth.NO, Truth.NO),
    ],
)
def test_doubt_gives_way_only_to_what_settles(
    answers: list[Truth], every: Truth, some: Truth
) -> None:
    """Kleene's strong logic."""
    assert all_of(answers) is every
    assert any_of(answers) is some
