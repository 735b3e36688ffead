"""Answers that last, edited arguments, and people who say no again and again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localguard.approvals.happenings import Kept, Storm
from localguard.approvals.requests import Answered, Judge, Matter, Refused, Released, Taken, Turned
from localguard.approvals.storms import WINDOW
from localguard.policy.calls import Call
from localguard.policy.conditions import Argument, Whole
from localguard.policy.decide import Standing, decide
from localguard.policy.decisions import Allow, Ask, Decision, Deny
from localguard.policy.globs import Glob
from localguard.policy.grants import ANY_RULE
from localguard.policy.matchers import Text
from localguard.policy.profile import Profile
from localguard.policy.rules import Origin, Pattern, Rule, Verb
from tests.approvals.makers import (
    ANN,
    ASK,
    EPOCH,
    FACTS,
    World,
    call_of,
    deny_of,
    matter_of,
)

TO_CORP = (Argument(("to",), (Text(Glob("*@corp")),)),)


def decided(world: World, call: Call) -> Any:
    """What a real profile with one ask rule decides of a call, given what was kept."""
    rule = Rule(Verb.ASK, (Pattern(Glob("*"), Glob("*")),), Origin("work.toml", 3))
    answers = tuple(kept.answer for kept in world.keeper.answers)
    return decide(Standing(Profile("work", (rule,)), None, answers), call)


def by_answers(world: World) -> Judge:
    """A policy that looks up what was kept."""

    def judge(call: Call, *, edited: bool = False) -> tuple[Decision, Matter | None]:
        assert not edited
        found = decided(world, call) if world.keeper.answers else ASK
        return (found, None) if isinstance(found, Allow) else (ASK, matter_of(call))

    return judge


@pytest.mark.parametrize(("scope", "end"), [("minutes", 900), ("session", None), ("switch", None)])
def test_a_lasting_yes_lets_the_call_go_and_settles_later_ones(scope: str, end: Any) -> None:
    """For the same arguments exactly, for as long as it was given."""
    world = World()
    world.hold()
    assert world.answer(scope=scope) == Taken("g-1", "allowed")
    assert isinstance(world.outcome(), Released)
    (kept,) = world.keeper.answers
    assert (kept.request, kept.scope, kept.who, kept.made) == ("g-1", scope, ANN, EPOCH)
    assert kept.until == (None if end is None else EPOCH + end)
    assert [one.remembered for one in world.happened(Kept)] == [kept]
    assert isinstance(decided(world, call_of(to="ann")), Allow)
    for other in (call_of(to="eve"), call_of(to="ann", cc="eve"), call_of("get", to="ann")):
        assert isinstance(decided(world, other), Ask)
    later = replace(FACTS, at=datetime.fromtimestamp(EPOCH, UTC) + timedelta(seconds=900))
    expected = Allow if end is None else Ask
    assert isinstance(decided(world, call_of(to="ann", facts=later)), expected)


def test_a_lasting_answer_is_for_the_pattern_that_the_person_saw() -> None:
    """A pattern lets other arguments through, and only those."""
    world = World()
    world.hold(call=call_of(to="ann@corp"))
    world.answer(scope="session", when=TO_CORP)
    assert isinstance(decided(world, call_of(to="bob@corp")), Allow)
    assert isinstance(decided(world, call_of(to="bob@evil")), Ask)


def test_exactly_these_arguments_is_a_condition() -> None:
    """What was shown to the person is all of it."""
    world = World()
    world.hold()
    world.answer(scope="session")
    (condition,) = world.keeper.answers[0].answer.when
    assert isinstance(condition, Whole)


def test_a_lasting_yes_lets_calls_go_that_wait_already() -> None:
    """Identical ones, and others that the pattern covers: nobody is asked twice."""
    world = World()
    world.hold("g-1", call_of(to="ann@corp"))
    world.hold("g-2", call_of(to="ann@corp"))
    world.hold("g-3", call_of(to="bob@corp"))
    world.hold("g-4", call_of(to="eve"))
    world.hold("g-5", call_of("get"))
    world.policy.other = by_answers(world)
    world.answer(scope="session", when=TO_CORP)
    for name in ("g-1", "g-2", "g-3"):
        assert isinstance(world.outcome(name), Released)
    assert [one.id for one in world.desk.requests()] == ["g-4", "g-5"]


def test_a_lasting_yes_to_what_is_held_needs_no_leave_beside_it() -> None:
    """The next call is settled by the answer."""
    world = World()
    world.hold()
    world.time.move(60)
    assert isinstance(world.answer(scope="minutes"), Taken)
    assert (len(world.keeper.answers), world.keeper.leaves) == (1, [])
    assert world.desk.finished()[-1].how == "granted"


NEVER = replace(ASK, remembered_as=None)


@pytest.mark.parametrize(
    ("call", "ask", "more"),
    [
        (call_of(), NEVER, {}),
        (call_of(facts=replace(FACTS, identity=None)), ASK, {}),
        (call_of(facts=replace(FACTS, client=None)), ASK, {}),
        (call_of(facts=replace(FACTS, pin=None)), ASK, {}),
        (call_of(to="eve"), ASK, {"when": TO_CORP}),
        (call_of(), ASK, {"when": TO_CORP}),
        (call_of(), ASK, {"arguments": {}}),
    ],
)
@pytest.mark.parametrize("scope", ["minutes", "session", "switch"])
def test_a_yes_is_not_remembered_where_it_must_not_or_cannot_be(
    call: Call, ask: Ask, more: Any, scope: str
) -> None:
    """`remember = "never"`, too little known, a pattern of other calls: once, or no."""
    world = World()
    world.policy.decisions["send"] = ask
    world.hold(call=call)
    reply = world.answer(scope=scope, **more)
    assert isinstance(reply, Refused)
    assert "once" in reply.why
    assert world.keeper.answers == []
    assert world.keeper.leaves == []
    assert world.settled["g-1"] == []
    assert isinstance(world.answer(), Taken)


def test_an_answer_that_cannot_be_kept_is_not_taken() -> None:
    """Better asked again than promised what does not hold."""
    world = World()
    world.hold()
    world.keeper.fault = "the vault is locked"
    assert world.answer(scope="session") == Refused("g-1", "the vault is locked. Fix: ask again.")
    assert world.settled["g-1"] == []


@pytest.mark.parametrize("ask", [ASK, NEVER])
def test_a_no_can_always_be_remembered(ask: Ask) -> None:
    """It lets nothing through."""
    world = World()
    world.policy.decisions["send"] = ask
    world.hold()
    assert world.answer(False, scope="session") == Taken("g-1", "denied")
    (kept,) = world.keeper.answers
    assert kept.answer.allows is False
    assert kept.answer.rule == (ask.remembered_as or ANY_RULE)
    assert isinstance(decided(world, call_of(to="ann")), Deny)
    assert isinstance(decided(world, call_of(to="eve")), Ask)


def test_a_no_denies_also_where_it_cannot_be_remembered() -> None:
    """A no is never refused; the person is told that it holds this once."""
    world = World()
    world.hold()
    world.keeper.fault = "the disk is full"
    reply = world.answer(False, scope="session")
    assert reply == Taken("g-1", "denied; it is not remembered: the disk is full. Fix: ask again.")
    assert isinstance(world.outcome(), Turned)
    world.keeper.fault = None
    world.hold("g-2", call_of(facts=replace(FACTS, identity=None)))
    reply = world.answer(False, "g-2", scope="session")
    assert reply == Taken(
        "g-2",
        "denied; it is not remembered: too little is known of this call, its server and its client",
    )


def test_edited_arguments_take_the_place_of_the_call_s() -> None:
    """They are judged as a person wrote them, and make no grant."""
    world = World()
    world.hold()
    assert world.answer(arguments={"to": "bob"}) == Taken("g-1", "allowed")
    settled = world.outcome()
    assert isinstance(settled, Released)
    assert settled.arguments == {"to": "bob"}
    assert world.policy.edited == [{"to": "bob"}]
    assert world.keeper.leaves == []


def test_edited_arguments_that_are_denied_are_refused_and_the_call_waits_on() -> None:
    """Deny wins: an edit is no way around a rule or a schema."""
    world = World()
    world.hold()
    world.policy.misfit = "to must be an address"
    reply = world.answer(arguments={"to": 5})
    why = "with these arguments the call is denied: to must be an address (built in)"
    assert reply == Refused("g-1", why)
    assert world.settled["g-1"] == []
    assert isinstance(world.answer(), Taken)


def test_edited_arguments_that_a_rule_denies_with_its_own_words_are_told_so() -> None:
    """`because` is the person's own explanation."""

    def judge(call: Call, *, edited: bool = False) -> tuple[Decision, Matter | None]:
        deny = Deny("work.toml:8", "a deny rule applies", because="not on Fridays")
        return (deny, None) if edited else (ASK, matter_of(call))

    world = World()
    world.policy.other = judge
    world.hold()
    reply = world.answer(arguments={})
    assert reply == Refused(
        "g-1", "with these arguments the call is denied: not on Fridays (work.toml:8)"
    )


