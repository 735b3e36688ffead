"""Servers of 2026-07-28: each duty of their basic/transports/streamable-http, as a play."""

from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest

from localguard.remote.ports import Lost
from tests.remote.scene import MODERN, playing
from tests.remote.scripted_http import (
    CUT,
    END,
    Heard,
    as_json,
    error,
    event,
    reply,
    result,
    stream,
)
from tests.remote.shop import answer_of, as_stream, shop

META = {"_meta": MODERN}


def tool(name: str, **properties: Any) -> dict[str, Any]:
    """A tool with an input schema."""
    return {"name": name, "inputSchema": {"type": "object", "properties": properties}}


REGION = tool("sql", region={"type": "string", "x-mcp-header": "Region"})


def listing(*tools: dict[str, Any]) -> Any:
    """A turn that lists these tools."""

    async def listed(request: Heard) -> AsyncIterator[bytes]:
        yield as_json(result(request, tools=list(tools), resultType="complete"))

    return listed


async def test_every_request_stands_alone_and_mirrors_itself_in_its_headers() -> None:
    """ "Request Metadata": revision, method and name; no session, no GET, no DELETE."""
    async with playing(shop()) as scene:
        await scene.ask_modern(1, "tools/call", name="echo", arguments={})
        await scene.ask_modern("two", "resources/read", uri="memo://\u00e9")
        await scene.ask_modern(3, "tools/list")
        await scene.remote.stop()
        call, read, listed = scene.server.heard
        assert call.headers["mcp-protocol-version"] == "2026-07-28"
        assert (call.headers["mcp-method"], call.headers["mcp-name"]) == ("tools/call", "echo")
        assert read.headers["mcp-name"] == "=?base64?bWVtbzovL8Op?="
        assert "mcp-name" not in listed.headers
        assert all("mcp-session-id" not in one.headers for one in scene.server.heard)


async def test_arguments_are_mirrored_as_the_last_listing_says() -> None:
    """ "Custom Headers from Tool Parameters": by the exact path; null and absent have none."""
    deep = tool(
        "deep",
        at={
            "type": "object",
            "properties": {
                "n": {"type": "integer", "x-mcp-header": "N"},
                "on": {"type": "boolean", "x-mcp-header": "On"},
                "no": {"type": "string", "x-mcp-header": "No"},
            },
        },
    )
    async with playing(shop(list=listing(REGION, deep))) as scene:
        await scene.ask_modern(1, "tools/list")
        await scene.ask_modern(2, "tools/call", name="sql", arguments={"region": " us"})
        arguments = {"at": {"n": 7, "on": True, "no": None}}
        await scene.ask_modern(3, "tools/call", name="deep", arguments=arguments)
        await scene.ask_modern(4, "tools/call", name="other", arguments={"region": "eu"})
        _, sql, at, other = scene.server.heard
        assert sql.headers["mcp-param-region"] == "=?base64?IHVz?="
        assert (at.headers["mcp-param-n"], at.headers["mcp-param-on"]) == ("7", "true")
        assert "mcp-param-no" not in at.headers
        assert not [name for name in other.headers if name.startswith("mcp-param-")]


async def test_a_tool_that_is_annotated_wrongly_is_left_out_and_told_once() -> None:
    """ "Schema Extension": clients MUST exclude it, and SHOULD log why."""
    bad = tool("bad", n={"type": "number", "x-mcp-header": "N"})
    async with playing(shop(list=listing(REGION, bad))) as scene:
        for id_ in (1, 2):
            answer = await scene.ask_modern(id_, "tools/list")
            assert [one["name"] for one in answer["result"]["tools"]] == ["sql"]
        (words,) = scene.ears.troubles
        assert "bad" in words
        answer = await scene.ask(3, "tools/list")
        assert len(answer["result"]["tools"]) == 2, "of the older revisions they are no headers"


async def test_headers_that_did_not_mirror_are_made_anew_and_the_call_goes_once_more() -> None:
    """ "Client Behavior": HeaderMismatch (-32020) was rejected before it was carried out."""

    async def strict(request: Heard) -> AsyncIterator[bytes]:
        if "mcp-param-region" in request.headers:
            yield as_json(answer_of(request))
        else:
            yield as_json(error(request, -32020), 400)

    async with playing(shop(list=listing(REGION), call=strict)) as scene:
        answer = await scene.ask_modern(1, "tools/call", name="sql", arguments={"region": "eu"})
        assert "result" in answer
        order = [one.about for one in scene.server.heard]
        assert order == ["tools/call", "tools/list", "tools/call"]
        assert scene.server.of("tools/list")[0].message["params"] == META
        assert len(scene.ears.lines) == 1


async def test_headers_that_never_mirror_are_the_servers_answer_the_second_time() -> None:
    """One retry, then its own error goes to the client."""

    async def never(request: Heard) -> AsyncIterator[bytes]:
        yield as_json(error(request, -32020), 400)

    async with playing(shop(call=never)) as scene:
        answer = await scene.ask_modern(1, "tools/call", name="sql", arguments={})
        assert answer["error"]["code"] == -32020
        assert len(scene.server.of("tools/call")) == 2


