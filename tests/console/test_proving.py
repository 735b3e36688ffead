"""A yes that takes a fresh sign-in: for that call, by that person, and nothing without it."""

from dataclasses import replace

import pytest

from localguard.console.confirm import Confirm
from localguard.console.queue.proving import Proving
from localguard.console.sign_ins import Back, Visit
from localguard.control.messages import RequestView
from tests.console.stage import Answer, Desk, FakeServices, Stage, destructive, of, request, staged
from tests.console.test_identity_page import box, quiet
from tests.console.test_queue_hostile import CORPUS, _harmless, _pictured, hostile
from tests.console.traveller import ANA, PROOF, Traveller

CHALLENGE = "c" * 64
YES = Answer("r-1", True, receipt=PROOF.proof)


def needy(call: str = "r-1", **other: object) -> RequestView:
    """A request that takes a fresh sign-in."""
    return of(request(call), **({"step_up": CHALLENGE, "user": "ana@example.com"} | other))


def services(traveller: Traveller) -> FakeServices:
    return FakeServices(signed=ANA, sign_ins=traveller)


def at_browser(stage: Stage) -> Proving:
    """The box that waits for the person."""
    assert isinstance(stage.app.screen, Proving)
    return stage.app.screen


async def ask(stage: Stage) -> None:
    """Say yes, and be at the browser."""
    await stage.press("a")
    await quiet(stage)


async def test_the_pane_says_that_a_yes_takes_a_sign_in() -> None:
    """Promise: it is seen before any key, and the footer names what the key does."""
    async with staged(Desk(needy()), services(Traveller())) as stage:
        assert "a yes takes a fresh sign-in: a leads to your browser" in stage.text()
        assert "a sign in, allow once" in stage.text()
        assert "signed in  ana@example.com" in stage.text()


async def test_the_answer_goes_with_the_receipt_of_that_very_call() -> None:
    """Promise: the nonce is the request's challenge, and the receipt goes with the answer."""
    traveller, desk = Traveller(), Desk(needy(), request("r-2"))
    async with staged(desk, services(traveller)) as stage:
        await ask(stage)
        at_browser(stage)
        assert traveller.begun == [("prove", CHALLENGE, "browser")]
        assert desk.answers == []
        traveller.come_back(PROOF)
        await stage.settle()
        assert desk.answers == [YES]
        assert stage.app.screen is stage.queue
        assert "signature" not in stage.text()
        assert "✓ github/create_issue" in stage.queue.said


async def test_a_failure_leaves_the_request_as_it_was() -> None:
    """Promise: failed or cancelled, the call stays held and nothing is decided."""
    traveller, desk = Traveller(), Desk(needy())
    async with staged(desk, services(traveller)) as stage:
        await ask(stage)
        traveller.come_back(Back(False, "somebody else has given proof: mallory"))
        await quiet(stage)
        assert "✗ somebody else has given proof: mallory" in box(stage)
        await stage.press("b")
        await quiet(stage)
        assert len(traveller.begun) == 2
        await stage.press("escape")
        await stage.settle()
        assert desk.answers == []
        assert [one.view.id for one in desk.picture.held] == ["r-1"]
        assert "not allowed without a fresh sign-in; it waits as before" in stage.queue.said


async def test_giving_up_closes_what_listened() -> None:
    traveller, desk = Traveller(), Desk(needy())
    async with staged(desk, services(traveller)) as stage:
        await ask(stage)
        await stage.press("escape")
        await quiet(stage)
        assert traveller.given_up == 1
        assert desk.answers == []


async def test_a_key_that_comes_too_early_opens_no_browser() -> None:
    """ux.md 2e, 2: the arming rules stay; a browser that opens is an answer begun."""
    traveller = Traveller()
    async with staged(Desk(), services(traveller)) as stage:
        stage.desk.arrive(needy())
        await stage.settle()
        await stage.press("down")
        await stage.settle()
        await stage.press("a")
        await quiet(stage)
        assert traveller.begun == []


async def test_a_destructive_call_takes_the_code_first_and_then_the_sign_in() -> None:
    """Promise: codes stay as they are, and neither stands for the other."""
    traveller = Traveller()
    desk = Desk(destructive("r-1", step_up=CHALLENGE))
    async with staged(desk, services(traveller)) as stage:
        await ask(stage)
        assert isinstance(stage.app.screen, Confirm)
        assert traveller.begun == []
        await stage.read()
        await stage.type(stage.app.screen.code)
        await quiet(stage)
        at_browser(stage)
        assert desk.answers == []
        traveller.come_back(PROOF)
        await stage.settle()
        assert desk.answers == [YES]


async def test_a_wider_answer_goes_with_its_receipt_too() -> None:
    traveller, desk = Traveller(), Desk(needy())
    async with staged(desk, services(traveller)) as stage:
        await stage.press("s", "right")
        await stage.read()
        await stage.press("a")
        await quiet(stage)
        assert "allow it for 15 minutes" in stage.text()
        traveller.come_back(PROOF)
        await stage.settle()
        assert desk.answers == [Answer("r-1", True, "minutes", receipt=PROOF.proof)]


async def test_a_no_takes_no_sign_in() -> None:
    traveller, desk = Traveller(), Desk(needy())
    async with staged(desk, services(traveller)) as stage:
        await stage.press("d")
        await stage.settle()
        assert desk.answers == [Answer("r-1", False)]
        assert traveller.begun == []


