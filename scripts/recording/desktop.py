"""A desktop client as far as a guard can tell: starts what its file lists, and calls tools.

It has no model: what is to be called comes as JSON lines, and a line comes back for each result.
"""

import json
import os
import sys
import tomllib
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import Implementation


def entries(file: Path) -> dict[str, Any]:
    """The servers that a client's file lists."""
    text = file.read_text()
    found: dict[str, Any]
    if file.suffix == ".toml":
        found = tomllib.loads(text)["mcp_servers"]
    else:
        found = json.loads(text)["mcpServers"]
    return found


async def start(entry: dict[str, Any], name: str) -> Client:
    """A client of one server, not entered yet."""
    parameters = StdioServerParameters(
        command=entry["command"],
        args=entry.get("args", []),
        env={**os.environ, **entry.get("env", {})},
    )
    quiet = await to_thread.run_sync(open, os.devnull, "w")
    return Client(
        stdio_client(parameters, errlog=quiet), client_info=Implementation(name=name, version="1")
    )


async def main(name: str, file: Path) -> None:
    """Serve calls until the input ends."""
    async with anyio.create_task_group() as group, AsyncExitStack() as stack:
        clients = {}
        for server, entry in entries(file).items():
            clients[server] = await stack.enter_async_context(await start(entry, name))
            await clients[server].list_tools()
        print(json.dumps({"ready": sorted(clients)}), flush=True)
        while line := await to_thread.run_sync(sys.stdin.readline):
            asked = json.loads(line)
            group.start_soon(_call, clients[asked["server"]], asked["tool"], asked["arguments"])


async def _call(client: Client, tool: str, arguments: dict[str, Any]) -> None:
    result = await client.call_tool(tool, arguments)
    texts = [part.text for part in result.content if part.type == "text"]
    said = {"tool": tool, "failed": bool(result.is_error), "text": "\n".join(texts)}
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], Path(sys.argv[2]))
