"""What the keys of the queue decide, and above all when they decide nothing."""

import anyio
import pytest
from textual.events import Paste

from localguard.console.confirm import Confirm
from localguard.console.queue.listing import Listing
from localguard.control.messages import RequestView
from tests.console.stage import (
    Answer,
    Clocks,
    Desk,
    FakeServices,
    Stage,
    destructive,
    key_event,
    request,
    staged,
)

TWO = (request("r-1"), request("r-2", '{"title": "two"}'))


async def test_a_allows_once_what_is_drawn() -> None:
    """Promise: a yes is for one call and names it."""
    desk = Desk(*TWO)
    async with staged(desk) as stage:
        await stage.press("a")
        await stage.settle()
        assert desk.answers == [Answer("r-1", allow=True)]
        assert "github/create_issue" in stage.queue.said


async def test_d_denies_what_is_drawn() -> None:
    """Promise: a no is one key."""
    desk = Desk(*TWO)
    async with staged(desk) as stage:
        await stage.press("d")
        assert desk.answers == [Answer("r-1", allow=False)]


@pytest.mark.parametrize("key", ["a", "d"])
async def test_a_key_before_arming_is_ignored(key: str) -> None:
    """Attack: a request appears under a finger that was about to press a key."""
    desk = Desk(*TWO)
    async with staged(desk) as stage:
        await stage.press("down")
        await stage.settle()
        stage.clocks.later(0.3)
        await stage.press(key)
        assert desk.answers == []


async def test_a_key_typed_during_a_stall_of_the_event_loop_is_ignored() -> None:
    """Attack: the loop stands still for 2 s, a key is typed, then the request is drawn."""
    desk = Desk(*TWO)
    async with staged(desk) as stage:
        stage.clocks.later(1)
        typed = stage.clocks.monotonic
        stage.clocks.later(1)
        desk.close("r-1")
        await stage.read()
        await stage.press("a", at=typed)
        assert desk.answers == []
        assert stage.queue.shown is not None
        assert stage.queue.shown.view.id == "r-2"


async def test_a_second_press_after_a_decision_is_ignored() -> None:
    """Attack: two presses in a row must not answer two requests."""
    desk = Desk(*TWO)
    async with staged(desk) as stage:
        await stage.press("a", "a")
        await stage.settle()
        stage.clocks.later(0.2)
        await stage.press("a", "a")
        assert desk.answers == [Answer("r-1", allow=True)]


async def test_a_held_down_key_answers_one_request() -> None:
    """Attack: key repeat, over more than the delay."""
    desk = Desk(*(request(f"r-{n}") for n in range(5)))
    async with staged(desk) as stage:
        for _ in range(60):
            await stage.press("a")
            stage.clocks.later(0.1)
        assert len(desk.answers) == 1


async def test_no_second_answer_while_the_first_is_on_its_way() -> None:
    """Promise: one answer for one request, however slow a guard is."""
    desk = Desk(*TWO)
    desk.wait = anyio.Event()
    async with staged(desk) as stage:
        await stage.press("a")
        await stage.read()
        await stage.press("d")
        desk.wait.set()
        await stage.settle()
        assert desk.answers == [Answer("r-1", allow=True)]


async def test_an_arrival_moves_neither_selection_nor_focus_nor_scrolling() -> None:
    """Promise: nothing is taken from a person who reads."""
    desk = Desk(*(request(f"r-{n}", f'{{"n": {n}}}') for n in range(60)))
    async with staged(desk, size=(100, 24)) as stage:
        await stage.press("end", "up", "up")
        await stage.settle()
        queue = stage.queue
        listing = queue.query_one(Listing)
        before = (queue.shown, queue.focused, listing.scroll_offset)
        desk.arrive(*(request(f"new-{n}", f'{{"m": {n}}}') for n in range(40)))
        await stage.settle()
        assert (queue.shown, queue.focused, listing.scroll_offset) == before
        assert len(queue.rows.shown) == 100


async def test_an_arrival_does_not_lock_the_keys() -> None:
    """Promise: a flood of requests keeps nobody from answering."""
    desk = Desk(*TWO)
    async with staged(desk) as stage:
        desk.arrive(request("r-3", '{"n": 3}'))
        await stage.settle()
        await stage.press("d")
        assert desk.answers == [Answer("r-1", allow=False)]


async def test_the_first_arrival_in_an_empty_queue_is_not_selected() -> None:
    """Promise: a request is looked at when a person goes to it."""
    desk = Desk()
    async with staged(desk) as stage:
        desk.arrive(request("r-1"))
        await stage.read()
        await stage.press("a")
        assert stage.queue.shown is None
        assert desk.answers == []
        assert "1 request waits" in stage.text()


