"""Calls by the official Python SDK, as they are asked for: as in `calling.mjs`, with its plan.

What it cannot say of its own accord is how long it waits, and what the SDK complained about.
"""

import json
import os
import sys
from typing import Any

import anyio
from anyio import to_thread
from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import Implementation

Message = dict[str, Any]


def say(message: Message) -> None:
    """One line of the output."""
    os.write(1, json.dumps(message).encode() + b"\n")


async def told(progress: float, total: float | None, message: str | None) -> None:
    """What the client hears while it waits."""
    say({"method": "told", "params": {"progress": progress, "total": total, "message": message}})


async def answered(client: Client, id_: int, given: Message) -> None:
    """One call and what became of it."""
    try:
        result = await client.call_tool(given["tool"], given["given"], progress_callback=told)
    except MCPError as error:
        say({"id": id_, "result": {"failed": error.error.message}})
        return
    say({"id": id_, "result": result.model_dump(mode="json", by_alias=True, exclude_none=True)})


async def main() -> None:
    plan = json.loads(sys.argv[1])
    start = StdioServerParameters(
        **{name: plan[name] for name in ("command", "args", "env", "cwd")}
    )
    me = Implementation(name="tests", version="1.0")
    async with (
        Client(stdio_client(start), client_info=me) as client,
        anyio.create_task_group() as group,
    ):
        while line := await to_thread.run_sync(sys.stdin.readline):
            asked = json.loads(line)
            if asked["method"] == "errors":
                say({"id": asked["id"], "result": []})
            else:
                group.start_soon(answered, client, asked["id"], asked["params"])


if __name__ == "__main__":
    anyio.run(main)
