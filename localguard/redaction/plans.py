"""Which members of a server's messages must stay as they are, by method and place.

A plan says how a value is treated; a plan of members holds for an object, or for each object of a
list. What no plan names is free text, and so is a value of another shape than its plan expects: a
text that stands where the protocol has a token stays, an object there does not.

Revisions 2024-11-05 to 2025-11-25 and 2026-07-28, with both kinds of tasks. Pure.
"""

from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import Final


class Way(Enum):
    """How a value is treated."""

    KEPT = auto()
    """Ids, tokens, cursors, names that come back to the server: a text or number stays."""
    LINK = auto()
    """A place to go or to read from: only registered secrets are taken out."""
    BINARY = auto()
    """Base64: as it is, unless it is small and spells a registered secret."""
    SCHEMA = auto()
    """A JSON Schema: only what people read of it is looked at."""
    REQUEST = auto()
    """A request inside of a result; its `method` says which plan its `params` have."""
    RESULT = auto()
    """The result of a call inside of a task."""


Plan = Way | Mapping[str, "Plan"]

_K: Final = Way.KEPT
ANY: Final = "*"
"""Stands for every member that is not named; without it they are free text."""

_Members = dict[str, Plan]

_META: Final[_Members] = {
    "progressToken": _K,
    "traceparent": _K,
    "tracestate": _K,
    "baggage": _K,
    "io.modelcontextprotocol/subscriptionId": _K,
    "io.modelcontextprotocol/related-task": {"taskId": _K},
    "io.modelcontextprotocol/protocolVersion": _K,
}
_ICONS: Final[_Members] = {"src": Way.LINK, "mimeType": _K}
_RESOURCE: Final[_Members] = {
    "uri": Way.LINK,
    "mimeType": _K,
    "blob": Way.BINARY,
    "icons": _ICONS,
    "_meta": _META,
}
_CONTENT: Final[_Members] = {
    **_RESOURCE,
    "type": _K,
    "data": Way.BINARY,
    "resource": _RESOURCE,
    "id": _K,
    "toolUseId": _K,
    "content": {**_RESOURCE, "type": _K, "data": Way.BINARY, "resource": _RESOURCE},
}
_MESSAGES: Final[_Members] = {"role": _K, "content": _CONTENT, "_meta": _META}
_ENTRIES: Final[_Members] = {
    "name": _K,
    "uri": _K,
    "uriTemplate": _K,
    "mimeType": _K,
    "inputSchema": Way.SCHEMA,
    "outputSchema": Way.SCHEMA,
    "arguments": {"name": _K},
    "icons": _ICONS,
    "_meta": _META,
}
_TASK: Final[_Members] = {"taskId": _K, "status": _K, "createdAt": _K, "_meta": _META}
_ELICITATION: Final[_Members] = {
    "mode": _K,
    "requestedSchema": Way.SCHEMA,
    "url": Way.LINK,
    "elicitationId": _K,
    "_meta": _META,
}
_COMMON: Final[_Members] = {
    **_TASK,
    "nextCursor": _K,
    "resultType": _K,
    "requestState": _K,
    "inputRequests": {ANY: Way.REQUEST},
    "task": _TASK,
    "tasks": _TASK,
}
_CALLED: Final[_Members] = {**_COMMON, "content": _CONTENT, "result": Way.RESULT}
_GREETING: Final[_Members] = {
    **_COMMON,
    "protocolVersion": _K,
    "supportedVersions": _K,
    "capabilities": Way.LINK,
    "serverInfo": {"name": _K, "version": _K, "icons": _ICONS},
}

RESULTS: Final[Mapping[str, Plan]] = MappingProxyType({
    "initialize": _GREETING,
    "server/discover": _GREETING,
    "tools/list": {**_COMMON, "tools": _ENTRIES},
    "resources/list": {**_COMMON, "resources": _ENTRIES},
    "resources/templates/list": {**_COMMON, "resourceTemplates": _ENTRIES},
    "prompts/list": {**_COMMON, "prompts": _ENTRIES},
    "tools/call": _CALLED,
    "resources/read": {**_COMMON, "contents": _RESOURCE},
    "prompts/get": {**_COMMON, "messages": _MESSAGES},
    "tasks/get": _CALLED,
    "tasks/result": {**_CALLED, "contents": _RESOURCE, "messages": _MESSAGES},
})  # fmt: skip
"""The plans of results by the method that was asked."""
ANYTHING: Final[Plan] = {
    member: plan
    for plans in RESULTS.values()
    if not isinstance(plans, Way)
    for member, plan in plans.items()
}
"""The plan of a result of which nobody knows what was asked: all of them at once."""

PARAMS: Final[Mapping[str, Plan]] = MappingProxyType({
    "sampling/createMessage": {
        "messages": _MESSAGES, "tools": _ENTRIES, "includeContext": _K, "_meta": _META,
    },
    "elicitation/create": _ELICITATION,
    "tasks/get": _TASK,
    "tasks/result": _TASK,
    "tasks/cancel": _TASK,
    "tasks/list": {"cursor": _K, "_meta": _META},
    "notifications/cancelled": {"requestId": _K, "_meta": _META},
    "notifications/progress": {"progressToken": _K, "_meta": _META},
    "notifications/message": {"level": _K, "_meta": _META},
    "notifications/resources/updated": {"uri": Way.LINK, "_meta": _META},
    "notifications/elicitation/complete": {"elicitationId": _K, "_meta": _META},
    "notifications/subscriptions/acknowledged": {"notifications": Way.LINK, "_meta": _META},
    "notifications/tasks/status": _CALLED,
    "notifications/tasks": _CALLED,
})  # fmt: skip
"""The plans of the params of what a server asks and tells."""
METHOD: Final[_Members] = {"_meta": _META}
"""The plan of any other params."""

ERROR: Final[_Members] = {"code": _K, "data": {"elicitations": _ELICITATION}}
"""The plan of a JSON-RPC error; -32042 carries URLs to open (2025-11-25 client/elicitation)."""

SCHEMA_TEXTS: Final = frozenset({
    "title", "description", "$comment", "default", "examples", "enumNames",
})  # fmt: skip
"""What people read of a schema. The rest says what the server takes, and comes back to it."""
