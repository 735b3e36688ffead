"""A destructive call that was allowed can be stopped for two seconds, within its client's time."""

import pytest

from localguard.approvals.answering import MARGIN, UNDO
from localguard.approvals.happenings import Changed, Decided, Stopped, Troubled
from localguard.approvals.requests import (
    Answered,
    Expired,
    Matter,
    Refused,
    Released,
    Stale,
    Taken,
    Waiting,
)
from localguard.policy.calls import Call
from localguard.policy.decisions import Allow, Decision, Deny
from tests.approvals.makers import (
    ANN,
    ASK,
    BOB,
    DESTRUCTIVE,
    World,
    call_of,
    deny_of,
    matter_of,
)


def destructive(*ids: str, budget: float = 45.0) -> World:
    """Identical calls that cannot be undone."""
    world = World()
    world.policy.decisions["drop"] = DESTRUCTIVE
    for name in ids or ("g-1",):
        world.hold(name, call_of("drop", table="t"), budget=budget, progress=True)
    return world


def test_it_is_sent_two_seconds_after_the_yes() -> None:
    """Promise: an undo window before what cannot be undone."""
    world = destructive()
    assert world.answer() == Taken("g-1", "allowed: it is sent in 2.0 s unless it is stopped")
    assert world.request().state == "sending"
    assert [one.how for one in world.happened(Decided)] == ["allowed"]
    world.time.move(UNDO - 0.01)
    assert world.settled["g-1"] == []
    world.time.move(0.01)
    settled = world.outcome()
    assert isinstance(settled, Released)
    assert settled.allow.duties.destructive
    assert len(world.happened(Decided)) == 1


def test_it_can_be_stopped_and_waits_again() -> None:
    """Whoever stops it may be another; the answer that was stopped is worth nothing."""
    world = destructive()
    shown = world.request()
    world.answer()
    sending = world.request()
    assert isinstance(world.desk.stop("g-1", BOB), Taken)
    assert (world.request().state, world.request().who) == ("waiting", BOB)
    assert [one.who for one in world.happened(Stopped)] == [BOB]
    world.time.move(10)
    assert world.settled["g-1"] == []
    for before in (shown, sending):
        assert world.answer_to(before, Answered(True, ANN)) == Stale(
            "g-1", f"{BOB} stopped it meanwhile"
        )
    assert isinstance(world.answer(), Taken)


def test_only_what_is_being_sent_can_be_stopped() -> None:
    """Before and after, there is nothing to stop."""
    world = destructive()
    assert world.desk.stop("g-1", ANN) == Stale("g-1", "nothing of it is being sent")
    world.answer()
    world.time.move(UNDO)
    assert world.desk.stop("g-1", ANN) == Stale("g-1", f"it was allowed by {ANN}")


def test_while_it_is_sent_nobody_else_can_answer() -> None:
    """The first answer wins, also over a no; a no begins with a stop."""
    world = destructive()
    world.answer()
    for allow in (True, False):
        assert world.answer(allow, who=BOB) == Stale("g-1", f"{ANN} allowed it")


@pytest.mark.parametrize(("left", "window"), [(1.0, 0.75), (2.25, 2.0), (5.0, 2.0)])
def test_the_window_lies_inside_the_time_its_client_waits(left: float, window: float) -> None:
    """Promise: nothing is executed after the client gave up."""
    world = destructive()
    world.time.move(45 - left)
    world.answer()
    world.time.move(window - 0.01)
    assert world.settled["g-1"] == []
    world.time.move(0.02)
    assert isinstance(world.outcome(), Released)


def test_with_no_time_left_for_a_window_it_is_sent_at_once() -> None:
    """A person who allows it in the last moment has decided."""
    world = destructive()
    world.time.move(45 - MARGIN)
    assert world.answer() == Taken("g-1", "allowed")
    assert isinstance(world.outcome(), Released)


def test_the_window_ends_before_the_request_does() -> None:
    """A client that waits for ever is no reason to send what has lapsed."""
    world = destructive(budget=10_000)
    world.time.move(899)
    world.answer()
    world.time.move(0.75)
    assert isinstance(world.outcome(), Released)


def test_a_stalled_guard_sends_nothing_to_a_client_that_gave_up() -> None:
    """The timer of the window comes late: the call is held, and the yes has to be given again."""
    world = destructive()
    world.time.move(43)
    world.answer()
    world.time.stall(3)
    world.time.move(0)
    assert isinstance(world.outcome(), Expired)
    assert (world.request().state, world.keeper.leaves) == ("held", [])


def test_a_call_that_is_taken_back_in_the_window_is_not_sent() -> None:
    """notifications/cancelled stops it as well."""
    world = destructive()
    world.answer()
    world.desk.withdraw("g-1")
    world.time.move(10)
    assert world.settled["g-1"] == []
    assert world.desk.finished()[-1].how == "cancelled"


