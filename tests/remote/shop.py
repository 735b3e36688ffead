"""Scripts of servers that behave, to be bent by tests: one of each era."""

from collections.abc import AsyncIterator, Callable

from tests.remote.scripted_http import END, Heard, Message, Script, as_json, event, reply, result
from tests.remote.scripted_http import stream as streaming

GREETING = {
    "protocolVersion": "2025-11-25",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "shop", "version": "1"},
}
Turn = Callable[[Heard], AsyncIterator[bytes]]


def answer_of(request: Heard) -> Message:
    """What a shop answers."""
    match request.about:
        case "initialize":
            return result(request, **GREETING)
        case "tools/list":
            return result(request, tools=[{"name": "echo", "inputSchema": {"type": "object"}}])
        case _:
            return result(request, content=[{"type": "text", "text": request.about}])


async def as_stream(message: Message) -> AsyncIterator[bytes]:
    """An answer as a stream that ends with it."""
    yield streaming()
    yield event(message)
    yield END


def shop(sse: bool = False, **turns: Turn) -> Script:
    """A legacy server. A turn, by the last word of its method, takes the place of what it does."""

    async def script(request: Heard) -> AsyncIterator[bytes]:
        turn = turns.get(request.about.rpartition("/")[2])
        asks = "id" in request.message and "method" in request.message
        if turn is not None:
            pieces = turn(request)
        elif sse and asks and request.about != "initialize":
            pieces = as_stream(answer_of(request))
        else:
            pieces = _whole(request, asks)
        async for piece in pieces:
            yield piece

    return script


async def _whole(request: Heard, asks: bool) -> AsyncIterator[bytes]:
    if request.about == "initialize":
        yield as_json(answer_of(request), mcp_session_id="s1")
    elif asks:
        yield as_json(answer_of(request))
    else:
        yield reply({"GET": 405, "DELETE": 204}.get(request.method, 202))
