"""Servers that fail or do harm: each request ends exactly once, in words that say what to do."""

import gzip
import zlib
from collections.abc import AsyncIterator

import anyio
import pytest

from localguard.remote.ports import Lost
from tests.remote.scene import Scene, playing
from tests.remote.scripted_http import CUT, END, Heard, as_json, chunk, event, reply, stream
from tests.remote.shop import Turn, answer_of, shop

GOOD = b'{"jsonrpc":"2.0","id":1,"result":{"content":[]}}'
BOMB = 65 * 1024 * 1024


def says(*pieces: bytes) -> Turn:
    """A turn that sends these pieces."""

    async def turn(_: Heard) -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return turn


async def lost_by(turn: Turn) -> Lost:
    """How a call ends that a server answers so; another call works after it."""
    async with playing(shop(call=turn)) as scene:
        await scene.handshake()
        lost = await scene.call(1)
        await _goes_on(scene)
        assert isinstance(lost, Lost)
        assert len(scene.ears.answers(1)) == 1
        assert len(scene.server.of("tools/call")) == 1, "never twice"
        return lost


async def _goes_on(scene: Scene) -> None:
    assert "result" in await scene.ask(99, "tools/list")


@pytest.mark.parametrize(
    ("answer", "words", "unknown"),
    [
        (reply(500), "failed (HTTP 500)", True),
        (reply(502, b"<html>"), "failed (HTTP 502)", True),
        (reply(503, Retry_After="7"), "asks to wait (HTTP 503, for 7 s)", False),
        (reply(429, Retry_After="\x1b[2J"), "asks to wait (HTTP 429)", False),
        (reply(413), "takes no request so large", False),
        (reply(405), "no MCP endpoint there (HTTP 405)", False),
        (reply(418), "refuses the request (HTTP 418)", False),
        (reply(401), 'add auth = "oauth"', False),
        (reply(403), "forbids that (HTTP 403)", False),
        (reply(202), "announces no answer", True),
        (reply(200, b"<html>", content_type="text/html"), "answered with text/html", True),
        (reply(200, GOOD), "answered with no type", True),
        (reply(200, GOOD, content_type="application/json, text/html"), "which is neither", True),
        (reply(200, b"{", content_type="application/json"), "answered what is no JSON", True),
        (reply(200, b"\xff", content_type="application/json"), "no JSON", True),
        (reply(200, GOOD[:-1] + b',"id":2}', content_type="application/json"), "another", True),
        (reply(200, b'{"jsonrpc":"2.0","id":"1","result":{}}', content_type="application/json"),
         "answered another request", True),
        (reply(200, b'{"jsonrpc":"2.0","id":1.0,"result":{}}', content_type="application/json"),
         "answered another request", True),
        (reply(200, b'{"jsonrpc":"2.0","id":true,"result":{}}', content_type="application/json"),
         "answered another request", True),
        (reply(200, b"[]", content_type="application/json"), "answered another request", True),
        (CUT, "closed the connection before it answered", True),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "broke", True),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "no HTTP", True),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{",
         "within its answer", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", "no HTTP", True),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", "64 KiB", True),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 30, "does not come to its answer", True),
    ],
)  # fmt: skip
async def test_an_answer_that_is_none_is_told_in_words(
    answer: bytes, words: str, unknown: bool
) -> None:
    """Promise: every failure says what happened; `unknown` is whether it may have been done."""
    lost = await lost_by(says(answer, CUT))
    assert words in lost.words
    assert lost.unknown is unknown
    assert "127.0.0.1" in lost.words
    assert "Fix: " in lost.words
    assert lost.words.isprintable()


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ([event({"jsonrpc": "2.0", "id": 2, "result": {}}), END], "answered another request"),
        ([event("no json"), END], "answered what is no JSON"),
        ([chunk(b"data: x"), CUT], "broke its answer off"),
        ([END], "broke its answer off"),
        ([b"zz\r\n"], "broke its answer off"),
    ],
)
async def test_a_stream_that_does_not_answer_is_told_in_words(
    pieces: list[bytes], words: str
) -> None:
    """A wrong id, no JSON, a cut, an early end, no chunk: the outcome is unknown."""
    lost = await lost_by(says(stream(), *pieces, CUT))
    assert words in lost.words
    assert lost.unknown


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize("media", ["application/json", "text/event-stream"])
async def test_a_small_body_that_becomes_a_large_one_is_given_up(coding: str, media: str) -> None:
    """Attack: 64 KiB that become 65 MiB; memory stays bounded and the next call works."""
    packed = (gzip.compress if coding == "gzip" else zlib.compress)(b" " * BOMB, 9)
    body = reply(200, packed, content_type=media, content_encoding=coding)
    lost = await lost_by(says(body))
    assert "more than 64 MiB" in lost.words


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "gzip"])
async def test_a_coding_that_cannot_be_undone_is_told(coding: str) -> None:
    """What was not asked for (`Accept-Encoding: gzip, deflate`), and what is not what it says."""
    lost = await lost_by(
        says(reply(200, GOOD, content_type="application/json", content_encoding=coding))
    )
    assert "in a coding that cannot be undone" in lost.words


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(GOOD)),
        ("gzip", gzip.compress(GOOD[:9]) + gzip.compress(GOOD[9:])),
        ("deflate", zlib.compress(GOOD)),
        ("deflate", zlib.compress(GOOD)[2:-4]),
        ("identity", GOOD),
    ],
)
async def test_the_codings_that_are_asked_for_are_undone(coding: str, body: bytes) -> None:
    """RFC 9110 section 8.4.1, with the deflate that some servers send."""
    answer = reply(200, body, content_type="application/json", content_encoding=coding)
    async with playing(shop(call=says(answer))) as scene:
        await scene.handshake()
        assert (await scene.call(1))["result"] == {"content": []}
        assert scene.server.of("tools/call")[0].headers["accept-encoding"] == "gzip, deflate"


