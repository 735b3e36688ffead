"""Servers with a URL behind a real guard: what breaks there, and what client and log see of it."""

import re
import time
from collections.abc import AsyncIterator, Callable

import anyio
import pytest

from tests.providers.mcp_http import HttpServer
from tests.remote.scripted_http import CUT, Heard, as_json, event, in_thread, reply, stream
from tests.remote.shop import answer_of, shop
from tests.ways.home import ALL
from tests.ways.stage import Stage
from tests.ways.test_start_weight import HEAVY, unmeasured
from tests.ways.wire import Wire


def guard(stage: Stage, url: str) -> Wire:
    """A guard before the server of a URL."""
    return stage.run("--name", "shop", "--url", url)


def statuses(stage: Stage) -> list[str]:
    """The outcomes in the log, in order."""
    return [record["status"] for record in stage.home.records("outcome")]


async def never(_: Heard) -> AsyncIterator[bytes]:
    """A server that does not answer."""
    await anyio.sleep_forever()
    yield b""


async def cut(_: Heard) -> AsyncIterator[bytes]:
    """A stream that breaks off."""
    yield stream()
    yield event({"jsonrpc": "2.0", "method": "notifications/message", "params": {}})
    yield CUT


def test_a_call_whose_stream_breaks_is_an_unknown_outcome_in_the_log(stage: Stage) -> None:
    """Promise: each once, each answered; what may have been done is recorded as unknown."""
    with in_thread(shop(call=cut)) as server:
        wire = guard(stage, server.url)
        wire.handshake()
        answer = wire.call("echo")
        assert answer["error"]["code"] == 1002
        assert "is unknown" in answer["error"]["message"]
        assert wire.finish() == 0
        assert len(server.of("tools/call")) == 1
    assert statuses(stage) == ["unknown"]


def test_a_call_that_was_refused_before_it_was_done_is_an_error_in_the_log(stage: Stage) -> None:
    """A 503 and a 401 say that nothing was carried out."""

    async def busy(_: Heard) -> AsyncIterator[bytes]:
        yield reply(503)

    with in_thread(shop(call=busy)) as server:
        wire = guard(stage, server.url)
        wire.handshake()
        assert "asks to wait" in wire.call("echo")["error"]["message"]
        assert wire.finish() == 0
    assert statuses(stage) == ["error"]


def test_a_guard_is_gone_in_less_than_two_seconds_whatever_hangs(stage: Stage) -> None:
    """Promise: clients kill after 2 s; a call, the stream and DELETE hang, and all is answered."""
    with in_thread(shop(call=never, GET=never, DELETE=never)) as server:
        wire = guard(stage, server.url)
        wire.handshake()
        call = wire.start_call("echo")
        server.wait_for("tools/call")
        begun = time.monotonic()
        assert wire.finish() == 0
        assert time.monotonic() - begun < 2.0
        assert "error" in wire.answers(call)[0]
    assert statuses(stage) == ["lost"]


def test_what_was_asked_last_is_answered_before_the_end(stage: Stage) -> None:
    """Promise: a client that writes all and closes gets its answers, as from a process."""
    with in_thread(shop(sse=True)) as server:
        wire = guard(stage, server.url)
        wire.handshake()
        calls = [wire.start_call("echo", n=n) for n in range(20)]
        assert wire.finish() == 0
        assert all("result" in wire.answers(call)[0] for call in calls)
        assert len(server.of("DELETE")) == 1


def test_calls_stay_side_by_side(stage: Stage) -> None:
    """Promise: four calls of one second take less than one and a half."""

    async def slow(request: Heard) -> AsyncIterator[bytes]:
        await anyio.sleep(1.0)
        yield as_json(answer_of(request))

    with in_thread(shop(call=slow)) as server:
        wire = guard(stage, server.url)
        wire.handshake()
        wire.ask("tools/list")
        begun = time.monotonic()
        calls = [wire.start_call("echo", n=n) for n in range(4)]
        for call in calls:
            assert "result" in wire.answer(call)
        assert time.monotonic() - begun < 1.5
        assert wire.finish() == 0


def test_a_server_that_is_not_there_is_told_to_client_and_person(stage: Stage) -> None:
    """Promise: every message says what happened and what to do; the person is told on stderr."""
    wire = guard(stage, "http://127.0.0.1:1/mcp")
    answer = wire.handshake()
    assert "cannot be reached" in answer["error"]["message"]
    assert "check that it runs" in answer["error"]["message"]
    assert wire.finish() == 0
    assert "cannot be reached" in wire.complaints()
    (event_,) = stage.home.until("server", event="unresponsive")
    assert "cannot be reached" in event_["detail"]


