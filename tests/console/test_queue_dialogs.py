"""Wider answers, notes, edited arguments, batches, undo and the switches."""

import json
from dataclasses import replace

import pytest
from textual.events import Paste

from localguard.console.confirm import Confirm
from localguard.console.queue.edit import Edit, checked
from localguard.console.queue.json_area import JsonArea
from localguard.console.queue.over import Code
from localguard.console.queue.picked import Picked, fitting, matches, offered, opened, scopes
from localguard.console.queue.scope import ScopePanel
from localguard.console.services import Preview
from localguard.console.sheet import Sheet
from localguard.control.messages import RequestView
from tests.console.stage import (
    GUARD,
    Answer,
    Desk,
    FakeServices,
    Stage,
    destructive,
    request,
    staged,
)

TOML = "# 2026-11-22 12:04 from call r-1\n[[answer]]\nrule = \"x\"\n  odd  =  'sp  aces'\n"


async def test_the_panel_opens_at_the_narrowest_answer() -> None:
    """Promise: once, these arguments; no choice of last time comes back."""
    desk = Desk(request("r-1"), request("r-2"))
    async with staged(desk) as stage:
        await stage.press("s", "right", "m", "escape", "s")
        await stage.read()
        assert _panel(stage).picked == opened(request())
        await stage.press("a")
        await stage.settle()
        assert desk.answers == [Answer("r-1", allow=True)]


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (("right",), Answer("r-1", True, "minutes")),
        (("right", "right", "m", "m"), Answer("r-1", True, "session", "tool")),
        (("right", "right", "right", "m"), Answer("r-1", True, "switch", "some", ("title", "n"))),
        (
            ("right", "m", "down", "space"),
            Answer("r-1", True, "minutes", "some", ("title",)),
        ),
    ],
)
async def test_a_wider_answer_goes_to_the_guard_as_it_was_picked(
    keys: tuple[str, ...], answer: Answer
) -> None:
    """Promise: how long and what else, each by its own key."""
    desk = Desk(request("r-1", '{"title": "x", "n": 1}'))
    async with staged(desk) as stage:
        await stage.press("s", *keys)
        await stage.read()
        await stage.press("a")
        await stage.settle()
        assert desk.answers == [answer]


async def test_the_preview_is_what_is_written_byte_for_byte() -> None:
    """Promise: the text on the screen is the text of the file, and it is what `remember` gets."""
    services = FakeServices(previewed=Preview(TOML, "work.remembered.toml", 12, "37 of 500"))
    desk = Desk(request("r-1"))
    async with staged(desk, services) as stage:
        await stage.press("s", "left")
        await stage.read()
        shown = [line.plain for line in _panel(stage).query_one(Sheet).shown]
        written = [line.split(" │ ", 1)[1] for line in shown if " │ " in line]
        assert "\n".join(written) + "\n" == TOML
        assert any("work.remembered.toml, after line 12" in line for line in shown)
        assert any("37 of 500" in line for line in shown)
        await stage.press("a")
        await stage.settle()
        assert [one.toml for one in services.remembered] == [TOML]
        assert desk.answers == [Answer("r-1", True, "always")]
        assert "remembered" in stage.queue.said


async def test_what_cannot_be_remembered_is_not_allowed_for_good() -> None:
    """Promise: a refused rule leaves no key that allows."""
    refused = Preview("", "", 0, "", "choose at least one argument")
    desk = Desk(request("r-1"))
    async with staged(desk, FakeServices(previewed=refused)) as stage:
        await stage.press("s", "left")
        await stage.read()
        assert "choose at least one argument" in stage.text()
        await stage.press("a")
        assert desk.answers == []


async def test_nothing_is_remembered_where_the_guard_did_not_take_the_answer() -> None:
    """Promise: no rule is left behind by an answer that came too late."""
    services = FakeServices()
    desk = Desk(request("r-1"))
    desk.refuses = "not from here"
    async with staged(desk, services) as stage:
        await stage.press("s", "left")
        await stage.read()
        await stage.press("a")
        await stage.settle()
        assert services.remembered == []


async def test_the_panel_goes_with_its_request() -> None:
    """Attack: an answer picked for a request that is gone."""
    desk = Desk(request("r-1"), request("r-2"))
    async with staged(desk) as stage:
        await stage.press("s", "right")
        desk.close("r-1")
        await stage.read()
        await stage.press("escape")
        await stage.settle()
        assert desk.answers == []
        assert not isinstance(stage.app.screen, ScopePanel)


