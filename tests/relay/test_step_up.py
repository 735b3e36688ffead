"""A yes that takes a new sign-in: its challenge, its receipt, and what it is good for."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import anyio
import pytest

from localguard.audit.people import MOST_RECEIPT
from localguard.audit.records import Answer
from localguard.audit.records import Decided as DecidedRecord
from localguard.control.messages import Decide, Decided, Refused, RequestView, Stale
from localguard.control.wire import read, wire
from localguard.policy.decide import Standing
from localguard.policy.people import Identity, Person, SignIn
from localguard.policy.rules import Origin
from localguard.relay.receipts import NEEDED, USED, NotChecked, Receipts, challenge_of
from tests.relay.playbook import call, profile
from tests.relay.signing_in import ANA, BOB, GONE, IDENTITY, Provider, at_once
from tests.relay.test_board import ANA as APPROVER
from tests.relay.test_board import Hall

TAKING = f'{IDENTITY}[[rule]]\nask = "*/*"\nreauth = true\n'
Reply = Decided | Refused | Stale


class SteppedUp(Hall):
    """A hall in which somebody is signed in and a call takes a new sign-in."""

    def __init__(self, rules: str = TAKING, person: Person = ANA) -> None:
        super().__init__(rules)
        self.play.sign(person)
        self.play.client(call(7, "read", path="/a"))

    async def answer(self, receipt: str | None, **more: Any) -> Reply:
        """A console answers what it is shown, with a receipt."""
        view = self.shown()
        given: dict[str, Any] = {"id": view.id, "digest": view.digest, "revision": view.revision}
        order = Decide(ask=1, **{**given, "allow": True, "receipt": receipt, **more})
        reply = await self.board.order(order, APPROVER)
        assert isinstance(reply, Reply)
        return reply

    def receipt(self, person: Identity = ANA) -> str:
        """What a person gets who signs in for what is shown."""
        return Provider.receipt(person, self.shown().step_up)


async def test_a_request_tells_its_challenge_and_a_receipt_for_it_is_a_yes() -> None:
    """Issue 5.1: the nonce is bound to the digest of the held call."""
    hall = SteppedUp()
    view = hall.shown()
    assert view.step_up == challenge_of(view.id, view.digest, (1).to_bytes(16, "big"))
    assert (view.person, view.user) == (f"{ANA.issuer}#1", ANA.user)
    assert isinstance(await hall.answer(hall.receipt()), Decided)
    hall.play.wait(0.1)
    assert [sent["id"] for sent in hall.play.to_server[-1:]] == [7]


async def test_the_receipt_is_kept_as_evidence_and_shown_nowhere_else() -> None:
    """Issue 5.5: the ID token is in the record of the answer and in nothing that anyone is told."""
    hall = SteppedUp()
    receipt = hall.receipt()
    await hall.answer(receipt)
    hall.play.wait(0.1)
    (answered,) = hall.play.recorded(Answer)
    assert answered.receipt == receipt
    assert answered.person == {"issuer": ANA.issuer, "subject": "1", "name": "Ana"}
    assert all(receipt not in repr(one) for one in hall.heard)
    assert receipt not in repr(hall.play.to_client)
    assert receipt not in repr(hall.play.recorded(DecidedRecord))


async def test_a_yes_without_a_receipt_says_how_to_give_one() -> None:
    """Fail closed, with the way out; a no takes nothing."""
    hall = SteppedUp()
    assert (await hall.answer(None)) == Refused(ask=1, id=hall.shown().id, why=NEEDED)
    assert hall.provider.asked == []
    assert isinstance(await hall.answer("anything", allow=False), Decided)
    (answered,) = hall.play.recorded(Answer)
    assert answered.receipt is None
    assert hall.provider.asked == []


ODD = "what came in place of a sign-in is none"
WRONG: dict[str, tuple[Callable[[SteppedUp], str], str]] = {
    "another person's": (lambda hall: hall.receipt(BOB), "this is another's"),
    "another call's": (lambda _: Provider.receipt(ANA, "0" * 64), "this is another's"),
    "empty": (lambda _: "", "this is another's"),
    "large": (lambda _: "x" * (MOST_RECEIPT + 1), ODD),
    "not ascii": (lambda _: "\u00fc", ODD),
}


@pytest.mark.parametrize("what", WRONG)
async def test_what_proves_nothing_for_this_call_is_no_yes(what: str) -> None:
    """Attack: another person's, another call's, none at all, or one that fills the log."""
    hall = SteppedUp()
    receipt, why = WRONG[what]
    reply = await hall.answer(receipt(hall))
    assert isinstance(reply, Refused)
    assert reply.why.startswith(why)
    assert hall.play.recorded(Answer) == []
    assert isinstance(await hall.answer(hall.receipt()), Decided)


async def test_a_provider_out_of_reach_leaves_the_request_as_it_was() -> None:
    """Its keys cannot be had: nothing is allowed, and it can be tried again."""
    hall = SteppedUp()
    receipt, hall.provider.unreachable = hall.receipt(), True
    reply = await hall.answer(receipt)
    assert isinstance(reply, Refused)
    assert reply.why == "the provider does not answer. Fix: try again."
    hall.provider.unreachable = False
    assert isinstance(await hall.answer(receipt), Decided)


async def test_one_sign_in_lets_one_call_go() -> None:
    """Attack: a receipt used twice, for the next of several identical calls."""
    hall = SteppedUp()
    hall.play.client(call(8, "read", path="/a"))
    first = hall.receipt()
    assert isinstance(await hall.answer(first), Decided)
    told = [one.step_up for one in hall.heard if isinstance(one, RequestView)]
    assert told[-1] == hall.shown().step_up
    assert Provider.receipt(ANA, told[-1]) != first
    reply = await hall.answer(first)
    assert isinstance(reply, Refused)
    assert isinstance(await hall.answer(hall.receipt()), Decided)


async def test_of_two_consoles_with_one_receipt_one_wins() -> None:
    """Both are checked at the same time."""
    hall = SteppedUp()
    hall.play.client(call(8, "read", path="/a"))
    receipt, replies = hall.receipt(), list[Reply]()

    async def answer() -> None:
        replies.append(await hall.answer(receipt))

    async with anyio.create_task_group() as group:
        group.start_soon(answer)
        group.start_soon(answer)
    assert sorted(type(one).__name__ for one in replies) in (
        ["Decided", "Refused"],
        ["Decided", "Stale"],
    )
    assert len(hall.play.recorded(Answer)) == 1


class Meanwhile(Provider):
    """A provider whose check takes so long that something happens."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self._act = act

    def check(
        self,
        receipt: str,
        challenge: str,
        person: Identity,
        sign_in: SignIn,
        *,
        not_before: float,
    ) -> object | str:
        self._act()
        return super().check(receipt, challenge, person, sign_in, not_before=not_before)


