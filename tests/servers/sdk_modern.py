"""A server on the official Python SDK, over stdio: it speaks 2026-07-28 and the older handshake.

Run as `python tests/servers/sdk_modern.py`. It knows nothing of localguard.
"""

from typing import TypedDict

from mcp.server import MCPServer
from mcp.server.mcpserver import Context

server = MCPServer(
    "sdk-modern", version="1.0", instructions="A server for tests.", log_level="ERROR"
)


class Weather(TypedDict):
    """A structured answer."""

    city: str
    celsius: float


@server.tool()
def echo(text: str) -> str:
    """Says the same again."""
    return text


@server.tool()
def add(a: int, b: int) -> int:
    """The sum of two numbers."""
    return a + b


@server.tool()
def weather(city: str) -> Weather:
    """The weather, the same everywhere."""
    return Weather(city=city, celsius=21.5)


@server.tool()
async def count(steps: int, ctx: Context) -> str:
    """Counts, and reports each step as progress."""
    for step in range(1, steps + 1):
        await ctx.report_progress(step, steps, f"step {step}")
    return f"counted to {steps}"


@server.resource("memo://motto")
def motto() -> str:
    """A resource that is always there."""
    return "deny by default"


@server.resource("memo://notes/{name}")
def note(name: str) -> str:
    """A resource by name."""
    return f"note {name}"


@server.prompt()
def greet(name: str) -> str:
    """A prompt with one argument."""
    return f"Greet {name}."


if __name__ == "__main__":
    server.run("stdio")
