"""Servers of 2025-03-26 to 2025-11-25: each duty of their basic/transports, as a play.

What goes in is what the relay sends, what comes out is what the server gets and the relay hears.
"""

from collections.abc import AsyncIterator

import anyio
import pytest

from localguard.remote.ports import Lost
from tests.remote.scene import playing
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
from tests.remote.shop import GREETING, answer_of, shop


@pytest.mark.parametrize("sse", [False, True])
async def test_every_message_is_a_post_of_its_own_that_says_what_it_takes(sse: bool) -> None:
    """2025-11-25 "Sending Messages to the Server": POST, Accept, Content-Type; JSON or a stream."""
    async with playing(shop(sse=sse)) as scene:
        await scene.handshake()
        answer = await scene.call(1)
        assert answer["result"]["content"][0]["text"] == "tools/call"
        for request in [one for one in scene.server.heard if one.method == "POST"]:
            assert request.headers["accept"] == "application/json, text/event-stream"
            assert request.headers["content-type"] == "application/json"
            assert request.target == "/mcp"


async def test_session_and_revision_are_named_on_everything_after_the_handshake() -> None:
    """2025-11-25 "Session Management" 2 and "Protocol Version Header"; not on `initialize`."""
    async with playing(shop()) as scene:
        await scene.handshake()
        await scene.call(1)
        await scene.server.until(lambda: bool(scene.server.of("GET")))
        first, *others = scene.server.heard
        assert "mcp-session-id" not in first.headers
        assert "mcp-protocol-version" not in first.headers
        assert others
        for request in others:
            assert request.headers["mcp-session-id"] == "s1"
            assert request.headers["mcp-protocol-version"] == "2025-11-25"


async def test_a_revision_before_the_header_is_not_named() -> None:
    """2025-06-18 has brought `MCP-Protocol-Version`."""

    async def old(request: Heard) -> AsyncIterator[bytes]:
        yield as_json(result(request, **GREETING | {"protocolVersion": "2025-03-26"}))

    async with playing(shop(initialize=old)) as scene:
        await scene.handshake()
        await scene.call(1)
        assert "mcp-protocol-version" not in scene.server.of("tools/call")[0].headers


@pytest.mark.parametrize("id_", ["with blank s", "caf\u00e9", "a, b"])
async def test_a_session_id_that_is_no_visible_ascii_is_refused(id_: str) -> None:
    """2025-11-25 "Session Management" 1: "MUST only contain visible ASCII characters"."""

    async def odd(request: Heard) -> AsyncIterator[bytes]:
        yield as_json(answer_of(request), mcp_session_id=id_)

    async with playing(shop(initialize=odd)) as scene:
        lost = await scene.handshake()
        assert isinstance(lost, Lost)
        assert "no visible ASCII" in lost.words


async def test_nothing_follows_the_handshake_before_its_answer() -> None:
    """2025-11-25 basic/lifecycle: no requests before `initialize` was answered."""
    go = anyio.Event()

    async def late(request: Heard) -> AsyncIterator[bytes]:
        await go.wait()
        yield as_json(answer_of(request), mcp_session_id="s1")

    async with playing(shop(initialize=late)) as scene:
        scene.request(0, "initialize", protocolVersion="2025-11-25")
        scene.note("notifications/initialized")
        scene.request(1, "tools/list")
        await scene.server.until(lambda: bool(scene.server.heard))
        assert [one.about for one in scene.server.heard] == ["initialize"]
        go.set()
        await scene.ears.answer(1)
        order = [one.about for one in scene.server.heard if one.method == "POST"]
        assert order == ["initialize", "notifications/initialized", "tools/list"]


async def test_calls_go_side_by_side_and_no_notification_holds_them_up() -> None:
    """Duty: a notification whose 202 does not come stalls nothing."""
    both = anyio.Event()
    begun = 0

    async def together(request: Heard) -> AsyncIterator[bytes]:
        nonlocal begun
        begun += 1
        if begun == 4:
            both.set()
        await both.wait()
        yield as_json(answer_of(request))

    async def never(_: Heard) -> AsyncIterator[bytes]:
        await anyio.sleep_forever()
        yield b""

    async with playing(shop(call=together, progress=never)) as scene:
        await scene.handshake()
        scene.note("notifications/progress", progressToken=1, progress=1)
        for id_ in range(1, 5):
            scene.request(id_, "tools/call", name="echo")
        for id_ in range(1, 5):
            assert (await scene.ears.answer(id_))["id"] == id_


