"""The two eras of MCP: with a handshake first, and with all that it says in each request."""

from dataclasses import dataclass

LEGACY_VERSION, MODERN_VERSION = "2025-11-25", "2026-07-28"
INITIALIZE = (
    '{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}'
)
INITIALIZED = b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n'
META = (
    '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",'
    '"io.modelcontextprotocol/clientCapabilities":{},'
    '"io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"}}'
)


@dataclass(frozen=True, slots=True)
class Era:
    """How a client begins: with a request, and what follows its answer, if anything.

    `meta` is a member that the params of every request have, as JSON.
    """

    version: str
    greeting: str
    params: str
    confirmation: bytes = b""
    meta: str = ""

    def frame(self, number: int, method: str, params: str) -> bytes:
        """A request, as one line."""
        if self.meta:
            params = f"{{{self.meta}{',' if params != '{}' else ''}{params[1:]}"
        head = f'{{"jsonrpc":"2.0","id":{number},"method":"{method}"'
        return f'{head},"params":{params}}}\n'.encode()


LEGACY = Era(LEGACY_VERSION, "initialize", INITIALIZE, INITIALIZED)
MODERN = Era(MODERN_VERSION, "server/discover", "{}", meta=META)
