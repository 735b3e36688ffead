"""What `is` one value, and arguments that are these as a whole: nothing in them is wild."""

import pytest

from localguard.policy.calls import Json
from localguard.policy.canonical import digest_of
from localguard.policy.conditions import Argument, Condition, Whole
from localguard.policy.matchers import Flag, Literal, Number
from localguard.policy.truth import Truth
from tests.policy.strategies import AT_NOON, call_of

YES, NO, DOUBT = Truth.YES, Truth.NO, Truth.DOUBT
STAR = Argument(("p",), (Literal("*"),), single=True)
INNER = Argument(("p", "q"), (Literal("x"),), single=True)


def both(condition: Condition, arguments: dict[str, Json]) -> tuple[Truth, Truth]:
    """The answers where truth would let more through, and where it would let less through."""
    call = call_of("a", "r", arguments)
    return condition.judge(call, lets_more=True), condition.judge(call, lets_more=False)


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("*", "*", YES),
        ("*", "x", NO),
        ("a?", "ab", NO),
        ("x", "X", NO),
        ("", "", YES),
        ("5", 5, DOUBT),
        ("x", None, DOUBT),
        ("x", {}, DOUBT),
    ],
)
def test_a_literal_is_equal_in_every_character(text: str, value: Json, expected: Truth) -> None:
    """Attack: an argument "*" that was answered once, and then stands for every argument."""
    assert Literal(text).judge(value, AT_NOON) is expected


@pytest.mark.parametrize(
    ("condition", "arguments", "more", "less"),
    [
        (STAR, {"p": "*"}, YES, YES),
        (STAR, {"p": "x"}, NO, NO),
        (STAR, {"p": ["*"]}, NO, YES),
        (STAR, {"p": ["*", "*"]}, NO, YES),
        (STAR, {"p": []}, NO, DOUBT),
        (STAR, {"p": 5}, DOUBT, DOUBT),
        (STAR, {}, DOUBT, DOUBT),
        (STAR, {"p": "*", "P": "x"}, DOUBT, DOUBT),
        (INNER, {"p": {"q": "x"}}, YES, YES),
        (INNER, {"p": [{"q": "x"}]}, NO, YES),
        (INNER, {"p": {"q": ["x"]}}, NO, YES),
        (INNER, {"p": "x"}, DOUBT, DOUBT),
        (INNER, {"p": {}}, DOUBT, DOUBT),
        (Argument(("p",), (Number(5),), single=True), {"p": [5]}, NO, YES),
        (Argument(("p",), (Flag(flag=True),), single=True), {"p": True}, YES, YES),
    ],
)
def test_one_value_is_not_many(
    condition: Condition, arguments: dict[str, Json], more: Truth, less: Truth
) -> None:
    """A list does not pass for its element; where less is let through, one element suffices."""
    assert both(condition, arguments) == (more, less)


ARGUMENTS: list[dict[str, Json]] = [
    {},
    {"p": 1},
    {"p": 1.0},
    {"p": True},
    {"p": "1"},
    {"p": None},
    {"p": [1]},
    {"p": 1, "q": None},
    {"P": 1},
    {"p": {"q": 1}},
]


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_whole_arguments_are_these_and_no_other(arguments: dict[str, Json]) -> None:
    """Neither another type, nor one more, nor one less."""
    condition = Whole(digest_of(arguments))
    assert condition.name == "args"
    found = [one for one in ARGUMENTS if both(condition, one) == (YES, YES)]
    assert [repr(one) for one in found] == [repr(arguments)]
    others = [one for one in ARGUMENTS if repr(one) != repr(arguments)]
    assert all(both(condition, one) == (NO, NO) for one in others)