async def test_the_servers_own_stream_is_opened_after_initialized_and_taken_up_again() -> None:
    """2025-11-25 "Listening for Messages" and "Resumability": GET, `Last-Event-ID`, `retry`."""
    told = {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}

    async def listening(request: Heard) -> AsyncIterator[bytes]:
        yield stream()
        if "last-event-id" not in request.headers:
            yield event(told, id="e7", retry=100)
            yield CUT
        else:
            yield event({"jsonrpc": "2.0", "id": "w", "method": "ping"})
            await anyio.sleep_forever()

    async with playing(shop(GET=listening)) as scene:
        await scene.handshake()
        await scene.ears.until(lambda: len(scene.ears.lines) == 3)
        first, second = scene.server.of("GET")
        assert first.headers["accept"] == "text/event-stream"
        assert second.headers["last-event-id"] == "e7"
        assert [m["method"] for m in scene.ears.messages[1:]] == [told["method"], "ping"]
        order = [one.about for one in scene.server.heard]
        assert order.index("GET") > order.index("notifications/initialized")


async def test_an_answer_on_the_servers_own_stream_answers_nothing() -> None:
    """2025-11-25 "Listening for Messages" 3: no response there unless a stream is resumed."""

    async def listening(_: Heard) -> AsyncIterator[bytes]:
        yield stream()
        yield event({"jsonrpc": "2.0", "id": 1, "result": {"content": []}})
        yield event({"jsonrpc": "2.0", "method": "notifications/message", "params": {}})
        await anyio.sleep_forever()

    go = anyio.Event()

    async def late(request: Heard) -> AsyncIterator[bytes]:
        await go.wait()
        yield as_json(answer_of(request))

    async with playing(shop(GET=listening, call=late)) as scene:
        await scene.handshake()
        scene.request(1, "tools/call", name="echo")
        await scene.ears.until(lambda: len(scene.ears.lines) == 2)
        assert scene.ears.answers(1) == []
        go.set()
        assert (await scene.ears.answer(1))["result"]["content"]


async def test_a_stream_that_ends_before_its_answer_is_resumed() -> None:
    """2025-11-25 "Sending Messages" 6: the server may close it at any time, the client polls."""

    async def polling(_: Heard) -> AsyncIterator[bytes]:
        yield stream()
        yield event("", id="p1", retry=100)
        yield END

    async def resumed(request: Heard) -> AsyncIterator[bytes]:
        if request.headers.get("last-event-id") == "p1":
            yield stream()
            yield event({"jsonrpc": "2.0", "method": "notifications/message", "params": {}})
            yield event(id="p2")
            yield CUT
        elif request.headers.get("last-event-id") == "p2":
            yield stream()
            yield event({"jsonrpc": "2.0", "id": 1, "result": {"content": ["late"]}})
            yield END
        else:
            yield reply(405)

    async with playing(shop(call=polling, GET=resumed)) as scene:
        await scene.handshake()
        answer = await scene.call(1)
        assert answer["result"] == {"content": ["late"]}
        assert len(scene.server.of("tools/call")) == 1


async def test_a_resumption_that_finds_no_server_is_tried_again() -> None:
    """A server or a proxy that is being restarted answers a moment later."""
    attempts: list[str] = []

    async def polling(_: Heard) -> AsyncIterator[bytes]:
        yield stream()
        yield event("", id="p1", retry=100)
        yield END

    async def resumed(request: Heard) -> AsyncIterator[bytes]:
        if "last-event-id" not in request.headers:
            yield reply(405)
            return
        attempts.append(request.headers["last-event-id"])
        if len(attempts) == 1:
            yield CUT
        elif len(attempts) == 2:
            yield reply(503)
        else:
            yield stream()
            yield event({"jsonrpc": "2.0", "id": 1, "result": {}})
            yield END

    async with playing(shop(call=polling, GET=resumed)) as scene:
        await scene.handshake()
        assert (await scene.call(1))["result"] == {}
        assert attempts == ["p1", "p1", "p1"]


