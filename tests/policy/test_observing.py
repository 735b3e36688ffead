"""A profile that is observed: only what the default alone denies passes, for a while."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given

from localguard.policy.calls import Call, Facts
from localguard.policy.decide import Standing, could_pass, decide
from localguard.policy.decisions import Allow, Ask, Deny, word
from localguard.policy.duties import Limit
from localguard.policy.globs import Glob
from localguard.policy.profile import Profile, ServerTable
from localguard.policy.rules import Origin, Pattern, Rule, Verb
from tests.policy.strategies import CALLS, PROFILES

AT = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
UNTIL = AT + timedelta(days=3)
HERE = Origin("work.toml", 2)
READ = frozenset({"read"})


def rule(verb: Verb, item: str = "*", **more: object) -> Rule:
    """A rule on the server `s`."""
    return Rule(verb, (Pattern(Glob("s"), Glob(item)),), HERE, **more)  # type: ignore[arg-type]


def call(item: str = "x", **facts: object) -> Call:
    """A call to a tool that a person has reviewed."""
    return Call("s", item, {}, replace(Facts(AT, marks=READ), **facts))  # type: ignore[arg-type]


def standing(*rules: Rule, **more: object) -> Standing:
    """An observed profile that denies what no rule names."""
    given: dict[str, object] = {"observing": UNTIL, **more}
    profile = Profile("work", tuple(rules), file="work.toml")
    return Standing(profile, **given)  # type: ignore[arg-type]


def test_what_only_the_default_denies_passes_and_says_so() -> None:
    """policy.md 5: only the default deny becomes let through and note."""
    found = decide(standing(), call())
    assert isinstance(found, Allow)
    assert (found.observed, found.by) == (True, "work.toml default")
    assert found.reason == (
        "no rule names it and the default is deny, which is only noted until 2026-11-30T12:00+00:00"
    )


def test_denies_and_asks_stay() -> None:
    """Also a limit that is reached, and what a condition of a deny is in doubt about."""
    assert isinstance(decide(standing(rule(Verb.DENY)), call()), Deny)
    assert isinstance(decide(standing(rule(Verb.ASK)), call()), Ask)
    limited = rule(Verb.TOOLS, limit=Limit(1, 60))
    found = decide(standing(limited), call(spent={limited.name: 2.0}))
    assert (word(found), found.rule) == ("deny", limited)


def test_duties_hold_for_what_is_observed() -> None:
    """What is let through is redacted and counted as anything else."""
    found = decide(standing(rule(Verb.TOOLS, redact=frozenset({"email"}))), call())
    assert isinstance(found, Allow)
    assert (found.observed, found.duties.redact) == (True, frozenset({"email"}))


@pytest.mark.parametrize(
    "facts",
    [
        {"marks": None},
        {"marks": READ | {"new"}},
        {"marks": READ | {"changed"}},
        {"marks": frozenset({"write", "destructive"})},
        {"confirmed": False},
        {"at": UNTIL},
        {"own_folder": "/home/ana/.config/localguard"},
        {"misfit": "path is missing"},
    ],
)
def test_what_is_new_changed_destructive_unreviewed_or_too_late_is_denied(
    facts: dict[str, object],
) -> None:
    """Promise: never for new or changed tools; ends by date."""
    assert isinstance(decide(standing(), call(**facts)), Deny)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "more",
    [{"fault": "broken"}, {"accepted": Profile("work", ())}, {"locked": True}, {"observing": None}],
)
def test_nothing_is_observed_while_anything_is_wrong(more: dict[str, object]) -> None:
    """Attack: an edit that removes a deny while the profile is observed."""
    assert isinstance(decide(standing(**more), call()), Deny)
    assert not could_pass(standing(**{"fault": None, **more}), "s", "x", marks=READ) or more.get(
        "fault"
    )


def test_what_a_rule_calls_destructive_is_denied() -> None:
    """As much as what the server calls so."""
    risky = rule(Verb.TOOLS, risk="destructive")
    assert isinstance(decide(standing(risky), call()), Deny)


@pytest.mark.parametrize("more", [{"managed_default": Verb.DENY}, {"user_allow": False}])
def test_a_person_cannot_observe_what_the_organisation_denies(more: dict[str, object]) -> None:
    """Managed policy is only ever added to."""
    base = standing()
    assert base.profile is not None
    under = replace(base, profile=replace(base.profile, **more))  # type: ignore[arg-type]
    assert isinstance(decide(under, call()), Deny)
    assert not could_pass(under, "s", "x", marks=READ)


def test_a_server_whose_default_is_ask_asks() -> None:
    """There is no default deny to note."""
    table = ServerTable("s", HERE, default=Verb.ASK)
    profile = Profile("work", (), servers={"s": table}, file="work.toml")
    assert isinstance(decide(Standing(profile, observing=UNTIL), call()), Ask)


def test_what_could_be_observed_is_listed() -> None:
    """A model cannot call what it does not see."""
    assert could_pass(standing(), "s", "x", marks=READ)
    assert not could_pass(standing(), "s", "x", marks=READ, confirmed=False)
    assert not could_pass(standing(), "s", "x", marks=READ | {"changed"})
    assert not could_pass(standing(rule(Verb.DENY)), "s", "x", marks=READ)
    assert not could_pass(standing(observing=None), "s", "x", marks=READ)


@given(PROFILES, CALLS)
def test_only_default_denials_differ_and_only_for_the_harmless(profile: Profile, one: Call) -> None:
    """Whatever the rules: an observed profile decides all else as one that is not."""
    plain = decide(Standing(profile), one)
    seen = decide(Standing(profile, observing=datetime.max.replace(tzinfo=UTC)), one)
    if word(plain) == word(seen):
        return
    assert isinstance(plain, Deny)
    assert plain.rule is None
    # Under a duty it may still be asked, or denied by a limit.
    assert isinstance(seen, Ask) or (isinstance(seen, Allow) and seen.observed)
    marks = one.facts.marks
    assert marks is not None
    assert marks.isdisjoint({"new", "changed", "destructive"})
    assert one.facts.confirmed
