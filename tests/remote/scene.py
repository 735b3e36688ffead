"""A scene: a remote server of the guard's before a scripted HTTP server, and who hears it."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio

from localguard.remote.address import address_of
from localguard.remote.dialing import Dialer
from localguard.remote.pool import Pool
from localguard.remote.ports import Bearer, Lost
from localguard.remote.sender import Sender
from localguard.remote.server import RemoteServer
from tests.remote.scripted_http import Message, Script, ScriptedServer

MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "scene", "version": "1"},
}


@dataclass
class Ears:
    """Keeps what is heard, in order."""

    lines: list[bytes] = field(default_factory=list)
    losses: list[Lost] = field(default_factory=list)
    greetings: list[Message] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    objection: str | None = None
    news: anyio.Event = field(default_factory=anyio.Event)

    @property
    def messages(self) -> list[Any]:
        """What the server said."""
        return [json.loads(line) for line in self.lines]

    def line(self, line: bytes, answers: int | str | None = None) -> None:  # noqa: ARG002
        self.lines.append(line)
        self._tell()

    def lost(self, lost: Lost) -> None:
        self.losses.append(lost)
        self._tell()

    def met_again(self, answer: bytes) -> str | None:
        self.greetings.append(json.loads(answer))
        self._tell()
        return self.objection

    def trouble(self, words: str, *, unreachable: bool = False) -> None:  # noqa: ARG002
        self.troubles.append(words)
        self._tell()

    def answers(self, id_: int | str) -> list[Any]:
        """Every end that a request came to: answers, and losses."""
        said = [m for m in self.messages if "method" not in m and m.get("id") == id_]
        return [*said, *(loss for loss in self.losses if loss.id == id_)]

    async def answer(self, id_: int | str) -> Any:
        """Wait for the end of a request."""
        await self.until(lambda: bool(self.answers(id_)))
        return self.answers(id_)[0]

    async def until(self, look: Callable[[], bool]) -> None:
        """Wait until something is so."""
        with anyio.fail_after(10):
            while not look():
                await self.news.wait()

    def _tell(self) -> None:
        self.news.set()
        self.news = anyio.Event()


@dataclass
class Scene:
    """Both sides of the wire."""

    server: ScriptedServer
    remote: RemoteServer
    ears: Ears
    slow: list[bool]

    def send(self, *messages: Message) -> None:
        """Have messages sent, as the relay does."""
        for message in messages:
            self.remote.write(json.dumps(message).encode() + b"\n")

    def request(self, id_: int | str, method: str, **params: Any) -> None:
        """Send a request of the legacy era."""
        self.send({"jsonrpc": "2.0", "id": id_, "method": method, "params": params})

    def note(self, method: str, **params: Any) -> None:
        """Send a notification."""
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def modern(self, id_: int | str, method: str, **params: Any) -> None:
        """Send a request of 2026-07-28."""
        self.request(id_, method, **params, _meta=MODERN)

    async def ask(self, id_: int | str, method: str, **params: Any) -> Any:
        """Send a request and wait for its end."""
        self.request(id_, method, **params)
        return await self.ears.answer(id_)

    async def ask_modern(self, id_: int | str, method: str, **params: Any) -> Any:
        """The same in 2026-07-28."""
        self.modern(id_, method, **params)
        return await self.ears.answer(id_)

    async def call(self, id_: int | str, name: str = "echo") -> Any:
        """Call a tool and wait for its end."""
        return await self.ask(id_, "tools/call", name=name, arguments={})

    async def handshake(self) -> Any:
        """Begin a session of 2025-11-25."""
        greeting = await self.ask(0, "initialize", protocolVersion="2025-11-25", capabilities={})
        self.note("notifications/initialized")
        return greeting


@asynccontextmanager
async def playing(
    script: Script,
    *,
    bearer: Bearer | None = None,
    headers: Mapping[str, str] | None = None,
    url: Callable[[ScriptedServer], str] = lambda server: server.url,
) -> AsyncIterator[Scene]:
    """A scene with a script; `url` says where the guard thinks the server is."""

    async def given() -> Mapping[str, str]:
        return headers or {}

    server, ears, slow = ScriptedServer(script), Ears(), list[bool]()
    async with anyio.create_task_group() as group:
        await server.serve(group)
        address = address_of(url(server))
        sender = Sender("shop", address, Pool(Dialer(address)), given, bearer)
        remote = RemoteServer(sender, ears, slow.append)
        group.start_soon(remote.run)
        await anyio.lowlevel.checkpoint()
        yield Scene(server, remote, ears, slow)
        await remote.stop()
        group.cancel_scope.cancel()
