"""One guard, followed until it ends: connected, heard, and found again after a lost connection.

That it has ended is told by its endpoint file, which it takes with it, or by its lock, which the
system takes away; never by its silence. Knows no screen.
"""

from typing import Final

import anyio

from localguard.console.gathered import Gathered
from localguard.console.together import Together
from localguard.control.client import Connection, connect
from localguard.control.endpoint import Endpoint, clear_if_dead, load
from localguard.control.faults import ControlFault
from localguard.control.handshake import Role
from localguard.control.joining import Seen
from localguard.control.messages import Event, Order, Reply, Stale
from localguard.text import safe

SOON: Final = 0.1
LATE: Final = 2.0
"""Seconds until the first and until every later attempt to come back."""


class Following:
    """Follows one guard."""

    def __init__(self, run: str, endpoint: Endpoint, gathered: Gathered, role: Role) -> None:
        self.guard = endpoint.id
        self._run = run
        self._endpoint = endpoint
        self._gathered = gathered
        self._role = role
        self._connection: Connection | None = None
        self._seen: Seen | None = None

    async def follow(self, together: Together) -> None:
        """Hear the guard until it has ended. Whoever else is there at first is waited for."""
        pause = SOON
        try:
            while not self._ended():
                pause = SOON if await self._hear(together) else min(2 * pause, LATE)
                together.without(self.guard)
                await anyio.sleep(pause)
        finally:
            together.without(self.guard)
        self._gathered.lose(self.guard)

    async def order(self, order: Order) -> Reply:
        """Give an order; a guard that cannot be reached makes it stale."""
        if self._connection is None:
            return Stale(ask=order.ask, id=order.id, why="the guard is gone or cannot be reached")
        try:
            return await self._connection.order(order)
        except ControlFault as fault:
            return Stale(ask=order.ask, id=order.id, why=fault.what)

    async def _hear(self, together: Together) -> bool:
        """Connect and listen until the connection ends; whether there was one."""
        try:
            connection = await connect(self._endpoint, self._role, self._seen)
        except ControlFault as fault:
            self._gathered.trouble(self.guard, fault.explain())
            return False
        try:
            self._connection = connection
            self._gathered.trouble(self.guard, _only_looks(connection, self._role))
            if connection.snapshot is not None:
                self._seen = Seen(self.guard, connection.snapshot.seq)
                await together.arrive(self.guard, connection.snapshot)
            await connection.listen(lambda event: self._take(event, connection))
        finally:
            self._connection = None
            connection.close()
        return True

    def _take(self, event: Event, connection: Connection) -> None:
        seen = self._seen
        if seen is None or event.seq <= seen.seq:
            return
        if event.seq > seen.seq + 1:
            # Something was lost: told everything anew is the only thing to believe.
            self._seen = None
            connection.close()
            return
        self._seen = Seen(self.guard, event.seq)
        self._gathered.hear(self.guard, event.news)

    def _ended(self) -> bool:
        if clear_if_dead(self._run, self.guard):
            return True
        try:
            self._endpoint = load(self._run, self.guard)
        except FileNotFoundError:
            return True
        except (OSError, ControlFault):
            return False
        return False


def _only_looks(connection: Connection, role: Role) -> str | None:
    if connection.may_not is None or role != "decide":
        return None
    return safe(f"this console may not answer: {connection.may_not}", 400)
