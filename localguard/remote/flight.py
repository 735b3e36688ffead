"""A message on its way to a server, and what is known of its answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import anyio

from localguard.remote.header_values import VERSION
from localguard.remote.ports import Id, Message

REPEATABLE = frozenset(
    {
        "ping",
        "server/discover",
        "tools/list",
        "resources/list",
        "resources/templates/list",
        "prompts/list",
        "resources/read",
        "logging/setLevel",
        "notifications/cancelled",
        "notifications/progress",
        "notifications/roots/list_changed",
    }
)
"""Methods that may reach a server twice without doing more than once."""

LISTEN = "subscriptions/listen"
PROBE = "server/discover"

Taken = Callable[[bytes, Message], None]


@dataclass(slots=True)
class Flight:
    """One message. `take` gets the answer, `on_sent` is told once that the message has left.

    `holder` is whose it is: no token of anybody else goes with it (`Bearer.holder`).
    It waits for the event `after`, at most so many seconds, and sets `done` at its end. `strange`
    says that the server answered something else.
    """

    message: Message
    data: bytes
    take: Taken
    holder: object = None
    on_sent: Callable[[], None] = lambda: None
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    after: anyio.Event | None = None
    patience: float | None = None
    done: anyio.Event | None = None
    answered: bool = False
    sent: bool = False
    strange: bool = False

    def left(self) -> None:
        """The whole message is on its way to the server."""
        if not self.sent:
            self.sent = True
            self.on_sent()

    @property
    def method(self) -> str:
        """Its method; nothing for an answer of the client's."""
        return str(self.message.get("method", ""))

    @property
    def id(self) -> Id | None:
        """The id of a request."""
        return self.message.get("id") if "method" in self.message else None

    @property
    def params(self) -> Message:
        """Its params."""
        params: Any = self.message.get("params")
        return params if isinstance(params, dict) else {}

    @property
    def modern(self) -> bool:
        """Whether it is of 2026-07-28: that is read from each message."""
        meta = self.params.get("_meta")
        return isinstance(meta, dict) and VERSION in meta

    @property
    def repeatable(self) -> bool:
        """Whether it may reach the server twice."""
        return self.method in REPEATABLE

    def answers(self, message: Message) -> bool:
        """Whether a message is the answer to this request, by the type of its id too."""
        id_ = message.get("id")
        return type(id_) is type(self.id) and id_ == self.id