async def test_keys_in_an_empty_queue_decide_nothing() -> None:
    """Promise: no key decides about nothing."""
    desk, services = Desk(), FakeServices()
    async with staged(desk, services) as stage:
        for key in (*"asdDeurvtAm/gGjk?", "space", "enter", "escape", "end"):
            await stage.press(key)
            await stage.settle()
            await stage.press("escape")
            await stage.settle()
            assert stage.app.screen is stage.queue
        assert desk.answers == []
        assert services.undone == 0


async def test_enter_and_space_never_allow() -> None:
    """Promise: the keys that fingers press by themselves decide nothing."""
    desk = Desk(*TWO)
    async with staged(desk) as stage:
        await stage.press("enter", "enter", "space", "space")
        await stage.settle()
        assert desk.answers == []


async def test_what_is_pasted_is_not_keys() -> None:
    """Attack: a clipboard full of answers."""
    desk = Desk(destructive(), *TWO)
    async with staged(desk) as stage:
        await stage.paste("a" * 50)
        await stage.press("a")
        await stage.read()
        code = _code(stage)
        await stage.paste(code)
        stage.app.post_message(Paste(code))
        await stage.settle()
        assert desk.answers == []


@pytest.mark.parametrize("event", ["resize", "focus", "selection", "revision"])
async def test_whatever_changes_the_view_locks_the_keys(event: str) -> None:
    """Promise: after a resize, a focus, a move or a change a person reads first."""
    desk = Desk(*TWO)
    async with staged(desk) as stage:
        await _happens(event, stage, desk)
        await stage.settle()
        await stage.press("a")
        assert desk.answers == []
        stage.clocks.later(3)
        await stage.press("a")
        await stage.settle()
        assert len(desk.answers) == 1


async def _happens(event: str, stage: Stage, desk: Desk) -> None:
    match event:
        case "resize":
            await stage.pilot.resize_terminal(90, 28)
        case "focus":
            await stage.come_back()
        case "selection":
            await stage.press("down")
        case _:
            desk.change("r-1", risk="costly")


async def test_after_a_decision_the_next_one_stands_in_its_place_and_waits_for_a_new_press() -> (
    None
):
    """Promise: the cursor stays where it was."""
    desk = Desk(*(request(f"r-{n}", f'{{"n": {n}}}') for n in range(3)))
    async with staged(desk) as stage:
        await stage.press("down")
        await stage.read()
        await stage.press("d")
        await stage.settle()
        shown = stage.queue.shown
        assert shown is not None
        assert (shown.view.id, stage.queue.rows.at) == ("r-2", 1)


async def test_what_goes_above_does_not_move_what_is_looked_at() -> None:
    """Promise: a request that is cancelled elsewhere changes nothing here."""
    desk = Desk(*(request(f"r-{n}", f'{{"n": {n}}}') for n in range(3)))
    async with staged(desk) as stage:
        await stage.press("end")
        await stage.read()
        desk.close("r-0")
        await stage.settle()
        await stage.press("d")
        assert desk.answers == [Answer("r-2", allow=False)]


async def test_two_consoles_race_and_one_decision_is_made() -> None:
    """Promise: the first answer wins, the other console says whose it was."""
    desk = Desk(*TWO)
    desk.wait = anyio.Event()
    async with staged(desk) as one, staged(desk) as other:
        await one.press("a")
        await other.press("d")
        desk.wait.set()
        await one.settle()
        await other.settle()
        assert desk.answers == [Answer("r-1", allow=True)]
        assert "allowed" in other.queue.said
        assert "by console pid 812" in other.queue.said


async def test_a_refused_answer_is_said_with_its_reason() -> None:
    """Promise: who may not answer learns why."""
    desk = Desk(*TWO)
    desk.refuses = "you are a child of the client"
    async with staged(desk) as stage:
        await stage.press("a")
        await stage.settle()
        assert "you are a child of the client" in stage.queue.said
        assert desk.answers == []


@pytest.mark.parametrize(
    "view",
    [
        destructive("r-9"),
        request("r-9", '{"title": "x\\u202ey"}'),
        request("r-9", "[[[", whole=False, size=9_000_000),
    ],
    ids=["destructive", "hidden", "not whole"],
)
async def test_what_is_grave_or_unseen_needs_a_code_from_the_screen(view: RequestView) -> None:
    """Promise: a yes to it cannot be given by one key."""
    desk = Desk(view)
    async with staged(desk) as stage:
        await stage.press("a")
        await stage.read()
        assert desk.answers == []
        code = _code(stage)
        assert " ".join(code) in stage.text()
        await stage.type(code)
        await stage.settle()
        assert desk.answers == [Answer("r-9", allow=True)]


async def test_digits_before_the_box_was_read_do_not_count() -> None:
    """Attack: digits that were typed ahead."""
    desk = Desk(destructive())
    async with staged(desk) as stage:
        await stage.press("a")
        await stage.settle()
        await stage.type(_code(stage))
        assert desk.answers == []