def test_a_profile_that_moves_a_server_has_the_guard_speak_to_the_new_one(stage: Stage) -> None:
    """Promise: when a switch changes a server's definition, its handshake is replayed."""
    with in_thread(shop()) as first, in_thread(shop()) as second:
        stage.home.write("all", f'{ALL}[servers.shop]\nurl = "{first.url}"\n')
        wire = stage.run("shop")
        wire.handshake()
        assert "result" in wire.call("echo")
        stage.home.write("all", f'{ALL}[servers.shop]\nurl = "{second.url}"\n')
        second.wait_for("tools/list")
        again, hello = second.of("initialize")[0], first.of("initialize")[0]
        assert again.message["params"] == hello.message["params"]
        assert len(first.of("DELETE")) == 1
        answer = wire.call("echo")["result"]["content"][0]["text"]
        assert "NOT EXECUTED" in answer, "another server is another identity: its tools are new"
        assert second.of("tools/call") == []
        assert wire.finish() == 0


def test_a_session_that_the_server_forgot_goes_on_and_its_tools_are_listed_anew(
    stage: Stage,
) -> None:
    """Promise: 404, a new session; what was pinned is looked at again before the next call."""
    sessions: list[str] = []

    async def begin(request: Heard) -> AsyncIterator[bytes]:
        sessions.append(f"s{len(sessions) + 1}")
        yield as_json(answer_of(request), mcp_session_id=sessions[-1])

    forgotten = False

    async def script(request: Heard) -> AsyncIterator[bytes]:
        if forgotten and request.headers.get("mcp-session-id") == "s1":
            yield reply(404)
            return
        async for piece in shop(initialize=begin)(request):
            yield piece

    with in_thread(script) as server:
        wire = guard(stage, server.url)
        wire.handshake()
        assert "result" in wire.call("echo")
        listings = len(server.of("tools/list"))
        forgotten = True
        assert "result" in wire.call("echo")
        assert "result" in wire.call("echo")
        assert sessions == ["s1", "s2"]
        assert len(server.of("tools/list")) > listings
        assert wire.finish() == 0
    assert statuses(stage) == ["ok", "ok", "ok"]


def test_what_the_profile_denies_never_reaches_the_server(stage: Stage) -> None:
    """Promise: the relay's session, gate and pins apply to a URL as they do to a process."""
    stage.home.write("all", f'{ALL}[[rule]]\ndeny = "shop/echo"\n')
    with in_thread(shop()) as server:
        wire = guard(stage, server.url)
        wire.handshake()
        assert wire.ask("tools/list")["result"]["tools"] == []
        assert wire.call("echo")["result"]["isError"] is True
        assert server.of("tools/call") == []
        assert wire.finish() == 0


def test_a_guard_with_a_url_loads_what_speaks_http_and_nothing_heavy_beside(stage: Stage) -> None:
    """Promise: nothing of sign-ins, the vault's cipher or the SDK where no token is asked for."""
    unmeasured(stage)
    with in_thread(shop()) as server:
        command = stage.home.argv("--name", "shop", "--url", server.url)
        wire = stage.start([command[0], "-X", "importtime", *command[1:]])
        wire.handshake()
        assert "result" in wire.call("echo")
        assert wire.finish() == 0
    loaded = {name.strip() for name in re.findall(r"\|([^|\n]+)$", wire.complaints(), re.MULTILINE)}
    assert "localguard.remote.server" in loaded
    assert {name for name in loaded if name.partition(".")[0] in HEAVY - {"h11"}} == set()


@pytest.mark.parametrize("json", [False, True], ids=["sse", "json"])
def test_the_sdks_server_started_anew_goes_on_for_the_client(
    stage: Stage, http_servers: Callable[..., HttpServer], json: bool
) -> None:
    """Promise: a restart costs no call that was not on its way; real server, both answers."""
    first = http_servers(json=json)
    wire = guard(stage, first.url)
    wire.handshake()
    assert wire.call("echo", text="a")["result"]["content"][0]["text"] == "a"
    first.stop()
    assert "cannot be reached" in wire.call("echo", text="b")["error"]["message"]
    second = http_servers(json=json, port=first.port)
    assert second.url == first.url
    answers = [wire.answer(wire.start_call("echo", text="c")) for _ in range(2)]
    assert [answer["result"]["content"][0]["text"] for answer in answers] == ["c", "c"]
    assert wire.finish() == 0
    assert statuses(stage) == ["ok", "error", "ok", "ok"]


def test_an_answer_of_the_sdks_server_that_is_cut_is_unknown_and_asked_once(
    stage: Stage, http_servers: Callable[..., HttpServer]
) -> None:
    """Promise: SSE cut with a real server; each once, each answered."""
    server = http_servers()
    wire = guard(stage, server.url)
    wire.handshake()
    wire.call("echo", text="a")
    server.change(cut=1)
    assert "error" in wire.call("echo", text="b")
    assert wire.call("echo", text="c")["result"]["content"][0]["text"] == "c"
    assert wire.finish() == 0
    assert server.requests("POST tools/call") == 3
    assert statuses(stage) == ["ok", "unknown", "ok"]
