"""FastMCP's own proxy on stdio, as its documentation has it. fastmcp_proxy.py COMMAND..."""

import sys

from fastmcp.client.transports import StdioTransport
from fastmcp.server import create_proxy

if __name__ == "__main__":
    upstream = StdioTransport(command=sys.argv[1], args=sys.argv[2:])
    create_proxy(upstream, name="proxy").run(transport="stdio", show_banner=False)
