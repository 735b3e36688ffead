"""Calls wait, join, give up, are taken back; and what a yes or a no makes of them."""

import math
from dataclasses import replace

import pytest

from localguard.approvals.happenings import Changed, Closed, Decided, Granted, Opened
from localguard.approvals.heartbeat import FIRST, PERIOD
from localguard.approvals.requests import (
    Answered,
    Expired,
    Refused,
    Released,
    Stale,
    Taken,
    Turned,
    Waiting,
    question_of,
)
from localguard.policy.decisions import Allow
from localguard.policy.rules import Origin, Rule, Verb
from tests.approvals.makers import (
    ANN,
    ASK,
    BOB,
    DESTRUCTIVE,
    EPOCH,
    LIMITED,
    World,
    call_of,
    deny_of,
    matter_of,
)


def test_a_call_waits_for_a_person_and_is_let_go_by_a_yes() -> None:
    """The Allow carries the duties of the ask; the answer is told before the call is settled."""
    world = World()
    world.hold()
    (opened,) = world.happened(Opened)
    assert (opened.request.state, opened.request.count, opened.request.left) == ("waiting", 1, 45)
    assert (opened.request.opened, opened.request.until) == (EPOCH, EPOCH + 900)
    assert world.answer() == Taken("g-1", "allowed")
    assert world.outcome() == Released(
        "g-1", Allow(ASK.by, "a person allowed it", None, ASK.duties), ANN
    )
    assert world.desk.requests() == ()
    (decided,) = world.happened(Decided)
    (closed,) = world.happened(Closed)
    assert (decided.how, decided.answered.who, decided.request.count) == ("allowed", ANN, 1)
    assert world.told.index(decided) < world.told.index(closed)
    assert (closed.finished.how, closed.finished.who, closed.finished.missed) == (
        "allowed",
        ANN,
        False,
    )
    assert world.desk.finished() == (closed.finished,)


def test_an_answer_is_told_before_the_call_it_lets_go() -> None:
    """Promise: the record of the answer stands before anything leaves."""
    world = World()
    order: list[object] = []
    waiting = Waiting("g-1", 45.0, lambda _: order.extend(world.happened(Decided)))
    world.desk.hold(matter_of(call_of()), waiting)
    world.answer()
    assert order == world.happened(Decided)


def test_identical_calls_wait_in_one_request_and_one_yes_lets_the_oldest_go() -> None:
    """Promise: one yes is one call, never more."""
    world = World()
    for name in ("g-1", "g-2", "g-3"):
        world.hold(name)
    assert [one.id for one in world.desk.requests()] == ["g-1"]
    assert world.request().count == 3
    words = "allowed: one call goes through, 2 more like it still wait"
    assert world.answer() == Taken("g-1", words)
    assert isinstance(world.outcome("g-1"), Released)
    assert world.settled["g-2"] == world.settled["g-3"] == []
    assert world.request().count == 2
    assert world.answer() == Taken(
        "g-1", "allowed: one call goes through, 1 more like it still wait"
    )
    assert world.answer() == Taken("g-1", "allowed")
    assert {settled[0].request for settled in world.settled.values()} == {"g-1"}


def test_a_no_denies_all_identical_calls_and_its_reason_reaches_the_model() -> None:
    """Promise: a no is a no to the call, however often it was made."""
    world = World()
    world.hold("g-1")
    world.hold("g-2")
    reply = world.answer(False, reason="wrong address")
    assert reply == Taken("g-1", "denied, for all 2 calls that wait")
    for name in ("g-1", "g-2"):
        settled = world.outcome(name)
        assert isinstance(settled, Turned)
        assert settled.who == ANN
        assert settled.deny.reason == "a person said no: wrong address"
        assert settled.deny.by == ASK.by
    assert world.desk.requests() == ()


def test_a_no_needs_no_reason() -> None:
    """The model is told that a person said it."""
    world = World()
    world.hold()
    assert world.answer(False) == Taken("g-1", "denied")
    assert deny_of(world.outcome()).reason == "a person said no"


