"""What goes wrong between a guard and a server with a URL: each call is made once, and answered."""

import json
import time
from collections.abc import Callable, Generator

import pytest

from tests.providers.mcp_http import HttpServer
from tests.servers import odd_http
from tests.servers.odd_http import Odd
from tests.ways.home import ALL
from tests.ways.signing import is_refused, text_of
from tests.ways.stage import Stage
from tests.ways.wire import Wire

Servers = Callable[..., HttpServer]


@pytest.fixture
def odd() -> Generator[Odd]:
    """A server that answers as no server should."""
    with odd_http.started() as server:
        yield server


def guarded(stage: Stage, url: str) -> Wire:
    stage.home.write("all", f'{ALL}[servers.web]\nurl = "{url}"\n')
    wire = stage.run("web")
    wire.handshake()
    wire.ask("tools/list")
    return wire


def outcomes(stage: Stage) -> int:
    """Calls of the log, each of which has its outcome."""
    intents = {record["call"] for record in stage.home.records("intent")}
    assert intents == {record["call"] for record in stage.home.records("outcome")}
    return len(intents)


@pytest.mark.parametrize("json_", [False, True], ids=["sse", "json"])
def test_an_answer_that_breaks_off_is_told_and_the_call_not_repeated(
    stage: Stage, http_servers: Servers, json_: bool
) -> None:
    """MCP transports: a call may have been done; to make it again is the client's to decide."""
    server = http_servers(json=json_)
    wire = guarded(stage, server.url)
    server.change(cut=1)
    broken = wire.call("echo", text="x")
    assert is_refused(broken)
    assert server.requests("POST tools/call") == 1
    assert text_of(wire.call("echo", text="y")) == "y"
    assert server.requests("POST tools/call") == 2
    assert outcomes(stage) == 2


def test_a_server_that_was_started_anew_gets_its_handshake_again(
    stage: Stage, http_servers: Servers
) -> None:
    """MCP: 404 for a session that is no more; the guard opens another, the client notices none."""
    server = http_servers()
    wire = guarded(stage, server.url)
    assert text_of(wire.call("echo", text="one")) == "one"
    server.stop()
    assert is_refused(wire.call("echo", text="nobody"))
    again = http_servers(port=server.port)
    assert text_of(wire.call("echo", text="two")) == "two"
    assert again.requests("POST initialize") == 1
    assert outcomes(stage) == 3


@pytest.mark.parametrize("json_", [False, True], ids=["sse", "json"])
def test_calls_at_once_do_not_wait_for_one_another(
    stage: Stage, http_servers: Servers, json_: bool
) -> None:
    """Promise: four calls of a second each in less than one and a half."""
    wire = guarded(stage, http_servers(json=json_).url)
    started = time.monotonic()
    for id_ in [wire.start_call("slow", seconds=1) for _ in range(4)]:
        assert text_of(wire.answer(id_)) == "took 1.0 s"
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize("tool", ["bomb", "another_id", "garbage", "empty", "redirected", "page"])
def test_an_answer_that_is_none_is_told_once(stage: Stage, odd: Odd, tool: str) -> None:
    """Attack: what a server sends instead of an answer; the next call goes on as ever."""
    wire = guarded(stage, odd.url)
    got = wire.call(tool)
    assert is_refused(got)
    assert "evil.test" not in json.dumps(got)
    assert text_of(wire.call("fine")) == "fine"
    assert odd.calls == [tool, "fine"]
    assert odd.elsewhere == 0
    assert wire.peak() < 200
    assert outcomes(stage) == 2


def test_a_second_answer_to_one_call_goes_nowhere(stage: Stage, odd: Odd) -> None:
    """JSON-RPC: one answer to each id; the stage counts them."""
    wire = guarded(stage, odd.url)
    assert text_of(wire.call("twice")) == "one"
    assert text_of(wire.call("fine")) == "fine"


def test_a_call_that_is_cancelled_leaves_the_connection(stage: Stage, odd: Odd) -> None:
    """MCP: a client that cancels gets on with others."""
    wire = guarded(stage, odd.url)
    id_ = wire.start_call("endless")
    wire.notify("notifications/cancelled", {"requestId": id_})
    assert text_of(wire.call("fine")) == "fine"
    stage.gone = True


def test_the_end_of_the_client_is_the_end_of_the_guard(stage: Stage, odd: Odd) -> None:
    """Clients kill two seconds after they have closed stdin; a call in flight does not delay it."""
    wire = guarded(stage, odd.url)
    wire.start_call("endless")
    started = time.monotonic()
    assert wire.finish() == 0
    assert time.monotonic() - started < 2
    stage.gone = True
