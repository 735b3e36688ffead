"""A version that nobody has accepted, held against the one that a person did accept."""

from dataclasses import replace

import pytest

from localguard.policy.calls import Call
from localguard.policy.decide import Standing, decide
from localguard.policy.decisions import Allow, Ask, Deny
from localguard.policy.duties import Limit
from localguard.policy.globs import Glob
from localguard.policy.lowering import floor, tempered
from localguard.policy.profile import FromServer, Profile, ServerTable
from localguard.policy.rules import Origin, Pattern, Rule, Verb
from tests.policy.strategies import call_of, profile_of

HERE = Origin("p.toml", 1)
ALL = (Pattern(Glob("*"), Glob("*")),)
ALLOW = Rule(Verb.ALLOW, ALL, HERE)
DENY = Rule(Verb.DENY, ALL, HERE)
READS = replace(ALLOW, patterns=(Pattern(Glob("*"), Glob("r*")),))
CALL = call_of("a", "w", {})


def held(current: Profile, accepted: Profile) -> Standing:
    """The standing of the one held against the other."""
    against = floor(accepted, current)
    return Standing(tempered(current, accepted), accepted=against, unaccepted="p.toml changed")


def test_what_was_not_accepted_is_asked_with_its_own_rule() -> None:
    """Promise: the person sees which rule would allow it, and why it does not."""
    decision = decide(held(profile_of([ALLOW]), profile_of([READS])), CALL)
    assert decision == Ask(
        "p.toml:1", "not allowed by what a person has accepted: p.toml changed", ALLOW
    )


def test_a_fault_of_the_files_is_told_before_that() -> None:
    """What is lowered once is not lowered again."""
    standing = replace(held(profile_of([ALLOW]), profile_of([READS])), fault="p.toml:3: broken")
    decision = decide(standing, CALL)
    assert isinstance(decision, Ask)
    assert decision.reason == "allowed by the last valid profile, but p.toml:3: broken"


def test_what_is_denied_now_stays_so() -> None:
    """Tightening bites at once."""
    assert isinstance(decide(held(profile_of([DENY]), profile_of([ALLOW])), CALL), Deny)


def test_answers_that_no_file_holds_count_on_both_sides() -> None:
    """Those of a session are a person's word whatever the files say."""
    one, other = profile_of([READS, ALLOW]), profile_of([ALLOW])
    assert isinstance(decide(held(one, other), CALL), Allow)


@pytest.mark.parametrize(
    "limit",
    [None, Limit(1000, 60), Limit(3, 60, ("p",)), Limit(3, 3600)],
    ids=["none", "more", "of-another", "in-longer"],
)
def test_a_limit_that_is_another_now_is_not_counted_any_more(limit: Limit | None) -> None:
    """So nobody knows how much of it is left, and it counts as reached."""
    accepted = profile_of([replace(ALLOW, limit=Limit(3, 60))])
    current = profile_of([replace(ALLOW, limit=limit)])
    assert isinstance(decide(held(current, accepted), CALL), Ask)
    assert isinstance(decide(held(accepted, current), CALL), Ask if limit else Allow)


def test_a_limit_that_has_moved_is_the_same() -> None:
    """A remark above it changes nothing."""
    accepted = profile_of([replace(ALLOW, limit=Limit(3, 60))])
    current = profile_of([READS, replace(ALLOW, limit=Limit(3, 60))])
    assert isinstance(decide(held(current, accepted), CALL), Allow)


@pytest.mark.parametrize(
    "change",
    [
        {"command": ("evil",)},
        {"url": "https://evil.example"},
        {"env": {"DSN": "production"}},
        {"pass_env": ("AWS_*",)},
        {"cwd": "/b"},
        {"foreign_paths": True},
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_another_server_behind_a_name_is_asked_for(change: dict[str, object], known: bool) -> None:
    """Attack: rules stay as they were accepted, and what they reach does not."""
    plain = ServerTable("a", HERE, command=("pg",) if known else None)
    accepted = replace(profile_of([ALLOW]), servers={"a": plain} if known else {})
    current = replace(accepted, servers={"a": replace(plain, **change)})  # type: ignore[arg-type]
    for one, other in ((current, accepted), (accepted, current)):
        assert isinstance(decide(held(one, other), CALL), Ask)
        elsewhere = Call("b", "w", {}, CALL.facts)
        assert isinstance(decide(held(one, other), elsewhere), Allow)


def test_a_table_that_says_nothing_of_the_start_makes_no_other_server() -> None:
    """A default is a rule, and is judged as one."""
    accepted = replace(profile_of([ALLOW]), servers={})
    table = ServerTable("a", Origin("p.toml", 9), default=Verb.ASK)
    current = replace(accepted, servers={"a": table})
    assert isinstance(decide(held(current, accepted), CALL), Allow)


@pytest.mark.parametrize("now", [Verb.ALLOW, Verb.ASK, Verb.DENY])
@pytest.mark.parametrize("then", [Verb.ALLOW, Verb.ASK, Verb.DENY])
def test_servers_may_ask_for_what_both_allow(now: Verb, then: Verb) -> None:
    """What only one allows is asked."""
    current, accepted = (
        replace(profile_of([]), from_server=FromServer(verb, verb, verb)) for verb in (now, then)
    )
    expected = Verb.ASK if (now, then) in ((Verb.ALLOW, Verb.ASK), (Verb.ALLOW, Verb.DENY)) else now
    asked = tempered(current, accepted).from_server
    assert asked == FromServer(expected, expected, expected)


@pytest.mark.parametrize(("now", "then"), [(a, b) for a in (True, False) for b in (True, False)])
def test_the_stricter_of_two_switches_holds(now: bool, then: bool) -> None:
    """Methods that are not known are relayed if both say so, schemas looked at if one does."""
    current, accepted = (
        replace(profile_of([]), unknown_methods=on, strict_arguments=on) for on in (now, then)
    )
    found = tempered(current, accepted)
    assert found.unknown_methods == (now and then)
    assert found.strict_arguments == (now or then)


def test_no_duty_of_a_rule_that_is_not_in_force_is_taken_over() -> None:
    """A trial is none, nor is a deny; and what is there already is not there twice."""
    redacting = replace(ALLOW, redact=frozenset({"email"}))
    rules = [replace(redacting, trial=True), replace(redacting, verb=Verb.DENY), redacting]
    current = profile_of([READS, redacting])
    assert tempered(current, profile_of(rules)).rules == current.rules
    (_, added) = tempered(profile_of([READS]), profile_of(rules)).rules
    assert (added.verb, added.redact) == (Verb.TOOLS, frozenset({"email"}))