def test_other_calls_are_other_requests() -> None:
    """Attack: a yes to one recipient used for another."""
    world = World()
    world.hold("g-1", call_of(to="ann"))
    world.hold("g-2", call_of(to="eve"))
    world.answer(name="g-1")
    assert world.settled["g-2"] == []
    assert world.request("g-2").count == 1


def test_a_repeat_joins_and_leaves_an_honest_answer_valid() -> None:
    """A count that grows between reading and answering makes no yes stale."""
    world = World()
    world.hold("g-1")
    shown = world.request()
    world.hold("g-2")
    assert world.request().revision == shown.revision
    assert isinstance(world.answer_to(shown, Answered(True, ANN)), Taken)
    assert isinstance(world.outcome("g-1"), Released)
    assert world.settled["g-2"] == []


def test_the_first_answer_wins() -> None:
    """Two consoles race: the second yes lets no second call go, and hears who was first."""
    world = World()
    world.hold("g-1")
    world.hold("g-2")
    shown = world.request()
    world.answer_to(shown, Answered(True, ANN))
    assert world.answer_to(shown, Answered(True, BOB)) == Stale(
        "g-1", f"{ANN} allowed one of its calls"
    )
    assert world.settled["g-2"] == []
    world.answer(False)
    assert world.answer_to(shown, Answered(True, BOB)) == Stale("g-1", f"it was denied by {ANN}")
    assert world.desk.answer("g-9", "", 1, Answered(True, BOB)) == Stale(
        "g-9", "no such request is open here"
    )


def test_an_answer_to_another_digest_is_stale() -> None:
    """Attack: the answer to one call sent with the id of another."""
    world = World()
    world.hold()
    other = matter_of(call_of(to="eve")).digest
    reply = world.desk.answer("g-1", other, 1, Answered(True, ANN))
    assert reply == Stale("g-1", "what is asked has changed since it was shown")
    assert world.settled["g-1"] == []


def test_when_its_client_stops_waiting_a_call_is_held() -> None:
    """Promise: the client hears "held" before its own timeout, and nothing was executed."""
    world = World()
    world.hold()
    world.time.move(44.9)
    assert world.settled["g-1"] == []
    world.time.move(0.1)
    assert world.outcome() == Expired("g-1", ASK, EPOCH + 900)
    request = world.request()
    assert (request.state, request.count, request.left, request.revision) == ("held", 0, 0, 1)
    assert world.happened(Changed)[-1].request.state == "held"


def test_each_call_has_its_own_budget() -> None:
    """One that joined later waits longer, and the request stays as it is."""
    world = World()
    world.hold("g-1")
    world.time.move(30)
    world.hold("g-2")
    world.time.move(15)
    assert isinstance(world.outcome("g-1"), Expired)
    assert (world.request().state, world.request().count) == ("waiting", 1)
    world.time.move(30)
    assert isinstance(world.outcome("g-2"), Expired)
    assert world.request().state == "held"


def test_a_yes_to_what_is_held_gives_leave_for_one_call() -> None:
    """Nothing is executed after the client gave up: the next identical call is."""
    world = World()
    matter = world.hold()
    world.time.move(60)
    assert world.answer() == Taken(
        "g-1", "allowed: its client waits no more, so the next identical call goes through"
    )
    assert len(world.settled["g-1"]) == 1
    (leave,) = world.keeper.leaves
    assert (leave.request, leave.target, leave.client) == ("g-1", "mail/send", "cursor")
    assert (leave.grant.call, leave.question) == (matter.digest, question_of(ASK))
    assert (leave.made, leave.until, leave.who) == (EPOCH + 60, EPOCH + 960, ANN)
    assert [one.leave for one in world.happened(Granted)] == [leave]
    (closed,) = world.happened(Closed)
    assert (closed.held, closed.finished.how, closed.finished.missed) == (True, "granted", False)