@pytest.mark.parametrize("change", ["closed", "changed", "another challenge"])
async def test_a_request_that_is_another_now_ends_the_sign_in(change: str) -> None:
    """Promise: what is answered is what was shown; late is told."""
    traveller, desk = Traveller(), Desk(needy())
    async with staged(desk, services(traveller)) as stage:
        await ask(stage)
        if change == "closed":
            desk.close("r-1")
        elif change == "changed":
            desk.change("r-1", risk="destructive")
        else:
            desk.change("r-1", step_up="d" * 64)
        await stage.settle()
        await quiet(stage)
        assert stage.app.screen is stage.queue
        assert traveller.given_up == 1
        assert "nothing was decided here" in stage.queue.said
        assert desk.answers == []


async def test_a_sign_in_that_comes_when_the_client_gave_up_needs_another_key() -> None:
    """A yes is for the next identical call by then, and that is said before it is given."""
    traveller, desk = Traveller(), Desk(needy())
    async with staged(desk, services(traveller)) as stage:
        await ask(stage)
        desk.change("r-1", state="held")
        await stage.settle()
        assert traveller.given_up == 0
        at_browser(stage)
        traveller.come_back(PROOF)
        await quiet(stage)
        assert desk.answers == []
        assert "its client no longer waits" in stage.text().lower()
        await stage.press("a")
        await quiet(stage)
        assert desk.answers == []
        await stage.read()
        await stage.press("a")
        await stage.settle()
        assert desk.answers == [YES]


async def test_a_sign_in_in_hand_goes_with_its_request() -> None:
    """Even with the proof there: closed is closed."""
    traveller, desk = Traveller(), Desk(needy())
    async with staged(desk, services(traveller)) as stage:
        await ask(stage)
        desk.change("r-1", state="held")
        traveller.come_back(PROOF)
        await stage.settle()
        await quiet(stage)
        at_browser(stage)
        desk.close("r-1", "lapsed", "")
        await stage.settle()
        assert stage.app.screen is stage.queue
        assert desk.answers == []


async def test_no_code_on_another_device_is_offered() -> None:
    """RFC 8628 has no nonce: nothing would bind it to the call."""
    traveller = Traveller(here=("elsewhere", "device"))
    traveller.visit = Visit("https://login.example.com/authorize", paste=lambda _: None)
    async with staged(Desk(needy()), services(traveller)) as stage:
        await ask(stage)
        assert traveller.begun == [("prove", CHALLENGE, "elsewhere")]
        assert "another device" not in stage.text()


async def test_it_is_answered_alone_and_as_it_stands() -> None:
    """A sign-in is for one call: no batch, and no other arguments."""
    desk = Desk(needy("r-1"), needy("r-2"))
    async with staged(desk, services(Traveller())) as stage:
        assert "e edit" not in stage.text()
        await stage.press("e")
        assert stage.app.screen is stage.queue
        await stage.press("space", "down", "space", "A")
        await stage.settle()
        assert "a sign-in of its own" in stage.queue.said
        assert desk.answers == []


async def test_a_console_that_cannot_sign_in_says_so() -> None:
    desk = Desk(needy())
    async with staged(desk, FakeServices()) as stage:
        await stage.press("a")
        await stage.settle()
        assert "none can be made here" in stage.queue.said
        assert desk.answers == []


async def test_a_guards_no_to_a_receipt_is_told() -> None:
    traveller, desk = Traveller(), Desk(needy())
    desk.refuses = "this sign-in was used already: sign in once more"
    async with staged(desk, services(traveller)) as stage:
        await ask(stage)
        traveller.come_back(PROOF)
        await stage.settle()
        assert "refused: this sign-in was used already" in stage.queue.said
        assert [one.view.id for one in desk.picture.held] == ["r-1"]


def test_no_proof_stands_in_a_repr() -> None:
    """Style: no token in a repr."""
    assert "signature" not in repr(PROOF)


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_a_small_terminal_shows_where_to_go_and_every_key(size: tuple[int, int]) -> None:
    traveller = Traveller()
    async with staged(Desk(needy()), services(traveller), size=size) as stage:
        await ask(stage)
        assert "Sign in on the page" in stage.text()
        assert "esc back" in stage.text()


@pytest.mark.slow
@pytest.mark.parametrize("size", [(110, 40), (40, 12)])
@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS)
async def test_nothing_of_a_request_or_a_provider_draws_steers_or_links(
    text: str, size: tuple[int, int]
) -> None:
    """Attack: the names of the call, the address and the failure are text of anyone's."""
    view = replace(hostile(text), step_up=text, user=text)
    traveller = Traveller(visit=Visit(text[:9000], said=text))
    async with staged(Desk(view), services(traveller), size=size) as stage:
        await stage.press("a")
        await quiet(stage)
        if isinstance(stage.app.screen, Confirm):
            await stage.read()
            await stage.type(stage.app.screen.code)
            await quiet(stage)
        at_browser(stage)
        _harmless(stage)
        _pictured(stage)
        traveller.come_back(Back(False, text))
        await quiet(stage)
        _harmless(stage)
        await stage.press("escape")
        await stage.settle()
        _harmless(stage)
