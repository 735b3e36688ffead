"""What is held is judged again when policy, pins, identity or profile change."""

from dataclasses import replace
from typing import Any

import pytest

from localguard.approvals.happenings import Changed, Closed
from localguard.approvals.requests import Answered, Expired, Matter, Released, Stale, Taken
from localguard.policy.calls import Call
from localguard.policy.decisions import Allow, Decision, Deny
from tests.approvals.makers import (
    ANN,
    ASK,
    DESTRUCTIVE,
    FACTS,
    LIMITED,
    World,
    allow_of,
    call_of,
    deny_of,
    matter_of,
)

ALLOW = Allow("work.toml:1", "an allow rule applies")
DENY = Deny("work.toml:8", "a deny rule applies")


def rejudged(world: World, *, switched: bool = False) -> None:
    """The policy has changed to what it is now."""
    world.desk.rejudge(world.policy, switched=switched)


def test_what_the_policy_allows_by_now_goes() -> None:
    """All live calls: no person has to be asked any more."""
    world = World()
    world.hold("g-1")
    world.hold("g-2")
    world.policy.decisions["send"] = ALLOW
    rejudged(world)
    assert allow_of(world.outcome("g-1")) == allow_of(world.outcome("g-2")) == ALLOW
    (closed,) = world.happened(Closed)
    assert (closed.finished.how, closed.finished.who, closed.finished.missed) == (
        "changed",
        None,
        False,
    )


def test_what_the_policy_denies_by_now_is_denied() -> None:
    """A person tightens the rules while calls wait."""
    world = World()
    world.hold("g-1")
    world.policy.decisions["send"] = DENY
    rejudged(world)
    assert deny_of(world.outcome()) == DENY


@pytest.mark.parametrize("decision", [ALLOW, DENY])
def test_what_is_held_and_decided_by_now_is_closed(decision: Decision) -> None:
    """Nobody waits: the next call gets the decision."""
    world = World()
    world.hold()
    world.time.move(60)
    world.policy.decisions["send"] = decision
    rejudged(world)
    assert world.desk.requests() == ()
    assert world.desk.finished()[-1].how == "changed"
    assert len(world.settled["g-1"]) == 1


def test_what_is_asked_as_before_stays_as_it_was() -> None:
    """No console flickers for a change elsewhere."""
    world = World()
    world.hold("g-1")
    world.hold("g-2", call_of(to="bob"))
    world.time.move(20)
    world.told.clear()
    shown = world.request()
    rejudged(world)
    assert world.told == []
    assert isinstance(world.answer_to(shown, Answered(True, ANN)), Taken)


@pytest.mark.parametrize("held", [True, False])
def test_another_pin_is_another_matter(held: bool) -> None:
    """Attack: a tool's definition changes while a person reads the old one."""
    world = World()
    world.hold()
    world.time.move(60 if held else 1)
    shown = world.request()
    world.policy.facts = replace(FACTS, pin="pin-2")
    rejudged(world)
    assert world.request().revision == shown.revision + 1
    assert world.request().matter.digest != shown.matter.digest
    assert world.happened(Changed)[-1].request == world.request()
    stale = world.answer_to(shown, Answered(True, ANN))
    assert stale == Stale("g-1", "what is asked has changed since it was shown")
    world.answer()
    given = [leave.grant.call for leave in world.keeper.leaves]
    assert given == (
        [matter_of(call_of(to="ann", facts=world.policy.facts)).digest] if held else []
    )


@pytest.mark.parametrize("ask", [DESTRUCTIVE, LIMITED, replace(ASK, remembered_as=None)])
def test_another_risk_or_reason_is_another_matter(ask: Any) -> None:
    """The digest is the same, and yet it is not what was shown."""
    world = World()
    world.hold()
    shown = world.request()
    world.policy.decisions["send"] = ask
    rejudged(world)
    assert world.request().matter.ask == ask
    assert isinstance(world.answer_to(shown, Answered(True, ANN)), Stale)


def test_an_answer_is_judged_again_before_it_counts() -> None:
    """The policy may have changed unnoticed since: a deny wins over the person's yes."""
    world = World()
    world.hold()
    world.policy.decisions["send"] = DENY
    assert world.answer() == Stale("g-1", "the policy decides it now")
    assert deny_of(world.outcome()) == DENY


def test_an_answer_to_what_has_changed_unnoticed_is_stale() -> None:
    """The person is shown the new question first."""
    world = World()
    world.hold()
    world.policy.decisions["send"] = LIMITED
    assert isinstance(world.answer(), Stale)
    assert world.settled["g-1"] == []
    assert isinstance(world.answer(), Taken)


def test_a_matter_that_cannot_be_told_is_denied() -> None:
    """Doubt counts against the call."""
    world = World()
    world.hold()
    world.policy.lost = True
    rejudged(world)
    assert deny_of(world.outcome()).by == "built in"


