"""A proxy on the official SDK: a server whose handlers ask a client.

Run as sdk_proxy.py MODE URL, or COMMAND... in place of the URL. MODE is "legacy", or the version
whose requests stand alone. Only tools are passed on. Each message goes through the SDK's types,
twice in either direction.
"""

import sys

import anyio
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server


async def main(mode: str, server: str, *arguments: str) -> None:
    """Serve stdin and stdout until the client is done."""
    command = StdioServerParameters(command=server, args=list(arguments))
    target = server if server.startswith("http://") else command
    async with Client(target, mode=mode) as upstream, stdio_server() as wire:

        async def list_tools(_context, _params):
            return await upstream.list_tools()

        async def call_tool(_context, params):
            return await upstream.call_tool(params.name, params.arguments)

        proxy = Server("sdk-proxy", on_list_tools=list_tools, on_call_tool=call_tool)
        await proxy.run(*wire, proxy.create_initialization_options())


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])