@pytest.mark.parametrize("what", ["signs out", "is another", "takes it back", "answers"])
async def test_what_happens_while_a_receipt_is_checked_counts(what: str) -> None:
    """Attack: the call that was signed in for is exchanged before the yes is taken."""
    hall = SteppedUp()
    shown, receipt = hall.shown(), hall.receipt()
    acts: dict[str, Callable[[], object]] = {
        "signs out": lambda: hall.play.sign(GONE),
        "is another": lambda: hall.play.sign(BOB),
        "takes it back": lambda: hall.desk.withdraw(shown.id),
        "answers": lambda: at_once(hall.answer(None, allow=False)),
    }
    hall.provider = Meanwhile(acts[what])
    hall.board._receipts = Receipts(hall.provider)
    receipt = hall.receipt()
    reply = await hall.answer(receipt)
    assert isinstance(reply, Stale)
    assert hall.play.to_server[-1:][0].get("id") != 7


async def test_a_challenge_that_was_met_meanwhile_is_met_no_more() -> None:
    """The other console was faster by one receipt, and an identical call still waits."""
    hall = SteppedUp()
    hall.provider = Meanwhile(lambda: hall.board._receipts.end(hall.shown().id))
    hall.board._receipts = Receipts(hall.provider)
    reply = await hall.answer(hall.receipt())
    assert reply == Refused(ask=1, id=hall.shown().id, why=USED)


async def test_what_is_asked_anew_meanwhile_is_stale() -> None:
    """Its digest is another: somebody else has signed in, and the board was told of it."""
    hall = SteppedUp()

    def other() -> None:
        hall.play.sign(BOB)
        hall.play.said(hall.play.session.refresh)

    hall.provider = Meanwhile(other)
    hall.board._receipts = Receipts(hall.provider)
    assert isinstance(await hall.answer(hall.receipt()), Stale)