async def test_an_answer_in_the_smallest_pieces_is_whole() -> None:
    """A stream cut at every byte, its chunks and its lines, too."""
    answer = b'id: 1\r\ndata: {"jsonrpc":"2.0",\r\ndata: "id":1,"result":{}}\r\n\r\n'
    pieces = [chunk(bytes([byte])) for byte in answer]
    async with playing(shop(call=says(stream(), *pieces, END))) as scene:
        await scene.handshake()
        assert (await scene.call(1))["result"] == {}


async def test_a_server_that_dribbles_stalls_only_its_own_call() -> None:
    """Slow loris: others go on, and cancelling closes its connection."""

    async def dribble(_: Heard) -> AsyncIterator[bytes]:
        for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1000:
            yield bytes([byte])
            await anyio.sleep(0.05)

    async with playing(shop(call=dribble)) as scene:
        await scene.handshake()
        scene.request(1, "tools/call", name="echo")
        await _goes_on(scene)
        scene.note("notifications/cancelled", requestId=1)
        await scene.server.until(lambda: scene.server.closed == 1)


async def test_a_server_that_is_not_there_is_told_once_and_again_when_it_is_back() -> None:
    """Promise: the person is told that a server is out of reach, not with each call."""
    async with playing(shop(), url=lambda _: "http://127.0.0.1:1/mcp") as scene:
        for id_ in (1, 2):
            lost = await scene.ask(id_, "tools/list")
            assert isinstance(lost, Lost)
            assert not lost.unknown
            assert "cannot be reached" in lost.words
            assert "nothing was asked of it" in lost.words
        assert len(scene.ears.troubles) == 1


async def test_a_name_that_nobody_knows_is_told() -> None:
    """RFC 6761 section 6.4: `invalid` never resolves."""
    async with playing(shop(), url=lambda _: "https://shop.invalid/mcp") as scene:
        lost = await scene.ask(1, "tools/list")
        assert isinstance(lost, Lost)
        assert "cannot be reached" in lost.words


async def test_what_the_client_does_not_take_is_not_read() -> None:
    """Promise: the server feels it when a client is slow."""
    told = {"jsonrpc": "2.0", "method": "notifications/message", "params": {}}

    async def telling(request: Heard) -> AsyncIterator[bytes]:
        yield stream()
        yield event(told)
        yield event(answer_of(request))
        yield END

    async with playing(shop(call=telling)) as scene:
        await scene.handshake()
        scene.remote.pause()
        scene.request(1, "tools/call", name="echo")
        await scene.server.until(lambda: bool(scene.server.of("tools/call")))
        assert len(scene.ears.lines) == 1
        scene.remote.resume()
        assert "result" in await scene.ears.answer(1)
        assert told in scene.ears.messages


async def test_whoever_feeds_a_server_that_takes_nothing_is_paused() -> None:
    """Promise: what waits for a server is bounded, and cancelling still works."""
    go = anyio.Event()

    async def late(request: Heard) -> AsyncIterator[bytes]:
        await go.wait()
        yield as_json(answer_of(request))

    async with playing(shop(initialize=late)) as scene:
        scene.request(0, "initialize")
        scene.request(1, "tools/call", name="echo", arguments={"x": "x" * 2_000_000})
        assert scene.slow == [True]
        go.set()
        await scene.ears.answer(1)
        assert scene.slow == [True, False]
        await scene.remote.drained()