def test_a_yes_that_comes_as_the_budget_ends_makes_a_grant() -> None:
    """An honest answer is not stale for it, and nothing is executed after the client gave up."""
    world = World()
    world.hold()
    shown = world.request()
    world.time.stall(45)
    assert isinstance(world.answer_to(shown, Answered(True, ANN)), Taken)
    assert isinstance(world.outcome(), Expired)
    assert len(world.keeper.leaves) == 1


def test_leave_that_cannot_be_kept_is_not_given() -> None:
    """The answer is refused with the reason, and the request stays for another try."""
    world = World()
    world.hold()
    world.time.move(60)
    world.keeper.fault = "the disk is full"
    assert world.answer() == Refused("g-1", "the disk is full. Fix: ask again.")
    assert world.request().state == "held"
    world.keeper.fault = None
    assert isinstance(world.answer(), Taken)


def test_a_no_to_what_is_held_closes_it() -> None:
    """Nobody waits, so nobody is told; the next call is asked about anew."""
    world = World()
    world.hold()
    world.time.move(60)
    assert world.answer(False) == Taken("g-1", "denied")
    assert world.desk.requests() == ()
    assert len(world.settled["g-1"]) == 1


def test_a_repeat_while_held_waits_again_and_a_yes_lets_it_go() -> None:
    """The person who saw it held meant the next call: this is it."""
    world = World()
    world.hold("g-1")
    world.time.move(60)
    shown = world.request()
    world.hold("g-2")
    assert (world.request().state, world.request().until) == ("waiting", shown.until)
    assert isinstance(world.answer_to(shown, Answered(True, ANN)), Taken)
    settled = world.outcome("g-2")
    assert isinstance(settled, Released)
    assert settled.request == "g-1"
    assert world.keeper.leaves == []


def test_a_repeat_never_makes_a_request_live_longer() -> None:
    """Attack: a model that calls again and again keeps an old question open for ever."""
    world = World()
    world.hold("g-0")
    for number in range(1, 20):
        world.time.move(46)
        world.hold(f"g-{number}")
    world.time.move(900 - 19 * 46)
    assert world.desk.requests() == ()
    deny = deny_of(world.outcome("g-19"))
    assert deny.reason.startswith("nobody answered")
    (closed,) = world.happened(Closed)
    assert (closed.finished.how, closed.finished.missed, closed.held) == ("lapsed", True, False)


def test_a_request_lapses_when_it_was_said_to() -> None:
    """15 minutes after it was opened, and an answer then is stale."""
    world = World()
    world.hold()
    world.time.move(899)
    assert world.request().state == "held"
    shown = world.request()
    world.time.move(1)
    assert world.desk.requests() == ()
    assert world.answer_to(shown, Answered(True, ANN)) == Stale("g-1", "it has lapsed")
    assert world.keeper.leaves == []


def test_a_request_does_not_outlive_a_night_in_which_the_machine_slept() -> None:
    """The clock of the timers may stand still meanwhile; the end that people were told counts."""
    world = World()
    world.hold()
    shown = world.request()
    world.time.wall += 8 * 3600
    assert world.answer_to(shown, Answered(True, ANN)) == Stale("g-1", "it has lapsed")
    assert isinstance(world.outcome(), Turned)


def test_a_clock_that_is_put_back_extends_nothing() -> None:
    """Live waits go by the clock that nobody can set."""
    world = World()
    world.hold()
    world.time.wall -= 3600
    world.time.move(45)
    assert isinstance(world.outcome(), Expired)
    world.time.move(855)
    assert world.desk.requests() == ()


def test_a_call_that_its_client_takes_back_is_forgotten() -> None:
    """notifications/cancelled: nothing is sent and nothing answered; the person sees it missed."""
    world = World()
    world.hold()
    world.desk.withdraw("g-1")
    world.desk.withdraw("g-1")
    assert world.settled["g-1"] == []
    (closed,) = world.happened(Closed)
    assert (closed.finished.how, closed.finished.missed) == ("cancelled", True)
    world.time.move(60)
    assert world.settled["g-1"] == []


