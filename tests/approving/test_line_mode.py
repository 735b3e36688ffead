"""Calls that wait for a person, answered with commands in a real terminal (tmux)."""

import json
import sys
from typing import Any

import pytest

from tests.approving.terminal import Terminal
from tests.ways.stage import Stage
from tests.ways.wire import Message, Wire

pytestmark = pytest.mark.slow

ASKING = """
version = 1
[[rule]]
ask = "fake/*"
[[rule]]
ask = "fake/work"
risk = "destructive"
"""


def asking(stage: Stage, rules: str = ASKING) -> Wire:
    """A client in front of a server of which every call is asked for."""
    stage.home.write("ask", rules)
    stage.home.use("ask")
    return stage.ready()


def held(stage: Stage, index: int = -1) -> str:
    """The id of a request, once it is held."""
    return str(stage.home.until("held")[index]["call"])


def localguard(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "localguard", *arguments]


def text_of(answer: Message) -> str:
    content: list[dict[str, Any]] = answer["result"]["content"]
    return "\n".join(part["text"] for part in content)


def test_a_held_call_goes_when_a_person_allows_it(stage: Stage, terminal: Terminal) -> None:
    """Promise: a call is really held, shown, and let go by one answer, which is on record."""
    wire = asking(stage)
    call = wire.start_call("read_note", name="a")
    id_ = held(stage)
    terminal.type(localguard("approvals", "list"))
    terminal.until(id_, "fake/read_note", "left")
    terminal.type(localguard("approvals", "allow", id_))
    terminal.until("Allow this call?", "name")
    terminal.press("y", "Enter")
    answer = wire.answer(call)
    assert "isError" not in answer["result"]
    (given,) = stage.home.records("answer")
    assert (given["request"], given["decision"], given["scope"]) == (id_, "allow", "once")
    assert "localguard" in given["who"] or "python" in given["who"]
    (intent,) = stage.home.records("intent")
    assert intent["approval"] == id_


def test_a_no_reaches_the_model_with_its_reason(stage: Stage, terminal: Terminal) -> None:
    """Promise: a deny may carry a reason to the model."""
    wire = asking(stage)
    call = wire.start_call("read_note", name="a")
    id_ = held(stage)
    terminal.type(localguard("approvals", "deny", id_, "--reason", "the wrong note"))
    answer = wire.answer(call)
    assert answer["result"]["isError"] is True
    assert "the wrong note" in text_of(answer)
    assert stage.calls() == []


def test_nothing_destructive_is_allowed_by_a_line(stage: Stage, terminal: Terminal) -> None:
    """Promise: destructive calls are never answerable in line mode."""
    wire = asking(stage)
    call = wire.start_call("work")
    id_ = held(stage)
    terminal.type(localguard("approvals", "allow", id_))
    terminal.until("DESTRUCTIVE", "console")
    wire.notify("notifications/cancelled", {"requestId": call})
    stage.home.until("request")
    assert stage.calls() == []
    stage.gone = True


def test_who_has_no_terminal_may_not_answer(stage: Stage) -> None:
    """Attack: the client's own shell runs the command, with its yes piped in."""
    wire = asking(stage)
    wire.start_call("read_note", name="a")
    id_ = held(stage)
    done = stage.command("approvals", "allow", id_, answers="y\n")
    assert done.returncode != 0
    assert stage.calls() == []
    (refused,) = stage.home.records("approver")
    assert refused["request"] == id_
    assert "terminal" in refused["why"]
    stage.gone = True


def test_a_yes_that_comes_too_late_is_for_the_identical_call(
    stage: Stage, terminal: Terminal
) -> None:
    """Promise: approved later is leave for the identical call, once; a different one asks again."""
    stage.home.hold("1s")
    wire = asking(stage)
    answer = wire.call("read_note", name="a")
    id_ = held(stage)
    assert "NOT EXECUTED" in text_of(answer)
    assert id_ in text_of(answer)
    terminal.type(localguard("approvals", "allow", id_))
    terminal.until("Allow this call?")
    terminal.press("y", "Enter")
    stage.home.until("grant")
    assert "NOT EXECUTED" in text_of(wire.call("read_note", name="b"))
    assert "isError" not in wire.call("read_note", name="a")["result"]
    assert "NOT EXECUTED" in text_of(wire.call("read_note", name="a"))
    assert stage.calls() == ["read_note"]


def test_json_says_it_all(stage: Stage) -> None:
    """Promise: listing exists in line mode too, for people and for programs."""
    wire = asking(stage)
    wire.start_call("read_note", name="a")
    id_ = held(stage)
    told = json.loads(stage.command("approvals", "list", "--json").stdout)
    (request,) = told["requests"]
    assert (request["id"], request["item"], request["state"]) == (id_, "read_note", "waiting")
    assert json.loads(request["arguments"]) == {"name": "a"}
    stage.gone = True
