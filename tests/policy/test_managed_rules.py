"""The organisation's rules and a person's are one set; trial rules stand beside it."""

from dataclasses import replace

import pytest

from localguard.policy.decide import Standing, could_pass, decide, would_be
from localguard.policy.decisions import Allow, Ask, Deny, word
from localguard.policy.duties import Duties, Limit
from localguard.policy.globs import Glob
from localguard.policy.rules import Origin, Pattern, Rule, Verb
from tests.policy.strategies import AT_NOON, call_of, profile_of

HERE = Origin("p.toml", 1)
ALL = (Pattern(Glob("*"), Glob("*")),)
ALLOW = Rule(Verb.ALLOW, ALL, HERE)
ASK = Rule(Verb.ASK, ALL, HERE)
DENY = Rule(Verb.DENY, ALL, HERE)
MANAGED = replace(ALLOW, managed=True)
CALL = call_of("a", "r", {})


@pytest.mark.parametrize(
    ("rules", "user_allow", "expected"),
    [
        ([ALLOW], True, "allow"),
        ([ALLOW], False, "deny"),
        ([MANAGED], False, "allow"),
        ([MANAGED, ALLOW], False, "allow"),
        ([MANAGED, ASK], False, "ask"),
        ([MANAGED, DENY], False, "deny"),
        ([replace(DENY, managed=True), ALLOW], True, "deny"),
        ([replace(ASK, managed=True), ALLOW], True, "ask"),
    ],
)
def test_a_person_may_always_be_stricter_than_the_organisation(
    rules: list[Rule], user_allow: bool, expected: str
) -> None:
    """The algebra, line 1; with `user_allow = false` only managed rules allow."""
    profile = replace(profile_of(rules), user_allow=user_allow)
    assert word(decide(Standing(profile), CALL)) == expected
    assert could_pass(Standing(profile), "a", "r") is (expected != "deny")


def test_a_template_is_hidden_where_only_a_person_allows_it() -> None:
    """As with a tool, and so is one that only a trial rule would allow."""
    template = "resource:db://{name}"
    for rule, user_allow in ((ALLOW, False), (replace(ALLOW, trial=True), True)):
        standing = Standing(replace(profile_of([rule]), user_allow=user_allow))
        assert not could_pass(standing, "a", template, template=True)
    assert could_pass(Standing(profile_of([ALLOW])), "a", template, template=True)


def test_where_only_the_organisation_allows_no_answer_is_remembered() -> None:
    """A remembered yes is an allow of the person's."""
    profile = replace(profile_of([ASK]), user_allow=False)
    for one in (profile, replace(profile, rules=(), default=Verb.ASK)):
        decision = decide(Standing(one), CALL)
        assert isinstance(decision, Ask)
        assert decision.remembered_as is None


@pytest.mark.parametrize(
    ("managed", "default", "own", "expected", "by"),
    [
        (None, Verb.ASK, None, "ask", "p.toml default"),
        (Verb.ASK, Verb.DENY, None, "deny", "p.toml default"),
        (Verb.ASK, Verb.ASK, None, "ask", "p.toml default"),
        (Verb.DENY, Verb.ASK, None, "deny", "managed default"),
        (Verb.DENY, Verb.DENY, Verb.ASK, "deny", "managed default"),
        (Verb.DENY, Verb.DENY, None, "deny", "p.toml default"),
    ],
)
def test_a_managed_default_can_only_be_stricter(
    managed: Verb | None, default: Verb, own: Verb | None, expected: str, by: str
) -> None:
    """The algebra, line 5; the server's own default is under it too."""
    profile = replace(profile_of([], default, own), managed_default=managed)
    decision = decide(Standing(profile), CALL)
    assert (word(decision), decision.by) == (expected, by)
    assert could_pass(Standing(profile), "a", "r") is (expected == "ask")


def test_a_trial_rule_takes_no_part() -> None:
    """Promise: it decides nothing, holds nothing up, adds nothing, and is told of."""
    tried = [
        replace(DENY, trial=True),
        replace(ASK, trial=True, reauth=0),
        Rule(Verb.TOOLS, ALL, HERE, trial=True, limit=Limit(1, 1), redact=frozenset({"email"})),
    ]
    standing = Standing(profile_of([ALLOW, *tried]))
    decision = decide(standing, CALL)
    assert decision == decide(Standing(profile_of([ALLOW])), CALL)
    noted = would_be(standing, CALL)
    assert isinstance(noted, Deny)
    assert (noted.by, noted.reason) == ("p.toml:2", "a deny rule applies")


def test_without_a_trial_rule_there_is_nothing_that_would_be() -> None:
    """Nor where nothing is judged at all, nor where the outcome is the same."""
    trial_deny = replace(DENY, trial=True)
    assert would_be(Standing(profile_of([ALLOW])), CALL) is None
    assert would_be(Standing(None, "broken"), CALL) is None
    assert would_be(Standing(profile_of([DENY, trial_deny])), CALL) is None
    reaching = call_of("a", "r", {}, replace(AT_NOON, own_folder="/own"))
    assert would_be(Standing(profile_of([ALLOW, trial_deny])), reaching) is None


def test_what_would_be_differs_by_its_duties_too() -> None:
    """A redaction on trial shows what it would have taken out."""
    tried = Rule(Verb.TOOLS, ALL, HERE, redact=frozenset({"email"}), trial=True)
    noted = would_be(Standing(profile_of([ALLOW, tried])), CALL)
    assert isinstance(noted, Allow)
    assert noted.duties == Duties(redact=frozenset({"email"}))


def test_what_a_trial_rule_would_do_is_judged_before_a_review_too() -> None:
    """The doubts about claimed marks count in the rehearsal as they do on the day."""
    reads = (Pattern(Glob("*"), None, "read"),)
    facts = replace(AT_NOON, marks=frozenset({"read"}), confirmed=False)
    call = call_of("a", "r", {}, facts)
    standing = Standing(profile_of([replace(ALLOW, patterns=reads, trial=True)]))
    assert isinstance(decide(standing, call), Deny)
    assert isinstance(would_be(standing, call), Ask)