def test_arguments_can_be_edited_only_while_a_client_waits() -> None:
    """The repeat will have the model's arguments, not the person's."""
    world = World()
    world.hold()
    world.time.move(60)
    reply = world.answer(arguments={"to": "bob"})
    assert reply == Refused(
        "g-1", "no client waits for this call, so its arguments cannot be changed"
    )
    assert world.keeper.leaves == []


def refused_thrice(world: World, facts: Any = FACTS, pause: float = 30) -> None:
    """A person says no to three different calls of one tool."""
    for number in range(3):
        world.hold(f"n-{number}", call_of(to=f"{number}", facts=facts))
        world.answer(False, f"n-{number}")
        world.time.move(pause)


def test_after_three_times_no_the_tool_is_denied_for_the_session() -> None:
    """A model that asks again and again is not a person's work to fend off."""
    world = World()
    world.hold("g-1", call_of(to="ann"))
    world.hold("g-2", call_of("get"))
    refused_thrice(world, pause=1)
    assert [(one.target, one.who) for one in world.happened(Storm)] == [("mail/send", ANN)]
    assert "again and again" in deny_of(world.outcome("g-1")).reason
    assert world.settled["g-2"] == []
    (kept,) = world.keeper.answers
    assert (kept.scope, kept.answer.rule, kept.answer.allows, kept.answer.when) == (
        "session",
        ANY_RULE,
        False,
        (),
    )
    assert isinstance(decided(world, call_of(to="anyone")), Deny)
    assert isinstance(decided(world, call_of("get")), Ask)


