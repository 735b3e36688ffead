"""What the profile denies to servers must not reach the client in an odd shape."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.ways.stage import Stage
from tests.ways.wire import Message, Wire

HOSTILE = Path(__file__).resolve().parent.parent / "servers/hostile.py"
SAMPLING = {"method": "sampling/createMessage", "params": {"messages": []}}
BAD_URL = {"mode": "url", "elicitationId": "e", "url": "http://evil.example/", "message": "?"}

ANSWERS: list[dict[str, Any]] = [
    {"result": {"resultType": "input_required", "inputRequests": {"a": SAMPLING}}},
    {"result": {"inputRequests": [SAMPLING]}},
    {"result": {"task": {"taskId": "t", "inputRequests": {"a": SAMPLING}}}},
    {"result": {"status": "completed", "result": {"inputRequests": {"a": SAMPLING}}}},
    {"result": {"result": {"InputRequests": {"a": SAMPLING}}}},
    {"error": {"code": -32042, "message": "", "data": {"elicitations": [BAD_URL]}}},
    {"error": {"code": -32042.0, "message": "", "data": {"elicitations": [BAD_URL]}}},
    {"error": {"code": -32042, "message": "", "data": {"elicitations": {"0": BAD_URL}}}},
    {"error": {"code": -1, "Code": -32042, "message": "", "data": {"elicitations": [BAD_URL]}}},
    {
        "error": {
            "code": -32042,
            "message": "",
            "data": {"elicitations": [], "Elicitations": [BAD_URL]},
        }
    },
]


def behind(
    stage: Stage, turns: Mapping[str, list[Message]] | None = None, **script: list[Message]
) -> Wire:
    """A guard before a server that follows a script; `_` stands for `/` in its methods.

    Methods in `turns` are answered with one of the messages each time, in their order.
    """
    listed = {"tools": [{"name": "echo", "inputSchema": {"type": "object"}}]}
    script = {"tools_list": [{"result": listed}], **script}
    said = {method.replace("_", "/"): messages for method, messages in script.items()}
    words = [json.dumps(said), json.dumps(turns or {})]
    command = [sys.executable, "-I", "-S", str(HOSTILE), *words]
    wire = stage.run("--name", "fake", "--", *command)
    wire.handshake(elicitation={}, roots={})
    return wire


@pytest.mark.parametrize("method", ["tools/call", "ping", "tasks/list"])
def test_no_answer_of_any_method_asks_for_what_is_denied(stage: Stage, method: str) -> None:
    """Attack: clients look for `inputRequests` in each answer, the guard only in some."""
    wire = behind(stage, turns={method: ANSWERS})
    for answer in ANSWERS:
        found = str(wire.ask(method, {"name": "echo"}))
        assert is_clean(found), answer
        assert "localguard: " in found or method == "tasks/list", answer


@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
def test_no_list_asks_for_what_is_denied(stage: Stage, answer: dict[str, Any]) -> None:
    """The same in the answer that the guard itself reads first, when it looks what there is."""
    found = str(behind(stage, tools_list=[answer]).ask("tools/list"))
    assert is_clean(found)
    assert "localguard: " in found


def is_clean(found: str) -> bool:
    """Whether nothing that is denied stands in an answer."""
    return "inputrequests" not in found.lower() and "evil.example" not in found


def test_a_task_status_hides_no_wish_behind_another_spelling(stage: Stage) -> None:
    """Attack: `inputrequests` in a notification, which a client without regard to case reads."""
    started = {"result": {"resultType": "task", "taskId": "t", "status": "working"}}
    status = {"taskId": "t", "status": "input_required"}
    spelled = [{**status, key: {"a": SAMPLING}} for key in ("inputRequests", "inputrequests")]
    told = [{"method": "notifications/tasks", "params": params} for params in (status, *spelled)]
    wire = behind(stage, tools_call=[started], ping=[*told, {"result": {}}])
    wire.call("echo")
    wire.ask("ping")
    heard = [m["params"] for m in wire.heard if m.get("method") == "notifications/tasks"]
    assert heard == [status]


def test_a_wish_that_cannot_be_recorded_does_not_reach_the_client(stage: Stage) -> None:
    """Attack: while the log cannot be written, the server asks the client unseen."""
    wish = {"id": "w", "method": "roots/list"}
    wire = behind(stage, ping=[wish, {"result": {}}])
    aside = stage.home.audit.rename(stage.folder / "aside")
    stage.home.audit.write_text("in the way")
    wire.ask("ping")
    assert [m for m in wire.heard if "method" in m] == []
    stage.home.audit.unlink()
    aside.rename(stage.home.audit)
    wire.ask("ping")
    assert [m["method"] for m in wire.heard if "method" in m] == ["roots/list"]


def test_what_a_server_may_ask_inside_an_answer_is_recorded(stage: Stage) -> None:
    """Promise: every decision is in the log, also that an elicitation in an answer may pass."""
    wish = {"method": "elicitation/create", "params": {"message": "?"}}
    result = {"resultType": "input_required", "inputRequests": {"a": wish}}
    wire = behind(stage, tools_call=[{"result": result}])
    assert wire.call("echo")["result"] == result
    assert [r["decision"] for r in stage.home.records("from_server")] == ["allow"]
