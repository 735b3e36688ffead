"""Why a rule did not apply, in words."""

from dataclasses import replace

import pytest

from localguard.policy.calls import Json
from localguard.policy.conditions import Argument, Fact, Seen
from localguard.policy.examine import examine, nearest
from localguard.policy.globs import Glob
from localguard.policy.matchers import Sql, Text
from localguard.policy.rules import Origin, Pattern, Rule, Verb
from tests.policy.strategies import AT_NOON, NOON, call_of, profile_of

HERE = Origin("p.toml", 1)
ALL = (Pattern(Glob("*"), Glob("*")),)
READ = (Pattern(Glob("*"), None, "read"),)
P_IS_X = (Argument(("p",), (Text(Glob("x")),)),)
IS_READ = Argument(("p",), (Sql(frozenset({"read"})),))
ALLOW = Rule(Verb.ALLOW, ALL, HERE)
DENY = Rule(Verb.DENY, ALL, HERE)


@pytest.mark.parametrize(
    ("rule", "arguments", "kept_by"),
    [
        (ALLOW, {}, ""),
        (replace(ALLOW, when=P_IS_X), {"p": "x"}, ""),
        (replace(ALLOW, when=P_IS_X), {"p": "y"}, "when.args.p does not hold"),
        (replace(ALLOW, when=P_IS_X), {}, "when.args.p is missing in the call"),
        (replace(DENY, when=P_IS_X), {"p": "y"}, "when.args.p does not hold"),
        (
            replace(ALLOW, when=P_IS_X, until=NOON),
            {"p": "x"},
            f"until {NOON.isoformat()} has passed",
        ),
        (replace(ALLOW, unless=P_IS_X), {"p": "x"}, "unless holds"),
        (replace(ALLOW, unless=P_IS_X), {}, "unless cannot be judged"),
        (replace(DENY, unless=P_IS_X), {"p": "x"}, "unless holds"),
        (replace(ALLOW, excepts=ALL), {}, "except names it"),
        (replace(ALLOW, excepts=READ), {}, "except may name it by its mark"),
        (replace(ALLOW, patterns=READ), {}, "its mark is not known"),
        (
            replace(ALLOW, when=(Seen(("a/x",)),)),
            {},
            "when.seen does not hold: nothing it names was called in this session",
        ),
        (
            replace(ALLOW, when=(Seen(("a/y",)),)),
            {},
            "when.seen does not hold: nothing it names is known to have been called"
            " in this session",
        ),
        (replace(ALLOW, when=(IS_READ,)), {"p": "drop table x"}, "when.args.p does not hold"),
        (replace(ALLOW, when=(IS_READ,)), {"p": "call x()"}, "when.args.p cannot be judged"),
    ],
)
def test_what_kept_a_rule_from_applying(
    rule: Rule, arguments: dict[str, Json], kept_by: str
) -> None:
    """The first reason, as the profile writes it."""
    facts = replace(AT_NOON, seen={"a/x": False})
    (finding,) = examine(profile_of([rule]), call_of("a", "r", arguments, facts))
    assert (finding.applied, finding.kept_by) == (not kept_by, kept_by)


def test_rules_for_other_calls_are_left_out() -> None:
    """One finding for each rule whose patterns fit."""
    other = replace(DENY, patterns=(Pattern(Glob("b"), Glob("*")),))
    findings = examine(profile_of([other, ALLOW]), call_of("a", "r", {}))
    assert [finding.rule.origin.line for finding in findings] == [2]


def test_the_nearest_rule_is_an_allow_that_did_not_apply() -> None:
    """Nothing where no allow names the call."""
    call = call_of("a", "r", {})
    far = profile_of([replace(DENY, when=P_IS_X), replace(ALLOW, excepts=ALL)])
    assert nearest(far, call) == "p.toml:2 would allow it, but except names it"
    assert nearest(profile_of([DENY, ALLOW]), call) == ""
    assert nearest(profile_of([replace(ALLOW, when=P_IS_X, trial=True)]), call) == ""


def test_what_the_organisation_does_not_let_allow_is_told() -> None:
    """With `user_allow` false a person sees why the rule of their own does nothing."""
    profile = replace(profile_of([ALLOW, replace(ALLOW, managed=True)]), user_allow=False)
    own, managed = examine(profile, call_of("a", "r", {}))
    assert (own.applied, own.kept_by) == (False, "here only the organisation may allow")
    assert managed.applied


@pytest.mark.parametrize(
    ("marks", "kept_by"),
    [(None, "its mark is not known"), (frozenset[str](), "it has another mark")],
)
def test_a_mark_that_is_missing_is_told_from_one_that_is_not_known(
    marks: frozenset[str] | None, kept_by: str
) -> None:
    """Before what its other conditions say."""
    call = call_of("a", "r", {"p": "y"}, replace(AT_NOON, marks=marks))
    (finding,) = examine(profile_of([replace(ALLOW, patterns=READ, unless=P_IS_X)]), call)
    assert finding.kept_by == kept_by


@pytest.mark.parametrize(
    ("user", "groups", "kept_by"),
    [
        (None, None, "when.group cannot be judged"),
        ("ana", ("dev",), "when.group does not hold"),
        (
            "ana",
            None,
            "when.group cannot be judged: no groups are known; your provider may want a scope for"
            " them (scopes in [identity])",
        ),
    ],
)
def test_where_a_provider_tells_no_groups_the_way_to_have_them_is_told(
    user: str | None, groups: tuple[str, ...] | None, kept_by: str
) -> None:
    """Nobody guesses that the sign-in asked for too little."""
    rule = replace(ALLOW, when=(Fact("group", (Text(Glob("support")),)),))
    facts = replace(AT_NOON, user=user, groups=groups)
    (finding,) = examine(profile_of((rule,)), call_of("a", "x", {}, facts))
    assert finding.kept_by == kept_by
