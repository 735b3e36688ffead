"""Answers of the server: handshakes, tasks of both kinds, and what the log says of them."""

from typing import Any

import pytest

from localguard.audit.records import FromServer, Outcome, RefusedFrame
from localguard.relay import answers
from tests.relay.playbook import (
    EVERYTHING,
    INFO,
    Play,
    call,
    error,
    modern,
    note,
    ready,
    request,
    result,
)


def task_call(id_: Any, **meta: Any) -> dict[str, Any]:
    """A call of 2025-11-25 that asks for a task."""
    asked = call(id_, "read")
    asked["params"] |= {"task": {"ttl": 1000}, "_meta": meta}
    return asked


def with_task() -> Play:
    """A legacy session in which an allowed call has started the task `t1`."""
    play = ready()
    play.client(task_call(1, progressToken="p"))
    created = result(1, task={"taskId": "t1", "status": "working"})
    assert play.server(created).to_client == [created]
    return play


def statuses(play: Play) -> list[tuple[str, str]]:
    return [(record.call, record.status) for record in play.recorded(Outcome)]


def test_the_handshake_passes_and_says_that_lists_can_change() -> None:
    """Claude Code re-lists only if the server declared listChanged; the guard announces changes."""
    play = Play()
    play.client(request(1, "initialize", protocolVersion="2025-11-25", capabilities={}))
    capabilities = {
        "tools": {},
        "prompts": {"x": 1},
        "resources": {"subscribe": True},
        "logging": {},
    }
    heard = play.server(
        result(1, protocolVersion="2025-11-25", capabilities=capabilities, serverInfo=INFO, more=1)
    )
    told = {
        "tools": {"listChanged": True},
        "prompts": {"x": 1, "listChanged": True},
        "resources": {"subscribe": True, "listChanged": True},
        "logging": {},
    }
    assert heard.to_client == [
        result(1, protocolVersion="2025-11-25", capabilities=told, serverInfo=INFO, more=1)
    ]


@pytest.mark.parametrize("members", [{}, {"capabilities": [1]}, {"capabilities": {"tools": 1}}])
def test_an_odd_handshake_passes_as_it_is(members: dict[str, Any]) -> None:
    """The client is the one to refuse it."""
    play = Play()
    play.client(request(1, "initialize"))
    assert play.server(result(1, protocolVersion=3, **members)).to_client == [
        result(1, protocolVersion=3, **members)
    ]


def test_while_nothing_can_pass_the_instructions_say_so() -> None:
    """Promise: say so in `instructions`, and keep what the server says."""
    play = Play()
    play.switch(EVERYTHING, fault="work.toml:1: broken\x1b[2J")
    play.client(request(1, "initialize"))
    heard = play.server(result(1, instructions="Use wisely."))
    said = heard.to_client[0]["result"]["instructions"]
    assert said == "localguard: work.toml:1: broken\\u{1b}[2J\n\nUse wisely."


@pytest.mark.parametrize(
    "answer",
    [
        result(
            1, supportedVersions=["2026-07-28"], capabilities={"tools": {}}, cacheScope="public"
        ),
        error(1, -32022, supported=["2026-07-28"], requested="x"),
        error(1, -32601),
        error(1, -32602),
        error(1, -32600),
    ],
)
def test_the_answer_to_the_probe_passes_unchanged(answer: Any) -> None:
    """2026-07-28 basic/versioning: the era of a client hangs on this very answer."""
    play = Play()
    probe = modern(request(1, "server/discover"))
    assert play.client(probe).to_server == [probe]
    assert play.server(answer).to_client == [answer]


def test_a_task_belongs_to_the_call_that_started_it() -> None:
    """2025-11-25 tasks: the real result comes later, and is the outcome of the same call."""
    play = with_task()
    assert statuses(play) == [("7f3a-1", "task")]
    for method in ("tasks/get", "tasks/cancel"):
        asked = request(method, method, taskId="t1")
        assert play.client(asked).to_server == [asked]
        play.server(result(method, taskId="t1", status="working"))
    assert statuses(play) == [("7f3a-1", "task")]
    play.client(request(4, "tasks/result", taskId="t1"))
    done = result(4, content=[], isError=True)
    assert play.server(done).to_client == [done]
    assert statuses(play) == [("7f3a-1", "task"), ("7f3a-1", "tool_error")]


