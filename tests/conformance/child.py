"""A stdio server with many streams in front: what it says goes to the stream that waits for it.

It passes on the text of each message, and looks only at the id, the progress token and the
subscription that say where a message belongs. It knows nothing of HTTP or localguard.
"""

import json
import math
from contextlib import suppress
from typing import Any

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

Message = dict[str, Any]

SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
LONGEST = 16 * 2**20
GRACE = 3.0
"""Seconds until a process that was asked to end is killed."""


class Outlet:
    """Where the messages to one HTTP stream wait until they are sent."""

    def __init__(self, token: object = None, listens: bool = False) -> None:
        self.token = token
        self.listens = listens
        self._send, self._receive = anyio.create_memory_object_stream[bytes](math.inf)

    def put(self, line: bytes) -> None:
        """One more message."""
        self._send.send_nowait(line)

    def close(self) -> None:
        """There are no more."""
        self._send.close()

    async def take(self) -> bytes:
        """The next message. Raises EndOfStream after the last."""
        return await self._receive.receive()


class Child:
    """A started server: lines in, and each line out to the stream that waits for it."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._open: dict[str, Outlet] = {}
        self._outbox, self._sending = anyio.create_memory_object_stream[bytes](math.inf)
        self._ended = False
        self.aside = Outlet()

    def say(self, text: bytes) -> None:
        """Send one message; between the parts of JSON a line feed is as good as a space."""
        self._outbox.send_nowait(text.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n")

    def ask(self, text: bytes, message: Message) -> Outlet:
        """Send a request; what belongs to it comes out there, its answer last."""
        token = message.get("params", {}).get("_meta", {}).get("progressToken")
        outlet = Outlet(token, message["method"] == "subscriptions/listen")
        self._open[json.dumps(message["id"])] = outlet
        if self._ended:
            outlet.close()
        self.say(text)
        return outlet

    def give_up(self, id_: object) -> None:
        """Nobody waits for the answer any more."""
        if self._open.pop(json.dumps(id_), None) is not None:
            notice = {"method": "notifications/cancelled", "params": {"requestId": id_}}
            self.say(json.dumps({"jsonrpc": "2.0", **notice}).encode())

    async def write(self) -> None:
        """Pass on what was said, for as long as the process takes it."""
        assert self._process.stdin is not None
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            async for line in self._sending:
                await self._process.stdin.send(line)

    async def read(self) -> None:
        """Hand out what the process says, until it says no more."""
        assert self._process.stdout is not None
        lines = BufferedByteReceiveStream(self._process.stdout)
        with suppress(anyio.IncompleteRead, anyio.EndOfStream, anyio.ClosedResourceError):
            while True:
                self._hand_out(await lines.receive_until(b"\n", LONGEST))
        self._ended = True
        for outlet in (self.aside, *self._open.values()):
            outlet.close()

    def _hand_out(self, line: bytes) -> None:
        message = json.loads(line)
        if "method" in message:
            self._place_of(message.get("params", {})).put(line)
        elif outlet := self._open.pop(json.dumps(message.get("id")), None):
            outlet.put(line)
            outlet.close()

    def _place_of(self, params: Message) -> Outlet:
        """The stream of the request that a message belongs to, as far as it says so."""
        if SUBSCRIPTION in params.get("_meta", {}):
            id_ = params["_meta"][SUBSCRIPTION]
            return self._open.get(json.dumps(id_), self.aside)
        calls = [outlet for outlet in self._open.values() if not outlet.listens]
        if "progressToken" in params:
            calls = [outlet for outlet in calls if outlet.token == params["progressToken"]]
        return calls[-1] if calls else self.aside

    async def stop(self) -> None:
        """End it as a client does: no more input, and then by force."""
        assert self._process.stdin is not None
        await self._process.stdin.aclose()
        with anyio.move_on_after(GRACE):
            await self._process.wait()
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