def test_what_is_taken_back_is_not_settled_by_a_clock_that_was_late() -> None:
    """The client must get no answer to a request it has cancelled, whatever was due before."""
    world = World()
    world.hold("g-1")
    world.hold("g-2", call_of(to="bob"))
    world.time.stall(50)
    world.desk.withdraw("g-1")
    assert world.settled["g-1"] == []
    world.desk.end()
    assert world.settled["g-2"] == []
    assert [one.how for one in world.desk.finished()] == ["cancelled", "ended"]


def test_of_several_calls_one_can_be_taken_back() -> None:
    """The others wait on, and a yes lets the next one go."""
    world = World()
    world.hold("g-1")
    world.hold("g-2")
    shown = world.request()
    world.desk.withdraw("g-1")
    assert (world.request().count, world.request().revision) == (1, shown.revision)
    assert isinstance(world.answer_to(shown, Answered(True, ANN)), Taken)
    assert world.settled["g-1"] == []
    assert isinstance(world.outcome("g-2"), Released)


def test_what_a_client_was_told_is_held_stays_so_when_the_repeat_is_taken_back() -> None:
    """The model was told to repeat the call after an answer, so an answer still makes a grant."""
    world = World()
    world.hold("g-1")
    world.time.move(60)
    world.hold("g-2")
    world.desk.withdraw("g-2")
    assert world.request().state == "held"
    world.answer()
    assert len(world.keeper.leaves) == 1


def test_a_request_that_was_answered_once_is_not_missed() -> None:
    """Missed is what nobody answered."""
    world = World()
    world.hold("g-1")
    world.hold("g-2")
    world.answer()
    world.desk.withdraw("g-2")
    assert world.desk.finished()[-1].missed is False


def test_at_the_end_everything_is_closed_and_nothing_settled() -> None:
    """EOF: nobody is there to be answered."""
    world = World()
    world.hold("g-1")
    world.hold("g-2", call_of(to="bob"))
    world.desk.end()
    assert world.settled == {"g-1": [], "g-2": []}
    assert [one.how for one in world.desk.finished()] == ["ended", "ended"]
    shown = matter_of(call_of(to="ann")).digest
    assert world.desk.answer("g-1", shown, 1, Answered(True, ANN)) == Stale(
        "g-1", "its client is gone"
    )


def test_in_silence_no_client_is_kept_waiting() -> None:
    """Silent: hold everything at once and review it later; never allow it."""
    world = World()
    world.silent = True
    world.hold("g-1")
    assert world.outcome() == Expired("g-1", ASK, EPOCH + 900)
    (opened,) = world.happened(Opened)
    assert (opened.request.state, opened.request.count) == ("held", 0)
    world.hold("g-2")
    assert isinstance(world.outcome("g-2"), Expired)
    assert len(world.happened(Opened)) == 1
    world.answer()
    assert len(world.keeper.leaves) == 1


def test_what_was_told_to_repeat_stays_held_when_the_call_before_it_is_taken_back() -> None:
    """A client that heard "held" may still come back after an answer."""
    world = World()
    world.hold("g-1")
    world.silent = True
    world.hold("g-2")
    assert (world.request().state, world.request().count) == ("waiting", 1)
    world.desk.withdraw("g-1")
    assert world.request().state == "held"


def test_a_client_without_a_budget_is_told_at_once() -> None:
    """A hold of 0 s keeps nobody waiting."""
    world = World()
    world.hold(budget=0)
    assert isinstance(world.outcome(), Expired)


def test_a_client_that_waits_for_ever_waits_until_the_request_lapses() -> None:
    """No budget is longer than the life of a request."""
    world = World()
    world.hold(budget=math.inf, progress=True)
    assert world.request().left == 900
    world.time.move(900)
    assert isinstance(world.outcome(), Turned)


def test_a_waiting_client_is_told_so_until_the_decision() -> None:
    """Progress after one second and every ten, with the time that is left; nothing after it."""
    world = World()
    world.hold(progress=True)
    world.time.move(FIRST)
    assert world.beats["g-1"] == ["Waiting for your approval in localguard (g-1, 0:44)"]
    world.time.move(PERIOD * 2)
    assert len(world.beats["g-1"]) == 3
    world.answer()
    world.time.move(60)
    assert len(world.beats["g-1"]) == 3


