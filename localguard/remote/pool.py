"""Connections that wait for their next request.

Servers close idle ones (uvicorn after 5 s), and one that is closed just then may have taken in a
request or not. So none is used that has waited for long.
"""

from typing import Final

import anyio

from localguard.remote.connection import Connection
from localguard.remote.dialing import Dialer

IDLE: Final = 4.0
"""Seconds that a connection may have waited."""
KEPT: Final = 8


class Pool:
    """The connections to one address."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._idle: list[Connection] = []

    async def take(self, *, fresh: bool = False) -> Connection:
        """A connection, a new one if it has to be `fresh`. Raises Unanswered."""
        now = anyio.current_time()
        while self._idle and not fresh:
            connection = self._idle.pop()
            if now - connection.idle_since <= IDLE and not connection.is_stale():
                return connection
            await connection.close()
        return Connection(await self._dialer.dial())

    def keep(self, connection: Connection) -> bool:
        """Keep a connection whose exchange is over, if it can be used again; whether it can."""
        if len(self._idle) >= KEPT or not connection.renew():
            return False
        connection.idle_since = anyio.current_time()
        self._idle.append(connection)
        return True

    async def close(self) -> None:
        """Let go of all of them."""
        while self._idle:
            await self._idle.pop().close()