@pytest.mark.parametrize("code", [-32601, -32022, -32021, -32602])
async def test_an_error_of_the_servers_own_passes_whatever_status_it_has(code: int) -> None:
    """ "Protocol Version Header": 404 with -32601, 400 with -32022 and its data."""

    async def refuse(request: Heard) -> AsyncIterator[bytes]:
        yield as_json(error(request, code, supported=["2026-07-28"]), 400)

    async with playing(shop(call=refuse)) as scene:
        answer = await scene.ask_modern(1, "tools/call", name="x", arguments={})
        assert answer["error"] == {
            "code": code,
            "message": "no",
            "data": {"supported": ["2026-07-28"]},
        }


@pytest.mark.parametrize(
    "refusal",
    [
        reply(400),
        reply(404, b"<html>"),
        reply(405),
        reply(500),
        reply(
            400,
            b'{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"no"}}',
            content_type="application/json",
        ),
        CUT,
    ],
    ids=["400", "404", "405", "500", "legacy", "cut"],
)
async def test_a_probe_that_is_not_understood_sends_the_client_to_the_handshake(
    refusal: bytes,
) -> None:
    """2026-07-28 basic/versioning: any error that is not a modern one; never silence."""

    async def refuse(_: Heard) -> AsyncIterator[bytes]:
        yield refusal

    async with playing(shop(discover=refuse)) as scene:
        answer = await scene.ask_modern(1, "server/discover")
        code = answer.code if isinstance(answer, Lost) else answer["error"]["code"]
        assert code == -32601


async def test_a_probe_that_is_understood_gets_the_servers_own_words() -> None:
    """ "Recognised modern": -32022 tells a client which revisions there are."""

    async def other(request: Heard) -> AsyncIterator[bytes]:
        yield as_json(error(request, -32022, supported=["2027-01-01"]), 400)

    async with playing(shop(discover=other)) as scene:
        answer = await scene.ask_modern(1, "server/discover")
        assert answer["error"]["data"] == {"supported": ["2027-01-01"]}


async def test_a_cancelled_request_is_cancelled_by_the_end_of_its_stream() -> None:
    """ "Cancellation": closing the stream is it, and the frame is never POSTed."""

    async def never(_: Heard) -> AsyncIterator[bytes]:
        yield stream()
        await anyio.sleep_forever()

    async with playing(shop(call=never)) as scene:
        scene.modern(1, "tools/call", name="x", arguments={})
        await scene.server.until(lambda: bool(scene.server.heard))
        scene.note("notifications/cancelled", requestId=1)
        await scene.server.until(lambda: scene.server.closed == 1)
        await scene.ask_modern(2, "tools/list")
        assert [one.about for one in scene.server.heard] == ["tools/call", "tools/list"]
        assert scene.ears.answers(1) == []


async def test_a_stream_that_breaks_is_an_unknown_outcome_and_never_resumed() -> None:
    """Streams are not resumable: who asked decides whether to ask again."""

    async def cut(_: Heard) -> AsyncIterator[bytes]:
        yield stream()
        yield event({"jsonrpc": "2.0", "method": "notifications/progress", "params": {}}, id="e1")
        yield CUT

    async with playing(shop(call=cut)) as scene:
        lost = await scene.ask_modern(1, "tools/call", name="x", arguments={})
        assert isinstance(lost, Lost)
        assert lost.unknown
        assert lost.code is None
        assert [one.method for one in scene.server.heard] == ["POST"]


async def test_a_subscription_lasts_as_long_as_its_stream_and_its_end_is_told() -> None:
    """patterns/subscriptions: one POST whose stream stays open; a loss is an error, not silence."""
    end = anyio.Event()
    told = {"jsonrpc": "2.0", "method": "notifications/tools/list_changed", "params": {}}

    async def listening(_: Heard) -> AsyncIterator[bytes]:
        yield stream()
        yield event({"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged"})
        yield event(told)
        await end.wait()
        yield CUT

    async with playing(shop(listen=listening)) as scene:
        scene.modern(1, "subscriptions/listen", notifications={"toolsListChanged": True})
        await scene.ears.until(lambda: told in scene.ears.messages)
        with anyio.fail_after(10):
            await scene.remote.answered()
        end.set()
        lost = await scene.ears.answer(1)
        assert "subscribe again" in lost.words


async def test_a_server_of_this_revision_makes_no_requests() -> None:
    """ "Receiving Messages": it MUST NOT; and nobody could answer one."""

    async def asking(request: Heard) -> AsyncIterator[bytes]:
        yield stream()
        yield event({"jsonrpc": "2.0", "id": "w", "method": "sampling/createMessage"})
        yield event(answer_of(request))
        yield END

    async with playing(shop(call=asking)) as scene:
        assert "result" in await scene.ask_modern(1, "tools/call", name="x", arguments={})
        assert len(scene.ears.lines) == 1


async def test_both_eras_go_side_by_side() -> None:
    """The era is read from each message: a server may serve both at once."""

    async def streamed(request: Heard) -> AsyncIterator[bytes]:
        async for piece in as_stream(answer_of(request)):
            yield piece

    async with playing(shop(call=streamed)) as scene:
        await scene.ask_modern(1, "tools/call", name="x", arguments={})
        await scene.handshake()
        await scene.call(2)
        await scene.ask_modern(3, "tools/call", name="x", arguments={})
        first, second, third = scene.server.of("tools/call")
        assert "mcp-session-id" not in first.headers.keys() | third.headers.keys()
        assert second.headers["mcp-session-id"] == "s1"
        assert "mcp-method" not in second.headers
