"""The side of consoles and commands: hear the news of one guard, and give it orders.

    connection = await connect(endpoint)
    async with anyio.create_task_group() as group:
        group.start_soon(connection.listen, on_event)
        reply = await connection.order(order)

What it hears are values as they came.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import anyio

from localguard.control.endpoint import Endpoint
from localguard.control.faults import ControlFault, Unreachable
from localguard.control.frames import FRAME, NotFrames
from localguard.control.handshake import Role
from localguard.control.joining import Joined, Seen, join
from localguard.control.messages import Decided, Event, Order, Refused, Reply, Stale
from localguard.control.wire import Message, read, wire

ANSWER: Final = 5.0
"""Seconds for a reply to an order."""


class Connection:
    """One guard, after both sides have proved themselves. `may_not`: why orders are not taken.

    `snapshot` is everything at the beginning; None where the guard goes on after what was seen.
    """

    def __init__(self, endpoint: Endpoint, joined: Joined) -> None:
        self.endpoint = endpoint
        self.version = joined.welcome.version
        self.may_not = joined.welcome.may_not
        self.snapshot = joined.snapshot
        self._channel = joined.channel
        self._sending = anyio.Lock()
        self._asks = 0
        self._replies: dict[int, Reply] = {}
        self._waiting: dict[int, anyio.Event] = {}
        self._open = True
        self._listening = False

    async def listen(self, on_event: Callable[[Event], None]) -> None:
        """Tell of events, and bring replies to whoever waits, until the guard is gone."""
        self._listening = True
        try:
            while (line := await self._channel.receive()) is not None:
                self._take(read(line), on_event)
        except NotFrames:
            return
        finally:
            self._listening = False
            self.close()

    async def order(self, order: Order, patience: float = ANSWER) -> Reply:
        """Give an order and wait for its reply; `listen` has to run. Its `ask` is given here.

        Raises Unreachable where the guard is gone or gives no reply within `patience` seconds.
        """
        self._asks += 1
        ask, done = self._asks, anyio.Event()
        frame = wire(replace(order, ask=ask))
        if len(frame) > FRAME:
            return Refused(ask=ask, id=order.id, why="the answer is longer than 1 MiB")
        self._waiting[ask] = done
        try:
            with anyio.move_on_after(patience):
                await self._send(frame)
                await done.wait()
        finally:
            del self._waiting[ask]
        reply = self._replies.pop(ask, None)
        if reply is None:
            raise self._no_reply(patience)
        return reply

    async def order_alone(self, order: Order) -> Reply:
        """Give an order where `listen` does not run, and close. Raises Unreachable as `order`."""
        async with anyio.create_task_group() as group:
            group.start_soon(self.listen, _ignore)
            outcome = await self._outcome(order)
            group.cancel_scope.cancel()
        if isinstance(outcome, ControlFault):
            raise outcome
        return outcome

    def close(self) -> None:
        """End the connection; who waits for a reply gets none."""
        if self._listening:
            # A socket that the loop watches is closed by whoever watches it.
            self._channel.hang_up()
            return
        self._open = False
        self._channel.close()
        for done in self._waiting.values():
            done.set()

    async def _outcome(self, order: Order) -> Reply | ControlFault:
        try:
            return await self.order(order)
        except ControlFault as fault:
            return fault

    def _take(self, message: Message | None, on_event: Callable[[Event], None]) -> None:
        match message:
            case Event():
                on_event(message)
            case Decided() | Stale() | Refused() if message.ask in self._waiting:
                self._replies[message.ask] = message
                self._waiting[message.ask].set()
            case _:
                pass

    async def _send(self, frame: bytes) -> None:
        async with self._sending:
            sent = False
            try:
                sent = self._open and await self._channel.send(frame)
            finally:
                # A frame that was begun and given up would swallow the next one.
                if not sent:
                    self.close()

    def _no_reply(self, patience: float) -> Unreachable:
        if self._open:
            what = f"the guard gave no reply within {patience:g} s; what it made of it is not known"
        else:
            what = "the guard is gone"
        return Unreachable(what, where=self.endpoint.server, fix="look whether it is still open")


async def connect(
    endpoint: Endpoint, role: Role = "decide", seen: Seen | None = None
) -> Connection:
    """Connect to a guard, and be told everything or, after `seen`, only what came since.

    Raises Unreachable, VersionsDiffer or NotAdmitted.
    """
    return Connection(endpoint, await join(endpoint, role, seen))


def _ignore(event: Event) -> None:
    """Whoever gives one order has no use for news."""
