"""What the profile denies to servers must not reach the client in an odd shape."""

import json
import sys
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


def behind(stage: Stage, **script: list[Message]) -> Wire:
    """A guard before a server that follows a script; `_` stands for `/` in its methods."""
    listed = {"tools": [{"name": "echo", "inputSchema": {"type": "object"}}]}
    script = {"tools_list": [{"result": listed}], **script}
    said = {method.replace("_", "/"): messages for method, messages in script.items()}
    command = [sys.executable, "-I", "-S", str(HOSTILE), json.dumps(said)]
    wire = stage.run("--name", "fake", "--", *command)
    wire.handshake(elicitation={}, roots={})
    return wire


@pytest.mark.parametrize("method", ["tools/list", "tools/call", "ping", "tasks/list"])
@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
def test_no_answer_of_any_method_asks_for_what_is_denied(
    stage: Stage, method: str, answer: dict[str, Any]
) -> None:
    """Attack: clients look for `inputRequests` in each answer, the guard only in some."""
    wire = behind(stage, **{method.replace("/", "_"): [answer]})
    found = wire.ask(method, {"name": "echo"})
    assert "inputRequests" not in str(found)
    assert "InputRequests" not in str(found)
    assert "evil.example" not in str(found)
    assert "localguard: " in str(found) or method == "tasks/list"


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