@pytest.mark.parametrize(
    ("fault", "facts"), [("the disk is full", FACTS), (None, replace(FACTS, pin=None))]
)
def test_a_storm_that_cannot_be_kept_holds_in_this_guard(fault: Any, facts: Any) -> None:
    """The tool is denied all the same."""
    world = World()
    world.keeper.fault = fault
    refused_thrice(world, facts)
    assert len(world.happened(Storm)) == 1
    world.hold("g-1", call_of(to="ann", facts=facts))
    assert "again and again" in deny_of(world.outcome()).reason
    world.hold("g-2", call_of("get"))
    assert world.settled["g-2"] == []


def test_three_times_no_over_a_longer_time_are_no_storm() -> None:
    """Nor are those of different tools."""
    world = World()
    refused_thrice(world, pause=WINDOW / 2)
    assert world.happened(Storm) == []
    world = World()
    for number in range(6):
        world.hold(f"n-{number}", call_of(f"tool-{number % 3}", to=f"{number}"))
        world.answer(False, f"n-{number}")
    assert world.happened(Storm) == []


def test_one_no_to_many_identical_calls_is_one_no() -> None:
    """People are counted, not calls."""
    world = World()
    for number in range(5):
        world.hold(f"n-{number}")
    world.answer(False, "n-0")
    assert world.happened(Storm) == []


def test_what_the_policy_denies_is_no_storm() -> None:
    """Only a person's no counts."""
    world = World()
    for number in range(5):
        world.hold(f"n-{number}", call_of(to=str(number)))
    world.policy.decisions["send"] = Deny("work.toml:8", "a deny rule applies")
    world.desk.rejudge(world.policy, switched=False)
    assert world.happened(Storm) == []
    assert Answered(False, ANN).scope == "once"
