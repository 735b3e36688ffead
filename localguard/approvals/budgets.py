"""How long each desktop client waits for a call, as a table.

A budget is less than the client's own limit, so that the client gets localguard's answer and not a
timeout of its own. A client says its own name, and the program above the guard is a hint as well;
neither is believed further than this: where several rows fit, the lowest counts, and what no row
names gets UNKNOWN. Knows no clock.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from localguard.policy.globs import Glob

UNKNOWN: Final = 45.0
"""Seconds: below the 60 of the official TypeScript SDK (`DEFAULT_REQUEST_TIMEOUT_MSEC`)."""


class Row(NamedTuple):
    """`client` and `parent` are globs without regard to case; `parent` None is any program."""

    client: str
    parent: str | None
    seconds: float


TABLE: Final = (
    # Claude Desktop's chat gives up after about 240 s, and no setting or progress moves that
    # (anthropics/claude-code issues 44032, 65643, 91898). 200 and 220 are both in use: the lower.
    Row("claude-ai", None, 200.0),
    # Claude Code waits for hours but moves a call to the background at 120 s
    # (CLAUDE_CODE_MCP_AUTO_BACKGROUND_MS, its CHANGELOG 2.1.212).
    Row("claude-code", None, 100.0),
    # Inside Claude Desktop it gives up at about 60 s, whatever is set (issues 63379, 43791).
    Row("claude-code", "claude desktop*", UNKNOWN),
    Row("claude-code", "claude helper*", UNKNOWN),
    # tool_timeout_sec: 60 in docs/config.md of openai/codex, 300 in its newer sources.
    Row("codex*", None, 50.0),
    # `timeout` of a server's entry, 600 s unless it is set (gemini-cli, mcp-client.ts).
    Row("gemini-cli*", None, 570.0),
    # VS Code has no limit (mcpServerRequestHandler.ts); a person has one.
    Row("visual studio code*", None, 300.0),
    # Cursor: 5 minutes by one report (cursor/cursor issue 3510), the SDK's 60 s by others.
    Row("cursor*", None, UNKNOWN),
    # context_server_timeout, 60 s unless it is set (zed-industries/zed issue 45378).
    Row("zed*", None, 50.0),
    # Clients on the TypeScript SDK without a limit of their own (opencode issue 28186,
    # LibreChat issue 10855).
    Row("opencode*", None, UNKNOWN),
    Row("librechat*", None, UNKNOWN),
    Row("cline*", None, UNKNOWN),
)


def budget_of(
    client: str | None, parent: str | None = None, override: float | None = None
) -> float:
    """The seconds for which a call of a client is held.

    `client` is its `clientInfo.name`, `parent` the name of the program that started the guard.
    `override` is what the person or the client's own entry says; it counts alone.
    """
    if override is not None:
        return max(float(override), 0.0)
    return min(_fitting(client or "", parent or ""), default=UNKNOWN)


def _fitting(client: str, parent: str) -> Iterator[float]:
    for row in TABLE:
        named = Glob(row.client).matches(client.casefold())
        if named and (row.parent is None or Glob(row.parent).matches(parent.casefold())):
            yield row.seconds
