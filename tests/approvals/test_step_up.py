"""Requests that take a new sign-in: what the desk takes as a yes to them."""

from dataclasses import replace
from typing import Any

import pytest

from localguard.approvals.answers import answer_of, objection
from localguard.approvals.happenings import Decided
from localguard.approvals.requests import Answered, Refused, Released, Taken, question_of
from localguard.policy.calls import SignedIn
from localguard.policy.decisions import Allow
from localguard.policy.duties import Duties
from tests.approvals.makers import (
    ANN,
    ASK,
    DESTRUCTIVE,
    EPOCH,
    FACTS,
    World,
    allow_of,
    call_of,
    matter_of,
)

TAKING = replace(ASK, remembered_as=None, duties=Duties(reauth=True))
RECEIPT = "eyJ.e30.sig"
ANA = SignedIn("https://login.example", "1", "Ana", "s1")


@pytest.fixture
def world() -> World:
    """A desk whose every call takes a new sign-in."""
    world = World()
    world.policy.decisions["send"] = TAKING
    world.hold()
    return world


def test_a_yes_without_a_receipt_is_refused(world: World) -> None:
    """Promise: `reauth` calls are answered by a person who has signed in for them."""
    reply = world.answer()
    assert reply == Refused("g-1", "a yes to this takes a new sign-in for this very call")
    assert world.settled["g-1"] == []
    assert world.request().state == "waiting"


def test_a_yes_with_a_receipt_lets_the_call_go(world: World) -> None:
    """The receipt is told with the answer, for its record, and shown by nothing."""
    assert isinstance(world.answer(receipt=RECEIPT), Taken)
    released = world.outcome()
    assert isinstance(released, Released)
    assert allow_of(released).duties.reauth
    (decided,) = world.happened(Decided)
    assert decided.answered.receipt == RECEIPT
    assert all(RECEIPT not in repr(one) for one in (*world.told, released, decided.answered))


def test_a_no_takes_nothing(world: World) -> None:
    """Whoever sits there may always refuse."""
    assert isinstance(world.answer(allow=False), Taken)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"arguments": {"to": "bob"}}, "the sign-in is for the call as it is"),
        ({"scope": "minutes"}, "this is asked each time"),
        ({"scope": "session"}, "this is asked each time"),
    ],
)
def test_a_receipt_is_for_one_call_as_it_is(world: World, more: dict[str, Any], why: str) -> None:
    """Nothing that is edited or lasts was signed in for."""
    reply = world.answer(receipt=RECEIPT, **more)
    assert isinstance(reply, Refused)
    assert reply.why.startswith(why)


def test_what_is_edited_cannot_become_a_call_that_takes_a_sign_in() -> None:
    """Attack: a call that needs none is edited into one that does."""
    world = World()
    world.hold()
    asked, matter = TAKING, matter_of(call_of(to="bob"), TAKING)
    world.policy.other = lambda call, edited=False: (
        (asked, matter) if edited else (ASK, matter_of(call, ASK))
    )
    reply = world.answer(arguments={"to": "bob"})
    why = "with these arguments the call takes a new sign-in: have the model ask for it"
    assert reply == Refused("g-1", why)


def test_signing_in_again_may_be_all_that_was_asked_for() -> None:
    """`reauth = "15m"`: once the person has, the policy lets the call go by itself."""
    world = World()
    world.policy.decisions["send"] = TAKING
    world.hold()
    world.policy.decisions["send"] = Allow("work.toml:3", "an allow rule applies")
    world.desk.rejudge(world.policy, switched=False)
    assert isinstance(world.outcome(), Released)


def test_leave_without_a_sign_in_is_none_for_a_call_that_takes_one() -> None:
    """What was asked is another thing, so a yes to it is none to this."""
    questions = {question_of(one) for one in (ASK, TAKING, DESTRUCTIVE)}
    both = replace(ASK, duties=Duties(reauth=True, destructive=True))
    assert len(questions | {question_of(both)}) == 4


def test_an_answer_names_the_person_and_holds_for_them_alone() -> None:
    """Promise: grants and answers end with the sign-in or at another person."""
    signed_in = replace(FACTS, person=ANA)
    mine, others = (
        matter_of(call_of(facts=replace(signed_in, person=person), to="ann"))
        for person in (ANA, replace(ANA, subject="2"))
    )
    answered = Answered(True, ANN, "minutes")
    answer = answer_of(mine, answered, EPOCH)
    assert answer.person == ANA.id
    assert objection(mine, answered, EPOCH, live=True) is None
    assert answer.covers("work", mine.call)
    assert not answer.covers("work", others.call)
    assert not answer.covers("work", call_of(to="ann"))
    again = matter_of(
        call_of(facts=replace(signed_in, person=replace(ANA, session="s2")), to="ann")
    )
    assert len({mine.digest, others.digest, again.digest, matter_of(call_of(to="ann")).digest}) == 4
