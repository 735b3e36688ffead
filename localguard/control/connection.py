"""One console at a guard: what waits to be sent to it, and the orders it gives.

A console that does not read is dropped and never waited for; it may come back and ask for what it
missed. Orders of all consoles together are taken one after another and at a bounded pace, since
each is judged anew.
"""

from collections import deque
from collections.abc import Iterator
from typing import Final

import anyio
import anyio.to_thread

from localguard.control.board import Board, Judge
from localguard.control.frames import Channel
from localguard.control.handshake import Role
from localguard.control.messages import Approver, Decide, Order, Refused, Reply, Stop
from localguard.control.wire import read, wire

QUEUE: Final = 4 * 1024 * 1024
"""Bytes that may wait for a console that reads slowly."""
PACE: Final = 0.002
"""Seconds between two orders."""
ONLY_LOOKS: Final = "this console asked to look only; open one that may answer"


class Outbox:
    """The frames that wait for one console."""

    def __init__(self, first: Iterator[bytes]) -> None:
        self.full = False
        self._first = first
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._fed = anyio.Event()

    def put(self, frame: bytes) -> None:
        """Take a frame. Never blocks; with too much in it the box is full and ends."""
        self._waiting.append(frame)
        self._size += len(frame)
        self.full = self.full or self._size > QUEUE
        self._fed.set()

    async def empty_into(self, channel: Channel) -> None:
        """Send what comes, until the peer is gone or too slow."""
        for frame in self._first:
            if self.full or not await channel.send(frame):
                return
            await anyio.lowlevel.checkpoint()
        while not self.full:
            if not self._waiting:
                self._fed = anyio.Event()
                await self._fed.wait()
                continue
            frame = self._waiting.popleft()
            self._size -= len(frame)
            if not await channel.send(frame):
                return


class Orders:
    """Takes orders of consoles: whoever gives one is judged anew before it reaches the board."""

    def __init__(self, board: Board, judge: Judge) -> None:
        self._board = board
        self._judge = judge
        self._turn = anyio.Lock()

    async def take(self, line: bytes, channel: Channel, role: Role) -> bytes | None:
        """The reply to an order; None for a line that is none."""
        order = read(line)
        if not isinstance(order, Decide | Stop):
            return None
        async with self._turn:
            reply = await self._reply(order, channel, role)
            await anyio.sleep(PACE)
        return wire(await self._board.order(order, reply) if isinstance(reply, Approver) else reply)

    async def _reply(self, order: Order, channel: Channel, role: Role) -> Reply | Approver:
        """The reply, or who has to be waited for: their receipt must hold up nobody's order."""
        by, why_not = await anyio.to_thread.run_sync(self._judge, channel.socket)
        if role != "decide":
            why_not = ONLY_LOOKS
        if why_not is not None:
            return self._refuse(order, by, why_not)
        if isinstance(order, Decide) and order.receipt is not None:
            return by
        return await self._board.order(order, by)

    def _refuse(self, order: Order, by: Approver, why_not: str) -> Reply:
        self._board.refused(by, why_not, order.id)
        return Refused(ask=order.ask, id=order.id, why=why_not)
