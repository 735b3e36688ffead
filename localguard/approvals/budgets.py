"""How long each desktop client waits for a call, as a table.

A budget is less than the client's own limit, so that the client gets localguard's answer and not a
timeout of its own. A client says its own name, and the program above the guard is a hint as well;
neither is believed further than this: where several rows fit, the lowest counts, and what no row
names gets UNKNOWN. What the client's own entry says of its limit counts where a client goes by its
entry, and elsewhere only ever shortens. Knows no clock.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from localguard.policy.globs import Glob

UNKNOWN: Final = 45.0
"""Seconds: below the 60 of the official TypeScript SDK (`DEFAULT_REQUEST_TIMEOUT_MSEC`)."""
LIMIT: Final = "LOCALGUARD_CLIENT_LIMIT"
"""The variable in which an entry that `connect` wrote says how many seconds its client waits."""
_MOST: Final = 3600.0
_MARGIN: Final = 30.0


class Row(NamedTuple):
    """`client` and `parent` are globs without regard to case; `parent` None is any program.

    `by_entry` says that its entry for a server sets its limit, so that what that says is true.
    """

    client: str
    parent: str | None
    seconds: float
    by_entry: bool = False


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
    Row("codex*", None, 50.0, by_entry=True),
    # `timeout` of a server's entry, 600 s unless it is set (gemini-cli, mcp-client.ts).
    Row("gemini-cli*", None, 570.0),
    # `timeout` of an extension, 300 s unless it is set (block/goose, config/extensions.rs); each
    # extension is asked for its own when it is added, so that nothing is known of others.
    Row("goose*", None, UNKNOWN, by_entry=True),
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


def limit_of(said: str | None) -> float | None:
    """The seconds that an entry says its client waits, at most an hour; None if that is no number.

    Whoever can edit a client's file, or start a guard, can say anything here.
    """
    if said is None or re.fullmatch("[1-9][0-9]{0,5}", said, re.ASCII) is None:
        return None
    return min(float(said), _MOST)


def budget_of(
    client: str | None,
    parent: str | None = None,
    override: float | None = None,
    limit: float | None = None,
) -> float:
    """The seconds for which a call of a client is held.

    `client` is its `clientInfo.name`, `parent` the name of the program that started the guard.
    `override` is what the person says; it counts alone. `limit` is what the entry says (`LIMIT`).
    """
    if override is not None:
        return max(float(override), 0.0)
    rows = list(_fitting(client or "", parent or ""))
    if limit is None:
        return min((row.seconds for row in rows), default=UNKNOWN)
    held = limit - min(_MARGIN, limit / 4)
    known = (row.seconds for row in rows if not row.by_entry)
    return min([held, *known]) if rows else min(held, UNKNOWN)


def _fitting(client: str, parent: str) -> Iterator[Row]:
    for row in TABLE:
        named = Glob(row.client).matches(client.casefold())
        if named and (row.parent is None or Glob(row.parent).matches(parent.casefold())):
            yield row