def test_after_a_switch_of_the_profile_nothing_waits() -> None:
    """Other rules, another identity: what was asked under the old one is void."""
    world = World()
    world.hold("g-1")
    world.hold("g-2", call_of(to="bob"))
    world.time.move(60)
    world.hold("g-3")
    world.policy.decisions["send"] = ALLOW
    rejudged(world, switched=True)
    assert "profile was switched" in deny_of(world.outcome("g-3")).reason
    assert isinstance(world.outcome("g-2"), Expired)
    assert [one.how for one in world.desk.finished()] == ["switched", "switched"]
    assert world.desk.requests() == ()


@pytest.mark.parametrize("decision", [ALLOW, DENY])
def test_what_is_being_sent_is_judged_too(decision: Decision) -> None:
    """A yes is no shield against a stricter rule."""
    world = World()
    world.policy.decisions["send"] = DESTRUCTIVE
    world.hold()
    world.answer()
    world.policy.decisions["send"] = decision
    rejudged(world)
    settled = world.outcome()
    got = settled.allow if isinstance(settled, Released) else deny_of(settled)
    assert got == decision
    world.time.move(10)
    assert len(world.settled["g-1"]) == 1


def limited_to(number: int) -> Any:
    """A policy that denies after so many calls."""
    seen: list[Call] = []

    def judge(call: Call) -> tuple[Decision, Matter | None]:
        seen.append(call)
        return (ALLOW, None) if len(seen) <= number else (ASK, matter_of(call))

    return judge


def test_each_live_call_is_judged_for_itself() -> None:
    """A limit may let one of them through; the others wait on, with a new revision."""
    world = World()
    for name in ("g-1", "g-2", "g-3"):
        world.hold(name)
    shown = world.request()
    world.desk.rejudge(limited_to(1), switched=False)
    assert allow_of(world.outcome("g-1")) == ALLOW
    assert (world.request().count, world.request().revision) == (2, shown.revision + 1)
    assert world.happened(Changed)[-1].request.count == 2


def test_a_call_that_was_to_be_sent_and_went_otherwise_takes_the_yes_with_it() -> None:
    """One yes, one call."""
    world = World()
    world.policy.decisions["send"] = DESTRUCTIVE
    world.hold("g-1")
    world.hold("g-2")
    world.answer()

    found = limited_to(1)

    def judge(call: Call) -> tuple[Decision, Matter | None]:
        decision, matter = found(call)
        return (decision, None) if matter is None else (DESTRUCTIVE, matter_of(call, DESTRUCTIVE))

    world.desk.rejudge(judge, switched=False)
    assert allow_of(world.outcome("g-1")) == ALLOW
    assert world.request().state == "waiting"
    world.time.move(10)
    assert world.settled["g-2"] == []


def test_a_later_call_that_is_decided_leaves_the_first_as_it_is() -> None:
    """Only the count changes."""
    world = World()
    world.hold("g-1")
    world.hold("g-2")
    shown = world.request()
    first: list[Call] = []

    def judge(call: Call) -> tuple[Decision, Matter | None]:
        first.append(call)
        return (ASK, matter_of(call)) if len(first) == 1 else (DENY, None)

    world.desk.rejudge(judge, switched=False)
    assert deny_of(world.outcome("g-2")) == DENY
    assert (world.request().count, world.request().revision) == (1, shown.revision)
    assert world.happened(Changed)[-1].request.count == 1


def test_requests_that_have_become_the_same_are_one() -> None:
    """A call came under the new pin before the old ones were judged again."""
    world = World()
    old, new = call_of(to="ann"), call_of(to="ann", facts=replace(FACTS, pin="pin-2"))
    world.hold("g-1", old)
    world.hold("g-2", old)
    world.hold("g-3", new)
    world.policy.facts = new.facts
    rejudged(world)
    (request,) = world.desk.requests()
    assert (request.id, request.count, request.state) == ("g-3", 3, "waiting")
    assert [one.id for one in world.desk.finished()] == ["g-1"]
    assert world.settled == {"g-1": [], "g-2": [], "g-3": []}
    world.answer(name="g-3")
    settled = world.outcome("g-3")
    assert settled.request == "g-3"
    world.answer(name="g-3")
    assert world.outcome("g-1").request == "g-3"
    world.hold("g-4", new)
    assert world.request("g-3").count == 2


def test_a_held_request_that_has_become_another_is_closed() -> None:
    """The open one stands for it."""
    world = World()
    old, new = call_of(to="ann"), call_of(to="ann", facts=replace(FACTS, pin="pin-2"))
    world.hold("g-1", old)
    world.time.move(60)
    world.hold("g-2", new)
    world.policy.facts = new.facts
    rejudged(world)
    assert [one.id for one in world.desk.requests()] == ["g-2"]
    world.answer(name="g-2")
    assert isinstance(world.outcome("g-2"), Released)