async def test_three_wrong_codes_leave_the_box_and_decide_nothing() -> None:
    """Promise: digits are not guessed."""
    desk = Desk(destructive())
    async with staged(desk) as stage:
        await stage.press("a")
        await stage.read()
        wrong = "0" if _code(stage)[0] != "0" else "1"
        await stage.type(wrong * 3)
        await stage.settle()
        assert not isinstance(stage.app.screen, Confirm)
        assert desk.answers == []


@pytest.mark.parametrize("what", ["cancel", "change", "held", "answered elsewhere"])
async def test_a_request_that_goes_while_its_code_is_asked_takes_the_box_along(what: str) -> None:
    """Attack: the client cancels while the dialog is open; nothing is decided."""
    desk = Desk(destructive("r-9"), *TWO)
    async with staged(desk) as stage:
        await stage.press("a")
        await stage.read()
        code = _code(stage)
        await stage.type(code[:3])
        match what:
            case "cancel":
                desk.close("r-9")
            case "change":
                desk.change("r-9", digest="other", arguments="{}")
            case "held":
                desk.change("r-9", state="held")
            case _:
                desk.close("r-9", "denied", "console pid 7")
        await stage.settle()
        assert not isinstance(stage.app.screen, Confirm)
        assert "nothing was decided here" in stage.queue.said
        stage.clocks.later(3)
        await stage.type(code[3:])
        await stage.settle()
        assert desk.answers == []


async def test_identical_calls_that_join_disturb_nobody() -> None:
    """Attack: a flood of repetitions must not keep keys locked or close what is asked."""
    desk = Desk(destructive("r-9"))
    async with staged(desk) as stage:
        for count in range(2, 6):
            desk.change("r-9", count=count)
            await stage.settle()
        assert "5 identical calls" in stage.text()
        await stage.press("a")
        await stage.read()
        desk.change("r-9", count=6)
        await stage.settle()
        await stage.type(_code(stage))
        await stage.settle()
        assert desk.answers == [Answer("r-9", allow=True)]


async def test_u_stops_a_call_that_is_being_sent() -> None:
    """Promise: an allowed destructive call can be stopped while it waits."""
    desk = Desk(destructive("r-9"))
    desk.sends = True
    async with staged(desk) as stage:
        await stage.press("a")
        await stage.read()
        await stage.type(_code(stage))
        await stage.settle()
        assert "sending" in stage.text()
        await stage.press("a", "d", "u")
        await stage.settle()
        assert desk.stopped == ["r-9"]
        assert len(desk.answers) == 1


async def test_the_countdown_changes_no_order_and_needs_no_news() -> None:
    """Promise: time that passes reorders nothing."""
    desk = Desk(request("r-1", left=90.0), request("r-2", '{"n": 2}', left=10.0))
    clocks = Clocks()
    async with staged(desk, clocks=clocks) as stage:
        before = [one.view.id for one in stage.queue.rows.shown]
        clocks.later(60)
        await stage.press("down", "up")
        await stage.settle()
        assert [one.view.id for one in stage.queue.rows.shown] == before
        assert "0:27" in stage.text()


def _code(stage: Stage) -> str:
    box = stage.app.screen
    assert isinstance(box, Confirm)
    return box.code


@pytest.mark.parametrize(("move", "key"), [("down", "a"), ("j", "d"), ("end", "a")])
async def test_two_keys_in_the_same_instant_do_not_answer_the_line_before(
    move: str, key: str
) -> None:
    """Attack: a move and a letter arrive together, before anything is drawn."""
    desk = Desk(*TWO)
    async with staged(desk) as stage:
        for one in (move, key):
            stage.app.post_message(key_event(one, stage.clocks.monotonic))
        await stage.settle()
        assert stage.queue.shown is not None
        assert stage.queue.shown.view.id == "r-2"
        assert desk.answers == []


async def test_a_move_and_a_dialog_in_the_same_instant_are_about_the_new_line() -> None:
    """The box names what it is about, and its answer goes there."""
    desk = Desk(*TWO)
    async with staged(desk) as stage:
        for one in ("down", "D"):
            stage.app.post_message(key_event(one, stage.clocks.monotonic))
        await stage.settle()
        await stage.type("no")
        await stage.press("enter")
        await stage.settle()
        assert desk.answers == [Answer("r-2", allow=False, reason="no")]


async def test_a_box_shows_when_digits_count_and_says_that_one_came_too_soon() -> None:
    """Promise: no key of a fast typist's is dropped in silence."""
    desk = Desk(destructive("r-9"))
    async with staged(desk) as stage:
        await stage.press("a")
        await stage.settle()
        assert "◌" in stage.text().splitlines()[-1] or "◌ the digits" in stage.text()
        await stage.press(_code(stage)[0])
        await stage.settle()
        assert "too soon: read first, then type" in stage.text()
        await stage.read()
        await stage.press("escape")
        await stage.settle()
        await stage.read()
        await stage.press("a")
        await stage.read()
        await stage.press(_code(stage)[0])
        await stage.settle()
        assert "● the digits" in stage.text()
        assert "too soon" not in stage.text()
