"""Marks and definitions that no person has reviewed: a server's claims allow nothing."""

from dataclasses import replace

import pytest

from localguard.policy.conditions import Argument
from localguard.policy.decide import Standing, could_pass, decide
from localguard.policy.decisions import Ask, Deny, word
from localguard.policy.globs import Glob
from localguard.policy.matchers import Text
from localguard.policy.rules import Origin, Pattern, Rule, Verb
from tests.policy.strategies import AT_NOON, call_of, profile_of

HERE = Origin("p.toml", 1)


def marked(mark: str) -> tuple[Pattern, ...]:
    """Every item with a mark."""
    return (Pattern(Glob("*"), None, mark),)


ALL = (Pattern(Glob("*"), Glob("*")),)
ALLOW = Rule(Verb.ALLOW, ALL, HERE)
ALLOW_READS = Rule(Verb.ALLOW, marked("read"), HERE)
ASK = Rule(Verb.ASK, ALL, HERE)
DENY_WRITES = Rule(Verb.DENY, marked("write"), HERE)
IF_X = (Argument(("p",), (Text(Glob("x")),)),)
CLAIM = "marks are the server's own claim until a person reviews it: localguard server review a"


@pytest.mark.parametrize(
    ("rules", "marks", "expected", "reason"),
    [
        ([ALLOW], {"read"}, "allow", "an allow rule applies"),
        ([ALLOW], None, "allow", "an allow rule applies"),
        ([replace(ALLOW, when=IF_X)], {"read"}, "allow", "an allow rule applies"),
        ([ALLOW_READS], {"read"}, "ask", CLAIM),
        ([ALLOW_READS, ALLOW], {"read"}, "allow", "an allow rule applies"),
        ([replace(ALLOW, excepts=marked("open"))], {"read"}, "ask", CLAIM),
        ([ALLOW, DENY_WRITES], {"read"}, "ask", CLAIM),
        ([ALLOW, replace(ASK, patterns=marked("destructive"))], {"read"}, "ask", CLAIM),
        ([ALLOW, DENY_WRITES], {"write"}, "deny", "a deny rule applies"),
        ([ALLOW, DENY_WRITES], None, "deny", "a deny rule applies"),
        ([ASK, ALLOW_READS], {"read"}, "ask", "an ask rule applies, or may apply"),
    ],
)
def test_before_a_review_rules_by_name_work_and_rules_by_mark_ask(
    rules: list[Rule], marks: set[str] | None, expected: str, reason: str
) -> None:
    """Attack: a hostile server calls its tools read-only on the first day."""
    given = None if marks is None else frozenset(marks)
    facts = replace(AT_NOON, marks=given, confirmed=False)
    decision = decide(Standing(profile_of(rules)), call_of("a", "r", {"p": "x"}, facts))
    assert (word(decision), decision.reason) == (expected, reason)


NEW = "its definition is new since the server was reviewed"
CHANGED = "its definition has changed since it was reviewed"


@pytest.mark.parametrize(
    ("rule", "mark", "lax", "strict"),
    [
        (ALLOW, "new", ("ask", NEW), ("deny", f"{NEW}, and pins are strict")),
        (ALLOW, "changed", ("ask", CHANGED), ("deny", f"{CHANGED}, and pins are strict")),
        (ASK, "changed", ("ask", "an ask rule applies, or may apply"),
         ("deny", f"{CHANGED}, and pins are strict")),
        (Rule(Verb.DENY, ALL, HERE), "new", ("deny", "a deny rule applies"),
         ("deny", "a deny rule applies")),
    ],
)  # fmt: skip
def test_what_is_new_or_changed_is_never_allowed(
    rule: Rule, mark: str, lax: tuple[str, str], strict: tuple[str, str]
) -> None:
    """Attack: a definition that changes after it was reviewed (a rug pull)."""
    call = call_of("a", "r", {}, replace(AT_NOON, marks=frozenset({"read", mark})))
    for pins_strict, expected in ((False, lax), (True, strict)):
        profile = replace(profile_of([rule]), pins_strict=pins_strict)
        decision = decide(Standing(profile), call)
        assert (word(decision), decision.reason) == expected
        assert decision.by == "p.toml:1"


def test_an_ask_for_what_is_new_cannot_be_remembered() -> None:
    """It is reviewed, and not answered away."""
    call = call_of("a", "r", {}, replace(AT_NOON, marks=frozenset({"new"})))
    decision = decide(Standing(profile_of([ALLOW])), call)
    assert isinstance(decision, Ask)
    assert decision.remembered_as is None


@pytest.mark.parametrize(("mark", "expected"), [("new", "ask"), ("read", "deny")])
def test_a_rule_may_ask_for_what_is_new(mark: str, expected: str) -> None:
    """Policy 3, rule 37: `ask = "*/@new"` works by the mark as by any other."""
    call = call_of("a", "r", {}, replace(AT_NOON, marks=frozenset({mark})))
    profile = profile_of([replace(ASK, patterns=marked("new"))])
    assert word(decide(Standing(profile), call)) == expected


def test_arguments_that_do_not_fit_their_schema_are_denied() -> None:
    """`strict_arguments`: whatever the rules say."""
    call = call_of("a", "r", {}, replace(AT_NOON, misfit="p must be a number"))
    assert decide(Standing(profile_of([ALLOW])), call) == Deny("built in", "p must be a number")


@pytest.mark.parametrize(
    ("rules", "marks", "expected"),
    [
        ([ALLOW_READS], None, True),
        ([ALLOW_READS], {"read"}, True),
        ([ALLOW_READS], {"write"}, False),
        ([ALLOW, DENY_WRITES], None, True),
        ([ALLOW, DENY_WRITES], {"write"}, False),
        ([ALLOW, DENY_WRITES], {"read"}, True),
        ([ALLOW, replace(DENY_WRITES, when=IF_X)], {"write"}, True),
        ([ALLOW, replace(DENY_WRITES, trial=True)], {"write"}, True),
        ([replace(ALLOW, trial=True)], {"read"}, False),
        ([ALLOW], {"new"}, True),
        ([ALLOW_READS], {"read", "changed"}, True),
    ],
)
def test_known_marks_may_hide_a_tool(
    rules: list[Rule], marks: set[str] | None, expected: bool
) -> None:
    """Promise: hidden only when no call to it, as it is now, could be allowed or asked."""
    given = None if marks is None else frozenset(marks)
    assert could_pass(Standing(profile_of(rules)), "a", "r", marks=given) is expected


@pytest.mark.parametrize(("mark", "expected"), [("new", False), ("changed", False), ("read", True)])
def test_strict_pins_hide_what_nobody_has_reviewed(mark: str, expected: bool) -> None:
    """No call to it would pass; without a mark nothing is known."""
    standing = Standing(replace(profile_of([ALLOW]), pins_strict=True))
    assert could_pass(standing, "a", "r", marks=frozenset({mark})) is expected
    assert could_pass(standing, "a", "r")