def test_a_client_is_not_told_that_it_waits_as_its_time_ends() -> None:
    """A gap lies between the last progress and the answer."""
    world = World()
    world.hold(budget=FIRST + 0.01, progress=True)
    world.time.move(FIRST)
    assert world.beats["g-1"] == []


def test_a_client_that_gave_no_token_is_told_nothing() -> None:
    """Some clients break off at a token they do not know."""
    world = World()
    world.hold(budget=45)
    world.time.move(45)
    assert world.beats["g-1"] == []


def test_another_question_about_the_same_call_is_another_answer() -> None:
    """A limit that is reached meanwhile is not what the person said yes to."""
    world = World()
    world.hold("g-1")
    world.hold("g-2", ask=LIMITED)
    shown = world.request()
    assert shown.matter.ask == ASK
    world.desk.withdraw("g-1")
    assert world.request().matter.ask == LIMITED
    assert world.request().revision == shown.revision + 1
    assert isinstance(world.answer_to(shown, Answered(True, ANN)), Stale)


def test_another_question_about_what_is_held_is_shown() -> None:
    """The repeat of a held call may be asked about for another reason."""
    world = World()
    world.hold("g-1")
    world.time.move(60)
    shown = world.request()
    world.hold("g-2", ask=LIMITED)
    assert world.request().revision == shown.revision + 1
    assert world.request().matter.ask == LIMITED


@pytest.mark.parametrize(
    ("bounds", "why"),
    [
        ({"requests": 2}, "2 requests wait for a person already"),
        ({"memory": 3 * 16_384}, "the calls that wait for a person take up too much memory"),
    ],
)
def test_a_flood_of_different_calls_is_denied(bounds: dict[str, int], why: str) -> None:
    """Attack: a model exhausts memory by calls that nobody answers."""
    world = World(**bounds)
    for number in range(5):
        world.hold(f"g-{number}", call_of(to=str(number)), size=1)
    assert len(world.desk.requests()) == 2
    deny = deny_of(world.outcome("g-4"))
    assert deny.reason.startswith(why)
    assert world.outcome("g-4").request == "g-4"


def test_a_flood_of_identical_calls_is_denied() -> None:
    """The same with calls that join."""
    world = World(calls=2)
    for number in range(3):
        world.hold(f"g-{number}")
    assert world.request("g-0").count == 2
    assert "2 calls like this one" in deny_of(world.outcome("g-2")).reason
    world.answer(name="g-0")
    world.hold("g-3")
    assert world.settled["g-3"] == []


def test_only_the_last_closed_requests_are_remembered() -> None:
    """A flood that is taken back exhausts no memory either."""
    world = World()
    for number in range(250):
        world.hold(f"g-{number}", call_of(to=str(number)))
        world.desk.withdraw(f"g-{number}")
    assert [one.id for one in world.desk.finished()] == [f"g-{n}" for n in range(50, 250)]
    assert len(world.time.timers) < 10


def test_a_listener_that_comes_back_with_a_call_finds_the_books_complete() -> None:
    """A client may call again from within the answer to its last call."""
    world = World()
    again: list[object] = []

    def settle(_: object) -> None:
        world.desk.hold(matter_of(call_of(to="ann")), Waiting("g-2", 45, again.append))
        assert world.request("g-2").count == 1

    world.desk.hold(matter_of(call_of(to="ann")), Waiting("g-1", 45, settle))
    world.answer()
    assert again == []
    assert [type(one) for one in world.told] == [Opened, Decided, Closed, Opened]


def test_a_question_is_its_rule_and_its_risk() -> None:
    """Leave for one question is none for another about the same call."""
    rule = Rule(Verb.ASK, (), Origin("work.toml", 3), id="mails")
    assert question_of(ASK) == "work.toml:3"
    assert question_of(DESTRUCTIVE) == "destructive work.toml:3"
    assert question_of(LIMITED) == "work.toml:9"
    assert question_of(replace(ASK, rule=rule)) == "mails"
