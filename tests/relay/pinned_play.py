"""A session with pins: a server that lists what the test says, and a store that outlives it."""

from pathlib import Path
from typing import Any

from localguard.audit.records import Pin as PinRecord
from localguard.pinning.store import PinStore
from localguard.policy.pins import Identity, Pin
from localguard.relay.pin_records import PinRecords
from localguard.relay.pinned import PinBook
from localguard.relay.recorder import Recorder
from tests.relay.playbook import (
    EVERYTHING,
    INFO,
    Heard,
    Message,
    Play,
    error,
    note,
    request,
    result,
)

COMMAND = Identity(("/bin/db",))
METHODS = {
    "tools/list": "tools",
    "prompts/list": "prompts",
    "resources/templates/list": "resourceTemplates",
}
MONDAY = "2026-11-23T12:00:00+00:00"


def tool(name: str = "read", description: str = "reads", **members: Any) -> Message:
    """A definition of a tool."""
    schema = {"type": "object"}
    return {"name": name, "description": description, "inputSchema": schema, **members}


class Shop:
    """The server: what it has at the moment, by the method that lists it; None refuses to list."""

    def __init__(self, *tools: Message, instructions: str | None = "use it") -> None:
        self.instructions = instructions
        self.lists: dict[str, list[Message] | None] = {method: [] for method in METHODS}
        self.lists["tools/list"] = list(tools)
        self.capabilities: Message = {"tools": {}, "prompts": {}, "resources": {}}

    def answer(self, asked: Message) -> Message:
        """The answer to a listing."""
        method = asked["method"]
        entries = self.lists[method]
        if entries is None:
            return error(asked["id"], -32601)
        return result(asked["id"], **{METHODS[method]: entries})

    def hello(self) -> Message:
        """The answer to `initialize`."""
        said = {} if self.instructions is None else {"instructions": self.instructions}
        return {
            "protocolVersion": "2025-11-25",
            "capabilities": self.capabilities,
            "serverInfo": INFO,
            **said,
        }


class PinnedPlay(Play):
    """A session of one guard with its store of pins; `shop` answers what the guard itself asks."""

    def __init__(
        self,
        folder: Path,
        shop: Shop,
        rules: str = EVERYTHING,
        *,
        identity: Identity = COMMAND,
        now: str = MONDAY,
    ) -> None:
        self.shop = shop
        self.store = PinStore(str(folder / "pins"))
        self.notices: list[str] = []

        def book(recorder: Recorder) -> PinBook:
            records = PinRecords("db", recorder, self.notices.append)
            return PinBook("db", identity, self.store, records, lambda: now)

        super().__init__(rules, pins=book)

    @property
    def pin(self) -> Pin:
        """The one pin in the store."""
        (found,) = self.store.read("db") or ()
        return found

    @property
    def events(self) -> list[tuple[str, str | None]]:
        """What was recorded of pins: event and item."""
        return [(record.event, record.item) for record in self.recorded(PinRecord)]

    def greet(self) -> Message:
        """The handshake, up to what the client is told."""
        self.client(request("hello", "initialize", protocolVersion="2025-11-25", capabilities={}))
        (told,) = self.server(result("hello", **self.shop.hello())).to_client
        answer: Message = told["result"]
        return answer

    def open(self) -> Message:
        """The handshake, and the guard's own listings."""
        told = self.greet()
        self.serve(self.client(note("notifications/initialized")))
        return told

    def serve(self, heard: Heard) -> Heard:
        """Let the shop answer whatever the guard asks by itself, until it asks no more."""
        while asked := [m for m in heard.to_server if str(m.get("id")).startswith("localguard:")]:
            for message in asked:
                heard = self.server(self.shop.answer(message))
        return heard

    def listed(self, method: str = "tools/list") -> list[Message]:
        """What the client gets when it lists."""
        asked = request(f"list-{len(self.transcript.entries)}", method)
        self.client(asked)
        (told,) = self.server(self.shop.answer(asked)).to_client
        entries: list[Message] = told["result"][METHODS[method]]
        return entries

    def changed(self, kind: str = "tools") -> Heard:
        """The server says that a list has changed."""
        return self.server(note(f"notifications/{kind}/list_changed"))


def opened(folder: Path, shop: Shop, rules: str = EVERYTHING, **more: Any) -> PinnedPlay:
    """A session after its handshake and its own listings."""
    play = PinnedPlay(folder, shop, rules, **more)
    play.open()
    return play
