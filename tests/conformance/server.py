"""A server that offers over stdio what the official conformance suite asks for, in both eras.

Run as `python -m tests.conformance.server`. It stands on the official Python SDK and knows nothing
of localguard.
"""

from base64 import b64encode
from typing import Any

import anyio
from mcp import MCPError
from mcp.server import Server
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.stdio import stdio_server
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp_types import (
    INVALID_PARAMS,
    BlobResourceContents,
    CallToolRequestParams,
    CompleteRequestParams,
    CompleteResult,
    Completion,
    ContentBlock,
    EmptyResult,
    GetPromptRequestParams,
    GetPromptResult,
    InputRequiredResult,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    Prompt,
    PromptArgument,
    PromptMessage,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    SetLevelRequestParams,
    SubscribeRequestParams,
    TextResourceContents,
    UnsubscribeRequestParams,
)

from tests.conformance.asking import question
from tests.conformance.tools import HANDLERS, TOOLS, Call, Outcome, image, resource, text

Context = ServerRequestContext[Any, Any]
Page = PaginatedRequestParams | None

EVENTS = InMemorySubscriptionBus()
CACHEABLE: tuple[CacheableMethod, ...] = (
    "tools/list",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
    "resources/read",
)
CONTEXT = question("What context should the prompt use?", context={"type": "string"})


async def list_tools(_: Context, __: Page) -> ListToolsResult:
    return ListToolsResult(tools=list(TOOLS.values()))


async def call_tool(context: Context, params: CallToolRequestParams) -> Outcome:
    if params.name not in HANDLERS or context.request_id is None:
        raise MCPError(INVALID_PARAMS, f"Unknown tool: {params.name}")
    return await HANDLERS[params.name](Call(context.request_id, params, context.session, EVENTS))


async def list_resources(_: Context, __: Page) -> ListResourcesResult:
    kinds = {"static-text": "text/plain", "static-binary": "image/png", "watched-resource": "text"}
    found = [
        Resource(uri=f"test://{name}", name=name, description=f"The {name}.", mime_type=kind)
        for name, kind in kinds.items()
    ]
    return ListResourcesResult(resources=found)


async def list_templates(_: Context, __: Page) -> ListResourceTemplatesResult:
    template = ResourceTemplate(
        uri_template="test://template/{id}/data", name="template", description="Data by its id."
    )
    return ListResourceTemplatesResult(resource_templates=[template])


async def read_resource(_: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
    return ReadResourceResult(contents=[read(params.uri)])


def read(uri: str) -> TextResourceContents | BlobResourceContents:
    match uri.removeprefix("test://").split("/"):
        case ["static-text"] | ["watched-resource"]:
            return TextResourceContents(uri=uri, mime_type="text/plain", text="A text.")
        case ["static-binary"]:
            blob = b64encode(b"\x89PNG\r\n\x1a\n").decode()
            return BlobResourceContents(uri=uri, mime_type="image/png", blob=blob)
        case ["template", id_, "data"]:
            data = f'{{"id": "{id_}"}}'
            return TextResourceContents(uri=uri, mime_type="application/json", text=data)
        case _:
            raise MCPError(INVALID_PARAMS, "Resource not found", {"uri": uri})


async def list_prompts(_: Context, __: Page) -> ListPromptsResult:
    arguments = {
        "test_simple_prompt": [],
        "test_prompt_with_arguments": ["arg1", "arg2"],
        "test_prompt_with_embedded_resource": ["resourceUri"],
        "test_prompt_with_image": [],
        "test_input_required_result_prompt": [],
    }
    found = [
        Prompt(
            name=name,
            description=f"The prompt {name}.",
            arguments=[PromptArgument(name=word, required=True) for word in words],
        )
        for name, words in arguments.items()
    ]
    return ListPromptsResult(prompts=found)


async def get_prompt(
    _: Context, params: GetPromptRequestParams
) -> GetPromptResult | InputRequiredResult:
    given = params.arguments or {}
    match params.name:
        case "test_simple_prompt":
            return prompt(text("This is a simple prompt for testing."))
        case "test_prompt_with_arguments":
            return prompt(text(f"arg1={given['arg1']!r}, arg2={given['arg2']!r}"))
        case "test_prompt_with_embedded_resource":
            return prompt(resource(given["resourceUri"], "text/plain", "Embedded."), text("See."))
        case "test_prompt_with_image":
            return prompt(image(), text("Please look at the image above."))
        case "test_input_required_result_prompt" if params.input_responses:
            return prompt(text("A prompt in its context."))
        case "test_input_required_result_prompt":
            return InputRequiredResult(input_requests={"user_context": CONTEXT})
        case _:
            raise MCPError(INVALID_PARAMS, f"Unknown prompt: {params.name}")


def prompt(*blocks: ContentBlock) -> GetPromptResult:
    return GetPromptResult(messages=[PromptMessage(role="user", content=b) for b in blocks])


async def complete(_: Context, params: CompleteRequestParams) -> CompleteResult:
    return CompleteResult(completion=Completion(values=[f"{params.argument.value}-one"], total=1))


async def accept(
    _: Context, __: SetLevelRequestParams | SubscribeRequestParams | UnsubscribeRequestParams
) -> EmptyResult:
    return EmptyResult()


server = Server(
    "conformance",
    version="1.0",
    cache_hints={method: CacheHint(ttl_ms=60_000, scope="public") for method in CACHEABLE},
    on_list_tools=list_tools,
    on_call_tool=call_tool,
    on_list_resources=list_resources,
    on_list_resource_templates=list_templates,
    on_read_resource=read_resource,
    on_subscribe_resource=accept,
    on_unsubscribe_resource=accept,
    on_subscriptions_listen=ListenHandler(EVENTS),
    on_list_prompts=list_prompts,
    on_get_prompt=get_prompt,
    on_completion=complete,
)
server.add_request_handler("logging/setLevel", SetLevelRequestParams, accept)
server.middleware.append(
    RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience="conformance")
)


async def main() -> None:
    """Serve until stdin ends."""
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


if __name__ == "__main__":
    anyio.run(main)
