"""A proxy on the official SDK: a server whose handlers ask a client. sdk_proxy.py COMMAND...

Only tools are passed on. Each message goes through the SDK's types, twice in either direction.
"""

import sys

import anyio
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server


async def main(command: str, *arguments: str) -> None:
    """Serve stdin and stdout until the client is done."""
    target = StdioServerParameters(command=command, args=list(arguments))
    async with Client(target, mode="legacy") as upstream, stdio_server() as wire:

        async def list_tools(_context, _params):
            return await upstream.list_tools()

        async def call_tool(_context, params):
            return await upstream.call_tool(params.name, params.arguments)

        server = Server("sdk-proxy", on_list_tools=list_tools, on_call_tool=call_tool)
        await server.run(*wire, server.create_initialization_options())


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])
