"""The tools of the official conformance suite that ask nothing, by the names it knows.

It knows nothing of localguard.
"""

import json
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import anyio
from mcp.server.session import ServerSession
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    PromptsListChanged,
    ServerEvent,
    ToolsListChanged,
)
from mcp_types import (
    AudioContent,
    CallToolRequestParams,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    InputRequiredResult,
    RequestId,
    TextContent,
    TextResourceContents,
    Tool,
)

from tests.conformance.schemas import ROUND_TRIP

Outcome = CallToolResult | InputRequiredResult


@dataclass(frozen=True, slots=True)
class Call:
    """One tools/call: what is asked, and the way back to who asked."""

    id: RequestId
    params: CallToolRequestParams
    session: ServerSession
    events: InMemorySubscriptionBus

    def argument(self, name: str) -> str:
        """An argument that has to be there."""
        return str((self.params.arguments or {})[name])


Handler = Callable[[Call], Awaitable[Outcome]]
TOOLS: dict[str, Tool] = {}
HANDLERS: dict[str, Handler] = {}


def offer(name: str, schema: dict[str, Any] | None = None) -> Callable[[Handler], Handler]:
    """Offer a function as the tool of this name."""

    def keep(handler: Handler) -> Handler:
        TOOLS[name] = Tool(
            name=name, description=handler.__doc__, input_schema=schema or {"type": "object"}
        )
        HANDLERS[name] = handler
        return handler

    return keep


def content(*blocks: ContentBlock) -> CallToolResult:
    """A result that is complete."""
    return CallToolResult(content=list(blocks))


def text(words: str) -> TextContent:
    """A block of text."""
    return TextContent(type="text", text=words)


def image() -> ImageContent:
    """An image, as far as anybody here looks at it."""
    return ImageContent(
        type="image", data=b64encode(b"\x89PNG\r\n\x1a\n").decode(), mime_type="image/png"
    )


def resource(uri: str, kind: str, words: str) -> EmbeddedResource:
    """A resource inside a result or a prompt."""
    inner = TextResourceContents(uri=uri, mime_type=kind, text=words)
    return EmbeddedResource(type="resource", resource=inner)


@offer("test_simple_text")
async def simple_text(_: Call) -> Outcome:
    """Answers with text."""
    return content(text("This is a simple text response for testing."))


@offer("test_image_content")
async def image_content(_: Call) -> Outcome:
    """Answers with an image."""
    return content(image())


@offer("test_audio_content")
async def audio_content(_: Call) -> Outcome:
    """Answers with a sound."""
    data = b64encode(b"RIFF\0\0\0\0WAVE").decode()
    return content(AudioContent(type="audio", data=data, mime_type="audio/wav"))


@offer("test_embedded_resource")
async def embedded_resource(_: Call) -> Outcome:
    """Answers with a resource."""
    return content(resource("test://embedded-resource", "text/plain", "An embedded resource."))


@offer("test_multiple_content_types")
async def multiple_content_types(_: Call) -> Outcome:
    """Answers with text, an image and a resource."""
    mixed = resource("test://mixed-content-resource", "application/json", '{"test": "data"}')
    return content(text("Several types:"), image(), mixed)


@offer("json_schema_2020_12_tool", ROUND_TRIP)
async def json_schema(call: Call) -> Outcome:
    """Takes what a schema with many keywords describes."""
    return content(text(json.dumps(call.params.arguments)))


@offer("test_error_handling")
async def error_handling(_: Call) -> Outcome:
    """Fails, always."""
    return CallToolResult(content=[text("This tool fails on purpose.")], is_error=True)


@offer("test_tool_with_progress")
async def tool_with_progress(call: Call) -> Outcome:
    """Reports each step as progress."""
    for progress in (0, 50, 100):
        await call.session.report_progress(progress, 100)
        await anyio.sleep(0.05)
    return content(text("Three steps were taken."))


@offer("test_tool_with_logging")
async def tool_with_logging(call: Call) -> Outcome:
    """Writes three lines to the client's log."""
    for words in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await log(call, words)
        await anyio.sleep(0.05)
    return content(text("Three lines were logged."))


@offer("test_logging_tool")
async def logging_tool(call: Call) -> Outcome:
    """Writes to the client's log, if the request wants that."""
    await log(call, "A line for who asked for it.")
    return content(text("One line was logged, or none."))


async def log(call: Call, words: str) -> None:
    """One line on the stream of the call."""
    await call.session.send_log_message("info", words, related_request_id=call.id)  # type: ignore[deprecated]


def offer_trigger(kind: str, event: ServerEvent) -> None:
    """Offer a tool after which a list counts as changed."""

    @offer(f"test_trigger_{kind}_change")
    async def trigger(call: Call) -> Outcome:
        """Says that a list has changed."""
        await call.events.publish(event)
        return content(text("It was said."))


offer_trigger("tool", ToolsListChanged())
offer_trigger("prompt", PromptsListChanged())
