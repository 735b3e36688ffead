"""Facts and their matchers, and how lists and doubts count on either side."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from localguard.policy.calls import Facts, Json, fact_value
from localguard.policy.conditions import (
    MISSING,
    Argument,
    Condition,
    Fact,
    Hours,
    Missing,
    Seen,
    SignedInWithin,
    WithinHours,
    person_facts,
    reach,
)
from localguard.policy.globs import Glob
from localguard.policy.matchers import AnyOf, Bounds, Flag, Same, Text
from localguard.policy.truth import Truth
from tests.policy.strategies import AT_NOON, NOON, call_of

YES, NO, DOUBT = Truth.YES, Truth.NO, Truth.DOUBT
X = (Text(Glob("x")),)
P = Argument(("p",), X)
EVERY_DAY = frozenset(range(7))


def both(condition: Condition, arguments: dict[str, Json]) -> tuple[Truth, Truth]:
    """The answers where truth would let more through, and where it would let less through."""
    call = call_of("a", "r", arguments)
    return condition.judge(call, lets_more=True), condition.judge(call, lets_more=False)


@pytest.mark.parametrize(
    ("condition", "arguments", "more", "less"),
    [
        (P, {"p": "x"}, YES, YES),
        (P, {"p": "y"}, NO, NO),
        (P, {}, DOUBT, DOUBT),
        (P, {"p": None}, DOUBT, DOUBT),
        (P, {"p": 5}, DOUBT, DOUBT),
        (P, {"p": {}}, DOUBT, DOUBT),
        (P, {"p": []}, DOUBT, DOUBT),
        (P, {"p": ["x", "x"]}, YES, YES),
        (P, {"p": ["x", "y"]}, NO, YES),
        (P, {"p": ["x", 5]}, DOUBT, YES),
        (P, {"p": ["y", 5]}, NO, DOUBT),
        (P, {"p": [["x"], ["x", "y"]]}, NO, YES),
        (P, {"p": [[], []]}, DOUBT, DOUBT),
        (Argument(("p", "q"), X), {"p": {"q": "x"}}, YES, YES),
        (Argument(("p", "q"), X), {"p": {"r": "x"}}, DOUBT, DOUBT),
        (Argument(("p", "q"), X), {"p": "x"}, DOUBT, DOUBT),
        (Argument(("p", "q"), X), {"p": [{"q": "x"}, {"q": "y"}]}, NO, YES),
        (Argument(("p", "q"), X), {"p": [{"q": "x"}, {}]}, DOUBT, YES),
        (Argument(("p", "q"), X), {"p": [{"q": "x"}, "x"]}, DOUBT, YES),
        (Argument(("p",), (*X, Text(Glob("y")))), {"p": "x"}, NO, NO),
        (Argument(("p",), (), absent=True), {}, YES, YES),
        (Argument(("p",), (), absent=True), {"p": None}, NO, NO),
        (Argument(("p",), (), absent=True), {"p": []}, NO, NO),
        (Argument(("p",), (), absent=False), {}, NO, NO),
        (Argument(("p",), (), absent=False), {"p": None}, YES, YES),
        (Argument(("p",), X, absent=True), {}, YES, YES),
        (Argument(("p",), X, absent=True), {"p": "y"}, NO, NO),
        (Argument(("p",), X, absent=False), {}, NO, NO),
        (Argument(("p",), X, absent=False), {"p": "x"}, YES, YES),
        (SignedInWithin(60), {}, DOUBT, DOUBT),
    ],
)
def test_an_argument_is_judged_on_either_side(
    condition: Condition, arguments: dict[str, Json], more: Truth, less: Truth
) -> None:
    """The algebra, line 3: every element must satisfy what allows, any suffices for what denies."""
    assert both(condition, arguments) == (more, less)


@pytest.mark.parametrize("twin", ["P", "p\0", "\uff50", " p"])
def test_an_argument_in_two_spellings_is_doubt(twin: str) -> None:
    """CVE-2026-27896: which of the two a server uses, nobody knows."""
    assert both(P, {"p": "x", twin: "y"}) == (DOUBT, DOUBT)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("a",), [1]),
        (("b",), [MISSING]),
        (("c",), [1, 2, 3]),
        (("d", "e"), [1, MISSING, MISSING]),
        (("d",), [{"e": 1}, {}, 5]),
        (("f", "g"), [MISSING]),
        (("a", "b"), [MISSING]),
    ],
)
def test_lists_are_opened_on_the_way(path: tuple[str, ...], expected: list[Json | Missing]) -> None:
    """A nested argument is looked for in every element."""
    arguments: dict[str, Json] = {
        "a": 1,
        "c": [1, [2, [3]]],
        "d": [{"e": 1}, {}, 5],
        "f": [[{"g": 1}]],
    }
    assert list(reach(arguments, path)) == expected


@pytest.mark.parametrize(
    ("name", "facts", "more", "less"),
    [
        ("user", Facts(NOON, user="x"), YES, YES),
        ("user", Facts(NOON, user="y"), NO, NO),
        ("user", AT_NOON, DOUBT, DOUBT),
        ("client", Facts(NOON, client="x"), YES, YES),
        ("group", Facts(NOON, groups=("y", "x")), YES, YES),
        ("group", Facts(NOON, groups=("y",)), NO, NO),
        ("group", Facts(NOON, groups=()), DOUBT, DOUBT),
        ("group", AT_NOON, DOUBT, DOUBT),
        ("claim.c", Facts(NOON, claims={"c": "x"}), YES, YES),
        ("claim.c", Facts(NOON, claims={"c": ["x", "y"]}), NO, YES),
        ("claim.c", Facts(NOON, claims={}), DOUBT, DOUBT),
        ("claim.c", AT_NOON, DOUBT, DOUBT),
    ],
)
def test_a_fact_is_judged_on_either_side(name: str, facts: Facts, more: Truth, less: Truth) -> None:
    """One group of several suffices; of a claim with several values all must fit to allow."""
    call = call_of("a", "r", {}, facts)
    condition = Fact(name, X)
    assert condition.judge(call, lets_more=True) is more
    assert condition.judge(call, lets_more=False) is less


def test_a_fact_may_be_a_flag_or_a_number() -> None:
    """`interactive` and claims such as a clearance."""
    facts = replace(AT_NOON, interactive=False, claims={"level": 3})
    call = call_of("a", "r", {}, facts)
    assert Fact("interactive", (Flag(flag=False),)).judge(call, lets_more=True) is YES
    assert Fact("claim.level", (Bounds(None, 2),)).judge(call, lets_more=True) is NO
    assert fact_value("interactive", facts) is False


@pytest.mark.parametrize(
    ("age", "expected"),
    [(0, YES), (899.9, YES), (900, YES), (900.1, NO), (10**9, NO)]
    + [(age, DOUBT) for age in (-0.1, -3600, None, math.nan, math.inf, -math.inf)],
)
def test_a_sign_in_is_fresh_for_so_long(age: float | None, expected: Truth) -> None:
    """Attack: neither a clock put back nor a moment that is still to come makes it fresh."""
    moment = None if age is None else NOON.timestamp() - age
    call = call_of("a", "r", {}, replace(AT_NOON, signed_in_at=moment))
    for side in (True, False):
        assert SignedInWithin(900).judge(call, lets_more=side) is expected


def test_the_facts_of_a_person_that_conditions_look_at_are_told() -> None:
    """No others become facts of a call."""
    asked: list[Condition] = [
        Argument(("p",), (AnyOf((Same("group"), Text(Glob("x")))), Same("claim.a"))),
        Argument(("q",), X),
        Fact("user", X),
        Fact("claim.b", X),
        Fact("client", X),
        Fact("interactive", X),
        SignedInWithin(60),
    ]
    assert person_facts(asked) == {"group", "claim.a", "user", "claim.b"}


@pytest.mark.parametrize(
    ("span", "at", "expected"),
    [
        (Hours(EVERY_DAY, 480, 1140), "2025-01-01T08:00:00", YES),
        (Hours(EVERY_DAY, 480, 1140), "2025-01-01T18:59:59", YES),
        (Hours(EVERY_DAY, 480, 1140), "2025-01-01T19:00:00", NO),
        (Hours(EVERY_DAY, 480, 1140), "2025-01-01T07:59:59", NO),
        (Hours(frozenset({2}), 480, 1140), "2025-01-01T12:00:00", YES),
        (Hours(frozenset({3}), 480, 1140), "2025-01-01T12:00:00", NO),
        (Hours(frozenset({2}), 0, 1440), "2025-01-01T23:59:59", YES),
        (Hours(frozenset({2}), 1320, 360), "2025-01-01T22:00:00", YES),
        (Hours(frozenset({2}), 1320, 360), "2025-01-02T05:59:00", YES),
        (Hours(frozenset({2}), 1320, 360), "2025-01-02T06:00:00", NO),
        (Hours(frozenset({2}), 1320, 360), "2025-01-01T05:00:00", NO),
        (Hours(frozenset({2}), 1320, 360), "2025-01-02T22:00:00", NO),
        (Hours(frozenset({6}), 1320, 360), "2025-01-06T03:00:00", YES),
    ],
)
def test_hours_hold_from_start_to_before_end(span: Hours, at: str, expected: Truth) -> None:
    """A span past midnight belongs to the day on which it began. 1 January 2025 is a Wednesday."""
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    call = call_of("a", "r", {}, replace(AT_NOON, at=moment))
    assert WithinHours((span,)).judge(call, lets_more=True) is expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({}, DOUBT),
        ({"a/r": None, "b/*": None}, DOUBT),
        ({"a/r": False}, DOUBT),
        ({"a/r": False, "b/*": None}, DOUBT),
        ({"a/r": False, "b/*": False}, NO),
        ({"a/r": True}, YES),
        ({"a/r": None, "b/*": True}, YES),
    ],
)
def test_one_of_several_calls_seen_suffices(seen: dict[str, bool | None], expected: Truth) -> None:
    """What is not known of the session is doubt, on either side."""
    call = call_of("a", "r", {}, replace(AT_NOON, seen=seen))
    for side in (True, False):
        assert Seen(("a/r", "b/*")).judge(call, lets_more=side) is expected


def test_one_of_several_spans_suffices() -> None:
    """A working day in two halves."""
    spans = WithinHours((Hours(EVERY_DAY, 0, 60), Hours(EVERY_DAY, 700, 760)))
    assert spans.judge(call_of("a", "r", {}), lets_more=False) is YES


def test_conditions_are_named_as_the_profile_writes_them() -> None:
    """A near miss names them to a person."""
    named: list[Condition] = [
        Argument(("a", "b"), ()),
        Fact("claim.x", ()),
        WithinHours(()),
        Seen(()),
        SignedInWithin(60),
    ]
    names = ["args.a.b", "claim.x", "hours", "seen", "signed_in_within"]
    assert [one.name for one in named] == names