def test_a_yes_does_not_pass_on_to_the_next_call() -> None:
    """The one it was given for is gone; the next is asked about."""
    world = destructive("g-1", "g-2")
    world.answer()
    sending = world.request()
    world.desk.withdraw("g-1")
    assert world.request().state == "waiting"
    assert world.answer_to(sending, Answered(True, BOB)) == Stale(
        "g-1", "the call that was allowed is gone, and others like it wait"
    )
    world.time.move(10)
    assert world.settled["g-2"] == []


def test_another_call_that_is_taken_back_changes_nothing() -> None:
    """Nor does one that joins."""
    world = destructive("g-1", "g-2")
    world.answer()
    world.desk.withdraw("g-2")
    world.hold("g-3", call_of("drop", table="t"))
    assert (world.request().state, world.request().count) == ("sending", 2)
    world.time.move(UNDO)
    assert isinstance(world.outcome("g-1"), Released)
    assert world.settled["g-3"] == []
    assert world.request().state == "waiting"


def test_while_it_is_sent_its_client_is_told_nothing() -> None:
    """No progress after the decision; calls that still wait are told as before."""
    world = destructive("g-1", "g-2")
    world.time.move(9.5)
    world.answer()
    world.time.move(1.6)
    assert (len(world.beats["g-1"]), len(world.beats["g-2"])) == (1, 2)
    world.desk.stop("g-1", ANN)
    world.time.move(10)
    assert len(world.beats["g-1"]) == 2


def test_it_is_judged_again_before_it_is_sent() -> None:
    """Promise: settled again against policy, pin and clock at the last moment."""
    world = destructive()
    world.answer()
    world.policy.decisions["drop"] = Deny("work.toml:8", "a deny rule applies")
    world.time.move(UNDO)
    assert deny_of(world.outcome()).by == "work.toml:8"
    assert world.desk.finished()[-1].how == "changed"


def test_if_something_else_is_asked_by_then_it_is_not_sent() -> None:
    """A changed tool is not what the person said yes to."""
    world = destructive()
    world.answer()
    world.policy.decisions["drop"] = ASK
    world.time.move(UNDO)
    assert world.settled["g-1"] == []
    assert (world.request().state, world.request().matter.ask) == ("waiting", ASK)


def test_what_a_person_wrote_is_judged_again_too() -> None:
    """Edited arguments that the policy denies by then are not sent, and the person is told."""
    world = destructive()
    world.answer(arguments={"table": "u"})
    sending = world.request()
    world.policy.misfit = "table must be one of t"
    world.time.move(UNDO)
    assert world.settled["g-1"] == []
    assert world.request().state == "waiting"
    (trouble,) = world.happened(Troubled)
    assert trouble.why.startswith("with these arguments the call is denied: table must be")
    assert isinstance(world.answer_to(sending, Answered(True, BOB)), Stale)
    assert world.happened(Changed)[-1].request.state == "waiting"


def test_what_a_person_wrote_is_sent() -> None:
    """The call leaves with the arguments that the person saw last."""
    world = destructive()
    world.answer(arguments={"table": "u"})
    world.time.move(UNDO)
    settled = world.outcome()
    assert isinstance(settled, Released)
    assert settled.arguments == {"table": "u"}


@pytest.mark.parametrize("decision", [DESTRUCTIVE, Allow("p", "r", None, DESTRUCTIVE.duties)])
def test_an_edit_cannot_make_a_call_destructive(decision: Decision) -> None:
    """Attack: a harmless question answered with arguments that were never confirmed as such."""

    def judge(call: Call, *, edited: bool = False) -> tuple[Decision, Matter | None]:
        if not edited:
            return ASK, matter_of(call)
        return decision, matter_of(call, DESTRUCTIVE)

    world = World()
    world.policy.other = judge
    world.desk.hold(matter_of(call_of(sql="select")), Waiting("g-1", 45, print))
    reply = world.answer(arguments={"sql": "drop"})
    assert isinstance(reply, Refused)
    assert "would be destructive" in reply.why
    assert world.request().state == "waiting"


@pytest.mark.parametrize("scope", ["minutes", "session", "switch"])
def test_it_is_asked_about_each_time(scope: str) -> None:
    """No lasting yes: each one is confirmed and can be stopped."""
    world = destructive()
    reply = world.answer(scope=scope)
    assert reply == Refused(
        "g-1", "a destructive call is asked about each time: answer with once, or no"
    )
    assert world.keeper.answers == []


def test_leave_for_a_destructive_call_is_given_at_once() -> None:
    """Nothing is sent yet; until it is used the leave can be taken back."""
    world = destructive()
    world.time.move(50)
    world.answer()
    assert len(world.keeper.leaves) == 1
    assert world.keeper.leaves[0].question == "destructive work.toml:3"
