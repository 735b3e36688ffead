"""A server with a URL that means harm, behind a real guard: each call answered once, all recorded.

That every request was answered exactly once, and every intent has one outcome, is asserted by the
stage at the end of each test.
"""

import json
from collections.abc import AsyncIterator

import pytest

from tests.remote.scripted_http import (
    CUT,
    END,
    Heard,
    as_json,
    chunk,
    event,
    in_thread,
    reply,
    result,
    stream,
)
from tests.remote.shop import GREETING, answer_of, shop
from tests.ways.stage import Stage
from tests.ways.test_http_faults import guard, statuses

DEEP = "[" * 200 + "]" * 200


def as_bodies(id_: int) -> list[str]:
    """Answers that are none, or not of this request, or read differently by some."""
    mine, good = f'"jsonrpc":"2.0","id":{id_}', '"result":{"content":[]}'
    return [
        f"{{{mine}}}",
        f'{{{mine},"Result":{{}}}}',
        f'{{{mine},{good},"ID":77}}',
        f'{{"id":77,{mine},{good}}}',
        f'{{{mine},{good},"error":{{"code":1,"message":"x"}}}}',
        f'{{{mine},"result":{DEEP}}}',
        f'{{{mine},"result":{{"x":1e999}}}}',
        f'{{{mine},"result":{{"x":"\\ud800"}}}}',
        f"[{{{mine},{good}}}]",
        f"[{{{mine},{good}}},{{{mine},{good}}}]",
        f'{{{mine},"method":"ping"}}',
        f'{{"jsonrpc":"2.0","id":"{id_}",{good}}}',
        f'{{"jsonrpc":"2.0","id":{id_}.0,{good}}}',
        f'{{"jsonrpc":"2.0","id":{id_ + 1},{good}}}',
        f'{{"jsonrpc":"2.0","id":null,{good}}}',
        "null",
        "[]",
        "",
    ]


@pytest.mark.parametrize("sse", [False, True])
def test_whatever_stands_in_the_place_of_an_answer_the_call_is_answered_once(
    stage: Stage, sse: bool
) -> None:
    """Attack: answers to ids never asked, duplicates, other cases and types, in JSON and SSE."""
    recorded: list[bool] = []

    async def harm(request: Heard) -> AsyncIterator[bytes]:
        id_ = request.message["id"]
        intents = stage.home.records("intent")
        recorded.append(any(one["request_id"] == id_ for one in intents))
        body = as_bodies(id_)[request.message["params"]["arguments"]["n"]]
        if sse:
            yield stream()
            yield event(body)
            yield END
        else:
            yield reply(200, body.encode(), content_type="application/json")

    with in_thread(shop(call=harm)) as server:
        wire = guard(stage, server.url)
        wire.handshake()
        calls = [wire.start_call("echo", n=n) for n in range(len(as_bodies(0)))]
        answers = [wire.answer(call) for call in calls]
        assert all("error" in answer for answer in answers)
        assert wire.finish() == 0
        assert len(server.of("tools/call")) == len(calls)
    assert recorded == [True] * len(calls)
    assert len(statuses(stage)) == len(calls)


def test_what_a_server_says_while_its_session_is_begun_anew_answers_nothing_else(
    stage: Stage,
) -> None:
    """Attack: answers, wishes and notifications in the stream that answers `initialize` again."""
    begun: list[str] = []

    async def greet(request: Heard) -> AsyncIterator[bytes]:
        begun.append("session")
        id_ = f"s{len(begun)}"
        if len(begun) == 1:
            yield as_json(result(request, **GREETING), mcp_session_id=id_)
            return
        yield stream(Mcp_Session_Id=id_)
        yield event({"jsonrpc": "2.0", "id": 999, "result": {"content": []}})
        yield event({"jsonrpc": "2.0", "id": 0, "method": "sampling/createMessage", "params": {}})
        yield event({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
        yield event(result(request, **GREETING))
        yield event(result(request, **{**GREETING, "protocolVersion": "2024-11-05"}))
        yield END

    async def once(request: Heard) -> AsyncIterator[bytes]:
        if request.headers["mcp-session-id"] == "s1":
            yield reply(404)
        else:
            yield as_json(answer_of(request))

    with in_thread(shop(initialize=greet, call=once)) as server:
        wire = guard(stage, server.url)
        wire.handshake()
        assert "result" in wire.call("echo")
        assert "result" in wire.call("echo")
        assert len(server.of("initialize")) == 2
        assert wire.finish() == 0
    assert statuses(stage) == ["ok", "ok"]


def test_names_and_arguments_begin_no_header(stage: Stage) -> None:
    """Attack: line ends and other hosts in what `Mcp-Name` and `Mcp-Param-*` mirror."""
    nasty = "a\r\nX-Evil: 1\r\n\r\nGET / HTTP/1.1"
    schema = {"type": "object", "properties": {"p": {"type": "string", "x-mcp-header": "P"}}}

    async def listed(request: Heard) -> AsyncIterator[bytes]:
        yield as_json(result(request, tools=[{"name": nasty, "inputSchema": schema}]))

    with in_thread(shop(list=listed)) as server:
        wire = guard(stage, server.url)
        meta = {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "x\r\nX-Evil: 1", "version": "1"},
        }
        wire.ask("tools/list", {"_meta": meta})
        params = {"name": nasty, "arguments": {"p": f"{nasty}\u0000é"}, "_meta": meta}
        answer = wire.ask("tools/call", params)
        assert wire.finish() == 0
        heard = server.of("tools/call")
    assert "result" in answer, json.dumps(answer)
    (call,) = heard
    assert "x-evil" not in call.headers
    assert call.headers["mcp-name"].startswith("=?base64?")
    assert call.headers["mcp-param-p"].startswith("=?base64?")


def test_a_place_to_resume_from_that_means_harm_ends_the_wait(stage: Stage) -> None:
    """Attack: an event id that would begin a header, a `retry` of days, and no answer ever."""

    async def cut(_: Heard) -> AsyncIterator[bytes]:
        yield stream()
        yield chunk(b"id: 1\x00Evil\nretry: 99999999999999999999\ndata: \n\n")
        yield CUT

    with in_thread(shop(call=cut)) as server:
        wire = guard(stage, server.url)
        wire.handshake()
        assert "is unknown" in wire.call("echo")["error"]["message"]
        assert wire.finish() == 0
        assert len(server.of("tools/call")) == 1
    assert statuses(stage) == ["unknown"]
