"""The table of MCP: every method and notification of every revision, and how it is treated.

Revisions 2024-11-05 to 2025-11-25 and 2026-07-28, with the task methods of 2025-11-25 and of the
tasks extension. What is not in the table is unknown: a request is refused with -32601 and a
notification dropped, unless the profile says `unknown_methods = "relay"`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Final, Literal


class Treatment(Enum):
    """What is done with a message. The session has one handler for each."""

    PASS = auto()
    """Carries nothing that is judged."""
    INITIALIZE = auto()
    """The legacy handshake: the client's capabilities are cut to what servers may ask for."""
    DISCOVER = auto()
    """The modern probe: its answer goes back as it is, since an era hangs on it."""
    LIST = auto()
    """The answer is filtered, page by page."""
    TOOL = auto()
    """Judged by the tool's name and arguments."""
    READ = auto()
    """Judged by the resource's URI."""
    PROMPT = auto()
    """Judged by the prompt's name and arguments."""
    COMPLETE = auto()
    """Judged by the prompt or resource it completes for."""
    LISTEN = auto()
    """Each resource URI in it is judged; those that are not allowed are taken out."""
    TASK = auto()
    """Bound to a task that an allowed call has started."""
    TASKS = auto()
    """The answer is cut to the tasks that allowed calls have started."""
    CANCEL = auto()
    """Names a request in flight, or is dropped."""
    PROGRESS = auto()
    """Names the progress token of a request in flight, or is dropped."""
    SAMPLING = auto()
    """Follows `from_server.sampling`."""
    ELICITATION = auto()
    """Follows `from_server.elicitation`; a URL must be safe to open."""
    ROOTS = auto()
    """Follows `from_server.roots`."""
    TASK_STATUS = auto()
    """Names a task that an allowed call has started, or is dropped."""
    CHANGED = auto()
    """The server's list has changed: what is known of it is stale."""


JUDGED: Final = frozenset({Treatment.TOOL, Treatment.READ, Treatment.PROMPT, Treatment.COMPLETE})
"""The treatments of which no request is sent before it was judged."""

HANDSHAKES: Final = frozenset({Treatment.INITIALIZE, Treatment.DISCOVER})
"""The treatments of what a client greets a server with."""


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Leave to send what carries nothing to judge, or what was judged part by part."""

    method: str


_T = Treatment

CLIENT_REQUESTS: Mapping[str, Treatment] = MappingProxyType({
    "initialize": _T.INITIALIZE,
    "server/discover": _T.DISCOVER,
    "ping": _T.PASS,
    "logging/setLevel": _T.PASS,
    "tools/list": _T.LIST,
    "resources/list": _T.LIST,
    "resources/templates/list": _T.LIST,
    "prompts/list": _T.LIST,
    "tools/call": _T.TOOL,
    "resources/read": _T.READ,
    "resources/subscribe": _T.READ,
    "resources/unsubscribe": _T.PASS,
    "prompts/get": _T.PROMPT,
    "completion/complete": _T.COMPLETE,
    "subscriptions/listen": _T.LISTEN,
    "tasks/get": _T.TASK,
    "tasks/result": _T.TASK,
    "tasks/update": _T.TASK,
    "tasks/cancel": _T.TASK,
    "tasks/list": _T.TASKS,
})  # fmt: skip

REMOVED = frozenset({"resources/subscribe", "tasks/result"})
"""What 2026-07-28 has no more: there these are unknown methods, whatever the profile says."""

CLIENT_NOTIFICATIONS: Mapping[str, Treatment] = MappingProxyType({
    "notifications/initialized": _T.PASS,
    "notifications/cancelled": _T.CANCEL,
    "notifications/progress": _T.PROGRESS,
    "notifications/roots/list_changed": _T.ROOTS,
    "notifications/tasks/status": _T.PASS,
})  # fmt: skip

SERVER_REQUESTS: Mapping[str, Treatment] = MappingProxyType({
    "ping": _T.PASS,
    "sampling/createMessage": _T.SAMPLING,
    "elicitation/create": _T.ELICITATION,
    "roots/list": _T.ROOTS,
    "tasks/get": _T.TASK,
    "tasks/result": _T.TASK,
    "tasks/cancel": _T.TASK,
    "tasks/list": _T.TASK,
})  # fmt: skip

SERVER_NOTIFICATIONS: Mapping[str, Treatment] = MappingProxyType({
    "notifications/cancelled": _T.CANCEL,
    "notifications/progress": _T.PROGRESS,
    "notifications/message": _T.PASS,
    "notifications/resources/updated": _T.PASS,
    "notifications/tools/list_changed": _T.CHANGED,
    "notifications/prompts/list_changed": _T.CHANGED,
    "notifications/resources/list_changed": _T.CHANGED,
    "notifications/elicitation/complete": _T.PASS,
    "notifications/subscriptions/acknowledged": _T.PASS,
    "notifications/tasks/status": _T.TASK_STATUS,
    "notifications/tasks": _T.TASK_STATUS,
})  # fmt: skip

VERSION = "io.modelcontextprotocol/protocolVersion"
CLIENT_INFO = "io.modelcontextprotocol/clientInfo"
CLIENT_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
"""Members of `_meta` in 2026-07-28 (its basic/index "_meta")."""

BATCHING_REVISION = "2025-03-26"
"""The one revision in which a line may hold an array of messages."""

LEGACY: Final = "legacy"
MODERN: Final = "modern"


def era(params: Mapping[str, object]) -> Literal["legacy", "modern"]:
    """Which era a request belongs to: read from each message, never from the connection."""
    meta = params.get("_meta")
    return MODERN if isinstance(meta, dict) and VERSION in meta else LEGACY