async def test_a_stream_that_breaks_without_a_place_to_resume_from_is_an_unknown_outcome() -> None:
    """Duty: never POST a call twice; who asked is told that it may have been carried out."""

    async def cut(_: Heard) -> AsyncIterator[bytes]:
        yield stream()
        yield event({"jsonrpc": "2.0", "method": "notifications/message", "params": {}})
        yield CUT

    async with playing(shop(call=cut)) as scene:
        await scene.handshake()
        lost = await scene.call(1)
        assert isinstance(lost, Lost)
        assert lost.unknown
        assert "unknown" in lost.words
        assert len(scene.server.of("tools/call")) == 1
        assert len(scene.ears.answers(1)) == 1


@pytest.mark.parametrize("status", [404, 405, 400])
async def test_a_stream_that_cannot_be_resumed_is_an_unknown_outcome(status: int) -> None:
    """A server that was started anew knows neither the session nor the stream."""

    async def polling(_: Heard) -> AsyncIterator[bytes]:
        yield stream()
        yield event("", id="p1", retry=100)
        yield END

    async def gone(_: Heard) -> AsyncIterator[bytes]:
        yield reply(status)

    async with playing(shop(call=polling, GET=gone)) as scene:
        await scene.handshake()
        lost = await scene.call(1)
        assert isinstance(lost, Lost)
        assert lost.unknown


def forgetful(status: int, body: bytes = b"") -> tuple[object, list[str]]:
    """A server that knows only its second session, and says so with a status."""
    sessions: list[str] = []

    async def begin(request: Heard) -> AsyncIterator[bytes]:
        sessions.append(f"s{len(sessions) + 1}")
        yield as_json(answer_of(request), mcp_session_id=sessions[-1])

    async def script(request: Heard) -> AsyncIterator[bytes]:
        old = request.headers.get("mcp-session-id") == "s1"
        if request.about == "tools/call" and old:
            yield reply(status, body, content_type="application/json")
        else:
            async for piece in shop(initialize=begin)(request):
                yield piece

    return script, sessions


WORDS = (
    b'{"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: No valid session ID"},'
    b'"id":null}'
)


@pytest.mark.parametrize(("status", "body"), [(404, b""), (404, WORDS), (400, WORDS)])
async def test_a_session_that_is_gone_is_begun_anew_once_for_all(status: int, body: bytes) -> None:
    """2025-11-25 "Session Management" 4: 404; a new session; what was refused is asked again."""
    script, sessions = forgetful(status, body)
    async with playing(script) as scene:  # type: ignore[arg-type]
        await scene.handshake()
        for id_ in (1, 2, 3):
            scene.request(id_, "tools/call", name="echo", arguments={"n": id_})
        for id_ in (1, 2, 3):
            assert (await scene.ears.answer(id_))["id"] == id_
        assert sessions == ["s1", "s2"]
        hello, again = scene.server.of("initialize")
        assert again.message["params"] == hello.message["params"]
        assert "mcp-session-id" not in again.headers
        assert len(scene.server.of("notifications/initialized")) == 2
        assert [greeting["result"] for greeting in scene.ears.greetings] == [GREETING]
        assert len(scene.ears.lines) == 4


async def test_a_new_session_that_the_client_would_have_to_be_told_of_gets_no_call() -> None:
    """Duty: the answer of the new session is compared before what was refused is asked again."""
    script, _ = forgetful(404)
    async with playing(script) as scene:  # type: ignore[arg-type]
        scene.ears.objection = "it offers less than the client was told"
        await scene.handshake()
        lost = await scene.call(1)
        assert isinstance(lost, Lost)
        assert "offers less" in lost.words
        assert len(scene.server.of("tools/call")) == 1


async def test_a_server_that_forgets_every_session_is_asked_twice_and_no_more() -> None:
    """Nobody is asked in circles."""

    async def gone(_: Heard) -> AsyncIterator[bytes]:
        yield reply(404)

    async with playing(shop(call=gone)) as scene:
        await scene.handshake()
        lost = await scene.call(1)
        assert isinstance(lost, Lost)
        assert not lost.unknown
        assert len(scene.server.of("tools/call")) == 2


