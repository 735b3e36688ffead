"""A session by the official Python SDK client: steps in, what the client got out."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio
import httpx2
from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import PromptReference
from pydantic import BaseModel

Step = list[Any]
Got = dict[str, Any]

PATIENCE = 30.0


async def session(
    argv: Sequence[str],
    env: Mapping[str, str],
    cwd: Path,
    *,
    mode: str,
    steps: Sequence[Step],
    errors: Path,
) -> Got:
    """Start the program, take the steps in order, and return what came back, as JSON."""
    start = StdioServerParameters(command=argv[0], args=list(argv[1:]), env=dict(env), cwd=cwd)
    with errors.open("w") as log, anyio.fail_after(PATIENCE):
        async with Client(stdio_client(start, log), mode=mode) as client:
            return await _got(client, steps)
    raise AssertionError("unreachable")


async def http_session(url: str, token: str | None, *, mode: str, steps: Sequence[Step]) -> Got:
    """The same with a server at a URL, and a token for it."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    with anyio.fail_after(PATIENCE):
        async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=PATIENCE) as wire:
            transport = streamable_http_client(url, http_client=wire)
            async with Client(transport, mode=mode) as client:
                return await _got(client, steps)
    raise AssertionError("unreachable")


async def _got(client: Client, steps: Sequence[Step]) -> Got:
    return {
        "era": client.protocol_version,
        "server": _json(client.server_info),
        "capabilities": _json(client.server_capabilities),
        "instructions": client.instructions,
        "steps": [await _attempt(client, step) for step in steps],
    }


async def _attempt(client: Client, step: Step) -> Any:
    operation, *given = step
    try:
        return await _OPERATIONS[operation](client, *given)
    except MCPError as error:
        return {"failed": error.error.message, "code": error.error.code, "data": error.error.data}


def _json(value: BaseModel | None) -> Any:
    return None if value is None else value.model_dump(mode="json", by_alias=True)


def _listing(method: str) -> Callable[[Client], Awaitable[Any]]:
    async def pages(client: Client) -> Any:
        found: list[Any] = []
        cursor = None
        while not found or cursor is not None:
            page = await getattr(client, method)(cursor=cursor)
            found.append(_json(page))
            cursor = page.next_cursor
        return found

    return pages


async def _call(client: Client, name: str, given: dict[str, Any]) -> Any:
    steps: list[tuple[float, float | None, str | None]] = []

    async def progress(
        progress: float, total: float | None = None, message: str | None = None
    ) -> None:
        steps.append((progress, total, message))

    result = await client.call_tool(name, given, progress_callback=progress)
    return {"result": _json(result), "progress": steps}


async def _read(client: Client, uri: str) -> Any:
    return _json(await client.read_resource(uri))


async def _prompt(client: Client, name: str, given: dict[str, str]) -> Any:
    return _json(await client.get_prompt(name, given))


async def _complete(client: Client, name: str, argument: dict[str, str]) -> Any:
    reference = PromptReference(type="ref/prompt", name=name)
    return _json(await client.complete(reference, argument))


_OPERATIONS: Mapping[str, Callable[..., Awaitable[Any]]] = {
    "tools": _listing("list_tools"),
    "resources": _listing("list_resources"),
    "templates": _listing("list_resource_templates"),
    "prompts": _listing("list_prompts"),
    "call": _call,
    "read": _read,
    "prompt": _prompt,
    "complete": _complete,
}
