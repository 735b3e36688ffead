"""Servers that mean harm: whatever one says, each request is answered once and the guard lives."""

import json
from collections.abc import AsyncIterator

import pytest

from localguard.remote.ports import Lost
from tests.remote.scene import playing
from tests.remote.scripted_http import Heard, as_json, error, reply, result
from tests.remote.shop import shop
from tests.remote.test_sender import Tokens

pytestmark = pytest.mark.anyio

DEEP = "[" * 400 + "]" * 400


def nested(message: object, mark: str) -> bytes:
    """A message with something deep in the place of the text `mark`."""
    return json.dumps(message).replace(json.dumps(mark), DEEP).encode()


async def test_an_error_that_is_nested_too_deep_ends_its_call_and_not_the_guard() -> None:
    """Attack: an error that can be read and not be written anew, by which a task would end."""

    async def deep(request: Heard) -> AsyncIterator[bytes]:
        said = error(request, -1, why="deep")
        yield reply(400, nested(said, "deep"), content_type="application/json")

    async with playing(shop(call=deep)) as scene:
        lost = await scene.call(1)
        assert isinstance(lost, Lost)
        assert "nested too deep" in lost.words
        assert isinstance(await scene.call(2), Lost)


async def test_a_list_that_is_nested_too_deep_is_left_to_the_relay() -> None:
    """Attack: the same by a list from which a tool has to be left out."""

    async def deep(request: Heard) -> AsyncIterator[bytes]:
        misnamed = {"name": "a", "inputSchema": {"x-mcp-header": "q"}}
        tools = [misnamed, {"name": "b", "inputSchema": "deep"}]
        yield reply(
            200, nested(result(request, tools=tools), "deep"), content_type="application/json"
        )

    async with playing(shop(list=deep)) as scene:
        await scene.ask_modern(1, "tools/list")
        await scene.ask_modern(2, "tools/list")


async def test_a_batch_answers_nothing_of_the_revision_without_batches() -> None:
    """Attack: the guard's own listing is answered by a batch, and so has no page."""

    async def script(request: Heard) -> AsyncIterator[bytes]:
        if request.about == "tools/list":
            yield as_json([result(request, tools=[])])
        else:
            yield as_json(error(request, -32020), 400)

    async with playing(script) as scene:
        lost = await scene.ask_modern(1, "tools/call", name="echo", arguments={})
        assert isinstance(lost, Lost)
        assert "another request" in lost.words


async def test_a_server_without_a_stream_of_its_own_keeps_its_session() -> None:
    """Attack, and many honest servers: 404 for GET, by which sessions would begin without end."""

    async def unknown(_: Heard) -> AsyncIterator[bytes]:
        yield reply(404, b"Cannot GET /mcp")

    async with playing(shop(GET=unknown)) as scene:
        await scene.handshake()
        await scene.server.until(lambda: len(scene.server.of("GET")) == 1)
        # Whatever came after the refusal would have begun before this is answered.
        for number in range(1, 6):
            await scene.call(number)
        assert len(scene.server.of("initialize")) == 1
        assert len(scene.server.of("GET")) == 1


async def test_a_fault_of_our_own_ends_one_call_and_no_other() -> None:
    """Promise: whatever localguard stumbles over, the other calls of the client go on."""

    class Stumbling(Tokens):
        async def token(self) -> str:
            if self.person == "ben":
                raise ZeroDivisionError
            return await super().token()

    tokens = Stumbling(person="ben")
    async with playing(shop(), bearer=tokens) as scene:
        lost = await scene.ask_modern(1, "tools/call", name="echo", arguments={})
        assert "ZeroDivisionError" in lost.words
        assert scene.ears.troubles == [lost.words]
        tokens.person = "ana"
        assert "result" in await scene.ask_modern(2, "tools/call", name="echo", arguments={})


async def test_interim_answers_come_to_an_end() -> None:
    """Attack: RFC 9110 section 15.2 has no bound for 1xx, and 101 would leave HTTP."""

    async def flood(_: Heard) -> AsyncIterator[bytes]:
        while True:
            yield b"HTTP/1.1 103 Early Hints\r\n\r\n" * 10

    async def switch(_: Heard) -> AsyncIterator[bytes]:
        yield b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"

    for script in (flood, switch):
        async with playing(shop(call=script)) as scene:
            assert isinstance(await scene.call(1), Lost)


async def test_an_answer_to_a_question_that_was_not_asked_yet_is_thrown_away() -> None:
    """Attack: a second answer behind the first, for whatever goes over the connection next."""

    async def two(request: Heard) -> AsyncIterator[bytes]:
        early = {"jsonrpc": "2.0", "id": request.message["id"] + 1, "result": {"early": True}}
        yield as_json(result(request)) + as_json(early)

    async with playing(shop(call=two)) as scene:
        await scene.call(1)
        assert (await scene.call(2))["result"] == {}
        assert len({one.connection for one in scene.server.of("tools/call")}) == 2


async def test_an_answer_with_two_lengths_is_read_as_chunks_and_by_nobody_after_it() -> None:
    """Attack: RFC 9112 section 6.3: Transfer-Encoding wins over a Content-Length that lies."""

    async def both(request: Heard) -> AsyncIterator[bytes]:
        body = json.dumps(result(request)).encode()
        head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n"
        coded = f"Transfer-Encoding: chunked\r\n\r\n{len(body):x};a=b\r\n"
        yield f"{head}{coded}".encode() + body + b"\r\n0\r\nX: trailer\r\n\r\n"

    async with playing(shop(call=both)) as scene:
        assert (await scene.call(1))["result"] == {}