def test_a_request_that_may_not_be_remembered_offers_only_once() -> None:
    """Promise: `remember = "never"` is kept; a no is always free."""
    view = request(remembered_as=None)
    assert scopes(view, allow=True) == ("once",)
    assert "always" in scopes(view, allow=False)
    assert fitting(Picked(scope="always"), view).scope == "once"


def test_a_destructive_tool_is_not_allowed_whatever_it_is_asked_to_do() -> None:
    """Promise: a lasting yes to it names its arguments."""
    assert "tool" not in matches(destructive(), allow=True)
    assert "tool" in matches(destructive(), allow=False)
    assert fitting(Picked(match="tool", scope="session"), destructive()).match == "exact"


def test_only_what_is_written_down_can_do_more_than_keep_an_argument() -> None:
    """Promise: what a guard keeps by name is a name."""
    view = request(arguments='{"path": "/home/ana/x/y", "in": {"n": 1}}')
    assert [one.test for ways in offered(view, "session") for one in ways] == ["is"]
    assert "under" in [one.test for ways in offered(view, "always") for one in ways]


async def test_a_note_goes_to_the_model_with_the_no() -> None:
    """Promise: enter sends it, and what it sends is a no."""
    desk = Desk(request("r-1"))
    async with staged(desk) as stage:
        await stage.press("D")
        await stage.settle()
        await stage.type("use staging")
        await stage.press("enter")
        await stage.settle()
        assert desk.answers == [Answer("r-1", allow=False, reason="use staging")]


async def test_edited_arguments_are_shown_as_a_difference_and_then_allowed() -> None:
    """Promise: JSON is checked here, the change is read, and one armed key lets it go."""
    desk = Desk(request("r-1", '{"db": "prod"}'))
    async with staged(desk) as stage:
        await stage.press("e")
        await stage.settle()
        area = stage.app.screen.query_one(JsonArea)
        area.load_text("{broken")
        await stage.press("ctrl+s")
        assert desk.answers == []
        assert not _edit(stage).showing
        area.load_text('{"db": "staging"}')
        await stage.press("ctrl+s")
        await stage.settle()
        assert "staging" in stage.text()
        await stage.press("a")
        assert desk.answers == []
        stage.clocks.later(3)
        await stage.press("a")
        await stage.settle()
        assert desk.answers == [Answer("r-1", True, arguments='{"db": "staging"}')]


async def test_a_code_says_what_it_allows_and_shows_what_would_leave() -> None:
    """Promise: edited arguments, and a wider answer, are read in the box that asks for the code."""
    desk = Desk(destructive("r-9"))
    async with staged(desk) as stage:
        await stage.press("s", "right")
        await stage.read()
        await stage.press("a")
        await stage.settle()
        assert "the digits allow it for 15 minutes" in stage.text()
        await stage.press("escape", "e")
        await stage.settle()
        stage.app.screen.query_one(JsonArea).load_text('{"query": "SELECT 1"}')
        await stage.press("ctrl+s")
        await stage.read()
        await stage.press("a")
        await stage.settle()
        assert _is_code(stage)
        box = "\n".join(line.plain for line in stage.app.screen.query_one(Sheet).shown)
        assert "SELECT 1" in box
        assert "DELETE" not in box
        assert desk.answers == []


async def test_a_guards_no_to_edited_arguments_is_shown_over_what_was_written() -> None:
    """Promise: nothing that was typed is lost."""
    desk = Desk(request("r-1", '{"db": "prod"}'))
    desk.refuses = "a rule denies that"
    async with staged(desk) as stage:
        await stage.press("e")
        await stage.settle()
        stage.app.screen.query_one(JsonArea).load_text('{"db": "other"}')
        await stage.press("ctrl+s")
        await stage.read()
        await stage.press("a")
        await stage.settle()
        assert "a rule denies that" in stage.text()
        assert "other" in stage.app.screen.query_one(JsonArea).text


async def test_what_is_hidden_is_edited_as_escapes_also_when_it_is_pasted() -> None:
    """Attack: bidi and control characters in a text area."""
    desk = Desk(request("r-1", '{"x": "a\\u202eb\\u001b"}'))
    async with staged(desk) as stage:
        await stage.press("e")
        await stage.settle()
        area = stage.app.screen.query_one(JsonArea)
        assert "\\u202e" in area.text
        stage.app.post_message(Paste("\u2066\x9b"))
        await stage.settle()
        assert area.text.isascii()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[1]", "object"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a": NaN}', "no JSON"),
        ("{", "Expecting"),
        ('{"a":' + "[" * 3000 + "]" * 3000 + "}", "deep"),
    ],
)
def test_what_is_no_json_object_is_said(text: str, why: str) -> None:
    """Promise: only what every parser reads alike goes on."""
    _, fault = checked(text)
    assert fault is not None
    assert why in fault