async def test_what_is_unknown_to_a_server_is_no_lost_session() -> None:
    """A 404 with -32601 for this very request says that there is no such method."""

    async def unknown(request: Heard) -> AsyncIterator[bytes]:
        yield as_json(error(request, -32601), 404)

    async with playing(shop(call=unknown)) as scene:
        await scene.handshake()
        assert (await scene.call(1))["error"]["code"] == -32601
        assert len(scene.server.of("initialize")) == 1


async def test_a_cancelled_request_is_cancelled_in_words_and_then_let_go_of() -> None:
    """2025-11-25 basic/utilities/cancellation: the end of a stream alone would say nothing."""

    async def never(_: Heard) -> AsyncIterator[bytes]:
        await anyio.sleep_forever()
        yield b""

    async with playing(shop(call=never)) as scene:
        await scene.handshake()
        scene.request(1, "tools/call", name="echo")
        await scene.server.until(lambda: bool(scene.server.of("tools/call")))
        scene.note("notifications/cancelled", requestId=1)
        await scene.server.until(lambda: scene.server.closed == 1)
        cancelled = scene.server.of("notifications/cancelled")
        assert [one.message["params"] for one in cancelled] == [{"requestId": 1}]
        assert scene.ears.answers(1) == []


async def test_what_the_server_asks_for_is_answered_by_a_post() -> None:
    """2025-11-25 "Sending Messages" 5: answers of the client are POSTed, too."""
    answered = anyio.Event()
    wish = {"jsonrpc": "2.0", "id": "w1", "method": "roots/list"}

    async def asking(request: Heard) -> AsyncIterator[bytes]:
        yield stream()
        yield event(wish)
        await answered.wait()
        yield event(answer_of(request))
        yield END

    async with playing(shop(call=asking)) as scene:
        await scene.handshake()
        scene.request(1, "tools/call", name="echo")
        await scene.ears.until(lambda: wish in scene.ears.messages)
        scene.send({"jsonrpc": "2.0", "id": "w1", "result": {"roots": []}})
        await scene.server.until(lambda: any("result" in one.message for one in scene.server.heard))
        answered.set()
        assert "result" in await scene.ears.answer(1)


async def test_a_session_is_ended_by_delete() -> None:
    """2025-11-25 "Session Management" 5."""
    async with playing(shop()) as scene:
        await scene.handshake()
        await scene.call(1)
        await scene.remote.stop()
        (ended,) = scene.server.of("DELETE")
        assert ended.headers["mcp-session-id"] == "s1"


async def test_a_server_that_does_not_hear_of_the_end_holds_nobody_up() -> None:
    """Duty: DELETE is best effort, for half a second."""

    async def never(_: Heard) -> AsyncIterator[bytes]:
        await anyio.sleep_forever()
        yield b""

    async with playing(shop(DELETE=never)) as scene:
        await scene.handshake()
        with anyio.fail_after(2):
            await scene.remote.stop()


async def test_a_server_of_the_first_revision_is_named_as_such() -> None:
    """2025-11-25 "Backwards Compatibility": 400, 404 or 405, then GET tells `endpoint`."""

    async def refuse(_: Heard) -> AsyncIterator[bytes]:
        yield reply(405)

    async def endpoint(_: Heard) -> AsyncIterator[bytes]:
        yield stream()
        yield event("/messages?id=1", event="endpoint")
        await anyio.sleep_forever()

    async with playing(shop(initialize=refuse, GET=endpoint)) as scene:
        lost = await scene.ask(0, "initialize")
        assert isinstance(lost, Lost)
        assert "HTTP+SSE transport of 2024-11-05" in lost.words
        assert "/mcp in place of /sse" in lost.words


async def test_a_batch_of_the_one_revision_that_has_them_goes_to_the_relay_whole() -> None:
    """2025-03-26 basic/index "Batching": the relay takes it apart."""

    async def several(request: Heard) -> AsyncIterator[bytes]:
        note = {"jsonrpc": "2.0", "method": "notifications/message", "params": {}}
        yield as_json([note, answer_of(request)])

    async with playing(shop(call=several)) as scene:
        await scene.handshake()
        scene.request(1, "tools/call", name="echo")
        await scene.ears.until(lambda: len(scene.ears.lines) == 2)
        assert [m.get("id") for m in scene.ears.messages[1]] == [None, 1]
        assert scene.ears.losses == []