@pytest.mark.parametrize("method", ["tasks/get", "tasks/result", "tasks/update", "tasks/cancel"])
@pytest.mark.parametrize("params", [{"taskId": "t2"}, {"taskId": ["t1"]}, {"taskId": 1}, {}])
def test_a_task_of_somebody_else_is_refused(method: str, params: dict[str, Any]) -> None:
    """Attack: reading the result of a call that was never allowed here."""
    heard = with_task().client(request(9, method, **params))
    assert heard.to_server == []
    assert [answer["error"]["code"] for answer in heard.to_client] == [-32602]
    assert [r.reason for r in heard.records if isinstance(r, RefusedFrame)] == ["unknown-task"]


def test_the_list_of_tasks_is_cut_to_those_of_this_session() -> None:
    """The same for `tasks/list`."""
    play = with_task()
    play.client(request(9, "tasks/list"))
    others = [{"taskId": "t2"}, {"taskId": ["t1"]}, {"taskId": "t1", "status": "working"}, "t1"]
    heard = play.server(result(9, tasks=others, nextCursor="2"))
    assert heard.to_client == [result(9, tasks=[others[2]], nextCursor="2")]
    play.client(request(9, "tasks/list"))
    assert play.server(result(9, tasks={"taskId": "t1"})).to_client == [result(9, tasks=[])]


def test_a_task_of_the_extension_ends_where_it_is_polled() -> None:
    """SEP-2663: the final tool result arrives in `tasks/get.result`."""
    play = ready()
    play.client(modern(call(1, "read")))
    play.server(result(1, resultType="task", taskId="t1", status="working", ttlMs=1000))
    play.client(modern(request(2, "tasks/get", taskId="t1")))
    working = result(2, resultType="complete", taskId="t1", status="working")
    assert play.server(working).to_client == [working]
    play.client(modern(request(3, "tasks/get", taskId="t1")))
    done = result(3, taskId="t1", status="completed", result={"content": [], "isError": True})
    assert play.server(done).to_client == [done]
    assert statuses(play) == [("7f3a-1", "task"), ("7f3a-1", "tool_error")]


def test_a_task_may_not_ask_for_what_a_call_may_not() -> None:
    """SEP-2663: mid-task prompts stand in `tasks/get.inputRequests`."""
    play = with_task()
    play.client(request(2, "tasks/get", taskId="t1"))
    heard = play.server(result(2, inputRequests={"a": {"method": "sampling/createMessage"}}))
    assert [answer["error"]["code"] for answer in heard.to_client] == [1001]
    assert play.recorded(FromServer)[-1].reason == "from_server.sampling is deny"


@pytest.mark.parametrize("method", ["notifications/tasks/status", "notifications/tasks"])
@pytest.mark.parametrize(
    ("params", "passes"),
    [
        ({"taskId": "t1", "status": "working"}, True),
        ({"taskId": "t1", "inputRequests": {"a": {"method": "roots/list"}}}, True),
        ({"taskId": "t1", "inputRequests": {"a": {"method": "sampling/createMessage"}}}, False),
        ({"taskId": "t2"}, False),
        ({"taskId": ["t1"]}, False),
        ({}, False),
    ],
)
def test_the_status_of_a_task_is_told_for_tasks_of_this_session(
    method: str, params: dict[str, Any], passes: bool
) -> None:
    """MCP: notifications/tasks carry the full task, wishes included."""
    told = note(method, **params)
    assert with_task().server(told).to_client == ([told] if passes else [])


def test_the_progress_of_a_task_goes_on_after_its_call_was_answered() -> None:
    """2025-11-25 progress: the token stays valid for the lifetime of the task."""
    play = with_task()
    progress = note("notifications/progress", progressToken="p", progress=1)
    assert play.server(progress).to_client == [progress]


@pytest.mark.parametrize("task", [{}, {"taskId": 1}, "t1", None])
def test_an_answer_without_a_task_starts_none(task: Any) -> None:
    """A server need not honour the wish for a task."""
    play = ready()
    play.client(task_call(1))
    play.server(result(1, task=task, content=[]))
    assert statuses(play) == [("7f3a-1", "ok")]
    assert play.session.tasks == {}


def test_a_task_that_was_not_asked_for_is_none() -> None:
    """Only a call that carried `task` can have been turned into one in 2025-11-25."""
    play = ready()
    play.client(call(1, "read"))
    play.server(result(1, task={"taskId": "t1"}, content=[]))
    assert play.session.tasks == {}


def test_tasks_are_remembered_up_to_a_bound() -> None:
    """Attack: a server that starts tasks for ever must not take the memory."""
    play = ready()
    play.session.tasks |= {str(number): (None, None) for number in range(answers.MAX_TASKS)}
    play.client(task_call(1))
    play.server(result(1, task={"taskId": "one more"}))
    assert "one more" not in play.session.tasks