def _alike(number: int) -> list[RequestView]:
    return [request(f"r-{n}", json.dumps({"repo": "x", "n": n})) for n in range(number)]


async def test_marked_calls_are_allowed_together_after_their_number_was_typed() -> None:
    """Promise: the list, in what they differ, a count to type, and one more key."""
    desk = Desk(*_alike(4))
    async with staged(desk) as stage:
        await stage.press("space", "down", "space", "down", "space", "A")
        await stage.read()
        shown = [line.plain for line in stage.app.screen.query_one(Sheet).shown]
        assert sum("n " in line and "repo" not in line for line in shown) >= 3
        await stage.press("a")
        assert desk.answers == []
        await stage.press("3")
        await stage.read()
        assert desk.answers == []
        await stage.press("a")
        await stage.settle()
        assert {one.call for one in desk.answers} == {"r-0", "r-1", "r-2"}
        assert all(one.allow and one.scope == "once" for one in desk.answers)


async def test_a_batch_goes_when_one_of_its_calls_does() -> None:
    """Promise: nothing is allowed of a list that is no longer the one that was read."""
    desk = Desk(*_alike(3))
    async with staged(desk) as stage:
        await stage.press("space", "down", "space", "A")
        await stage.read()
        assert _is_code(stage)
        desk.close("r-0")
        await stage.settle()
        assert not _is_code(stage)
        assert desk.answers == []


async def test_what_is_not_alike_is_not_offered_together() -> None:
    """Promise: the reason is said, and there is no way to allow everything."""
    desk = Desk(request("r-0"), destructive("r-1"))
    async with staged(desk) as stage:
        await stage.press("space", "down", "space", "A")
        await stage.settle()
        assert "Not together" in stage.queue.said


async def test_u_takes_back_the_last_remembered_answer() -> None:
    """Promise: where nothing is being sent, undo is for rules."""
    services = FakeServices()
    async with staged(Desk(), services) as stage:
        await stage.press("u")
        await stage.read()
        box = stage.app.screen
        assert isinstance(box, Confirm)
        assert services.undone == 0
        await stage.type(box.code)
        await stage.settle()
        assert services.undone == 1
        assert "taken back" in stage.queue.said


async def test_lockdown_begins_with_one_key_and_ends_with_a_code() -> None:
    """Promise: the way to safety is short, the way back is asked."""
    services = FakeServices()
    desk = Desk()
    async with staged(desk, services) as stage:
        await stage.press("L")
        await stage.settle()
        assert services.switched == [("lockdown", True)]
        services.named = services.named._replace(lockdown=True)
        desk.show()
        await stage.settle()
        await stage.press("L")
        await stage.read()
        box = stage.app.screen
        assert isinstance(box, Confirm)
        await stage.type(box.code)
        await stage.settle()
        assert services.switched == [("lockdown", True), ("lockdown", False)]


async def test_a_guard_that_claims_lockdown_keeps_nobody_from_beginning_it() -> None:
    """Attack: a forged guard says that all is denied already."""
    services = FakeServices()
    async with staged(Desk(guards=(replace(GUARD, lockdown=True),)), services) as stage:
        assert "LOCKDOWN" not in stage.text()
        await stage.press("L")
        await stage.settle()
        assert services.switched == [("lockdown", True)]


async def test_silence_is_one_key_either_way() -> None:
    """Promise: to hold everything is never to allow anything."""
    services = FakeServices()
    desk = Desk()
    async with staged(desk, services) as stage:
        await stage.press("o")
        await stage.settle()
        services.named = services.named._replace(silent=True)
        desk.show()
        await stage.settle()
        await stage.press("o")
        await stage.settle()
        assert services.switched == [("silent", True), ("silent", False)]


async def test_detaching_asks_while_calls_wait() -> None:
    """Promise: nobody leaves without knowing what waits."""
    async with staged(Desk(request())) as stage:
        await stage.press("q")
        await stage.settle()
        assert "1 request not answered yet" in stage.text()
        await stage.press("escape")
        await stage.settle()
        assert stage.app.is_running
        await stage.press("q", "q")
        assert stage.app.return_code == 0


def _panel(stage: Stage) -> ScopePanel:
    panel = stage.app.screen
    assert isinstance(panel, ScopePanel)
    return panel


def _edit(stage: Stage) -> Edit:
    edit = stage.app.screen
    assert isinstance(edit, Edit)
    return edit


def _is_code(stage: Stage) -> bool:
    return isinstance(stage.app.screen, Code)