async def test_what_cannot_be_answered_so_is_refused_after_the_sign_in_too() -> None:
    """The receipt is used up, and the console is told of the next challenge."""
    hall = SteppedUp()
    before = hall.shown().step_up
    reply = await hall.answer(hall.receipt(), match="some")
    assert isinstance(reply, Refused)
    assert hall.shown().step_up != before
    assert [one.step_up for one in hall.heard if isinstance(one, RequestView)][-1] == (
        hall.shown().step_up
    )


@pytest.mark.parametrize(
    ("standing", "why"),
    [
        (Standing(None), "the profile does not say where a person signs in"),
        (Standing(profile('[[rule]]\nask = "*/*"')), "the profile does not say where"),
        (Standing(profile(IDENTITY)), "nobody is signed in: localguard login --profile work"),
        (Standing(profile(IDENTITY), person=GONE), GONE.explain()),
    ],
)
async def test_nobody_can_sign_in_anew(standing: Standing, why: str) -> None:
    """Also where the organisation asks for it and the profile knows no provider."""
    found = await Receipts(Provider()).objection("x", "y", standing)
    assert found is not None
    assert found.startswith(why)


async def test_a_sign_in_of_before_its_challenge_was_made_is_none() -> None:
    """Attack: the challenge is read by a model, and signed in the session of an earlier sign-in."""
    hall, now = SteppedUp(), [1000.0]
    hall.board._receipts = Receipts(hall.provider, clock=lambda: now[0])
    receipt = hall.receipt()
    now[0] = 1500.0
    hall.provider.signed_at = 999.0
    reply = await hall.answer(receipt)
    assert isinstance(reply, Refused)
    assert reply.why == "this is of before"
    hall.provider.signed_at = 1000.0
    assert isinstance(await hall.answer(hall.receipt()), Decided)


async def test_a_challenge_that_was_never_made_is_met_by_nothing() -> None:
    """Fail closed: nobody knows since when it could have been met."""
    standing = Standing(profile(IDENTITY), person=ANA)
    found = await Receipts(Provider()).objection(Provider.receipt(ANA, "y"), "y", standing)
    assert found == USED


def test_a_call_that_takes_no_sign_in_has_no_challenge() -> None:
    """And a receipt that nobody asked for is not even looked at."""
    hall = SteppedUp(f'{IDENTITY}[[rule]]\nask = "*/*"\n')
    assert hall.shown().step_up is None
    assert isinstance(at_once(hall.answer("x")), Decided)
    (answered,) = hall.play.recorded(Answer)
    assert answered.receipt is None


def test_a_challenge_is_for_one_request_one_digest_and_one_nonce() -> None:
    """No two of them have the same, however their parts are cut."""
    nonce = bytes(16)
    whole = challenge_of("7f3a-1", "ab" * 32, nonce)
    assert len(bytes.fromhex(whole)) == hashlib.sha256().digest_size
    others = [("7f3a-11", "ab" * 32, nonce), ("7f3a-1", "cd" * 32, nonce), ("7f3a", "-1", nonce)]
    assert len({whole, *(challenge_of(*one) for one in others)}) == 4
    assert challenge_of("7f3a-1", "ab" * 32, bytes(15) + b"\1") != whole
    assert challenge_of("7f3a-1a", "b" * 63, nonce) != challenge_of("7f3a-1", "a" + "b" * 63, nonce)


def test_the_nonces_of_requests_cannot_be_foretold() -> None:
    """Two guards never make the same challenge."""
    hall = SteppedUp()
    (pending,) = hall.desk.requests()
    one, other = Receipts(Provider()), Receipts(Provider())
    assert one.challenge(pending) == one.challenge(pending)
    assert one.challenge(pending) != other.challenge(pending)
    one.end(pending.id)
    one.end(pending.id)
    assert one.challenge(pending) != other.challenge(pending)


def test_where_nothing_can_check_no_receipt_is_one() -> None:
    """Fail closed."""
    sign_in = SignIn(ANA.issuer, "localguard", Origin("work.toml", 1))
    said = NotChecked().check("x", "y", replace(ANA), sign_in, not_before=0)
    assert said.startswith("this guard cannot")


def test_a_receipt_travels_with_the_answer_and_is_in_no_words_about_it() -> None:
    """Attack: it is read from a traceback or a log of the console's."""
    order = Decide(ask=1, id="a", digest="b", revision=1, allow=True, receipt="eyJ.e30.sig")
    assert read(wire(order)) == order
    assert "eyJ" not in repr(order)
