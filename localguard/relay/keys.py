"""Keys that some peers would read as another key.

Go and C# peers match member names without regard to case, and some cut at a NUL (CVE-2026-27896,
GHSA-q382-vc8q-7jhj). So where a key has a meaning to MCP, a key that folds to it but is not it is
refused. The arguments of a tool are the tool's own; only a condition on one looks for its twins.
"""

from typing import Any

from localguard.policy.folding import fold

ENVELOPE = frozenset({"jsonrpc", "id", "method", "params", "result", "error"})
PARAMS = frozenset({
    "_meta", "name", "arguments", "uri", "cursor", "ref", "argument", "context", "task", "taskId",
    "inputResponses", "requestState", "protocolVersion", "capabilities", "clientInfo",
    "notifications", "requestId", "progressToken", "level", "messages", "mode", "url", "message",
    "requestedSchema", "systemPrompt", "tools", "inputRequests",
})  # fmt: skip
META = frozenset({
    "progressToken",
    "io.modelcontextprotocol/protocolVersion",
    "io.modelcontextprotocol/clientCapabilities",
    "io.modelcontextprotocol/clientInfo",
    "io.modelcontextprotocol/logLevel",
    "io.modelcontextprotocol/subscriptionId",
})  # fmt: skip
RESULT = frozenset({
    "_meta", "tools", "resources", "resourceTemplates", "prompts", "content", "structuredContent",
    "isError", "resultType", "inputRequests", "requestState", "contents", "messages", "task",
    "taskId", "nextCursor", "capabilities", "instructions", "protocolVersion", "serverInfo",
})  # fmt: skip
ERROR = frozenset({"code", "message", "data"})
ERROR_DATA = frozenset({"elicitations"})
TOOL = frozenset({
    "name", "title", "description", "inputSchema", "outputSchema", "annotations", "_meta", "icons",
    "execution",
})  # fmt: skip

INNER = {
    "ref": frozenset({"type", "name", "uri"}),
    "argument": frozenset({"name", "value"}),
    "context": frozenset({"arguments"}),
    "notifications": frozenset({
        "toolsListChanged", "promptsListChanged", "resourcesListChanged", "resourceSubscriptions",
        "taskIds",
    }),
}  # fmt: skip
"""Members of `params` that a call is judged by, one level further in."""


_FLAT_PARAMS = frozenset({"name", "arguments", "uri", "cursor"})
_FLAT_RESULT = frozenset({"content", "structuredContent", "isError", "resultType", "contents"})
"""Members with nothing inside that has a meaning to MCP: most messages have no others."""


class FoldedKey(ValueError):
    """Raised for a key that folds to a known key and is not it."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _folds(known: frozenset[str]) -> frozenset[str]:
    return frozenset(fold(key) for key in known)


_KNOWN = (ENVELOPE, PARAMS, META, RESULT, ERROR, ERROR_DATA, TOOL, *INNER.values())
_TABLES = {known: _folds(known) for known in _KNOWN}


def check_keys(message: dict[str, Any]) -> None:
    """Look at the keys of the envelope, and of what in `params`, `result`, `error` has a meaning.

    Raises:
        FoldedKey: a key there only looks like a known one.
    """
    _check(message, ENVELOPE)
    _check_params(message.get("params"))
    result = message.get("result")
    if isinstance(result, dict) and not _FLAT_RESULT.issuperset(result):
        _check_inner(result.get("_meta"), META)
        for tool in _elements(result.get("tools")):
            _check_inner(tool, TOOL)
        for holder in (result, result.get("task"), result.get("result")):
            _check_inner(holder, RESULT)
            _check_wishes(holder)
    _check_error(message.get("error"))


def _check_error(error: Any) -> None:
    """An error can carry what the server asks for (-32042, 2025-11-25 client/elicitation)."""
    _check_inner(error, ERROR)
    data = error.get("data") if isinstance(error, dict) else None
    if isinstance(data, dict):
        _check(data, ERROR_DATA)
        for elicitation in _elements(data.get("elicitations")):
            _check_inner(elicitation, PARAMS)


def _check_params(params: Any) -> None:
    if not isinstance(params, dict) or _FLAT_PARAMS.issuperset(params):
        return
    _check(params, PARAMS)
    _check_inner(params.get("_meta"), META)
    if not INNER.keys().isdisjoint(params):
        for key, known in INNER.items():
            _check_inner(params.get(key), known)
    _check_wishes(params)


def _check_wishes(holder: Any) -> None:
    """What a server asks for inside a result or a task (2026-07-28 basic/patterns/mrtr)."""
    wishes = holder.get("inputRequests") if isinstance(holder, dict) else None
    for wish in wishes.values() if isinstance(wishes, dict) else ():
        if isinstance(wish, dict):
            _check(wish, ENVELOPE)
            _check_inner(wish.get("params"), PARAMS)


def _elements(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _check_inner(value: Any, known: frozenset[str]) -> None:
    if isinstance(value, dict):
        _check(value, known)


def _check(members: dict[str, Any], known: frozenset[str]) -> None:
    if known.issuperset(members):
        return
    for key in members:
        if key not in known and fold(key) in _TABLES[known]:
            raise FoldedKey(key)
