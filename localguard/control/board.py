"""What a control endpoint needs of the guard it stands for, as interfaces.

The endpoint carries messages. What is held, what an answer does and who is at the other end is told
by whoever implements these.
"""

import socket
from collections.abc import Callable
from typing import Protocol

from localguard.control.messages import Approver, News, Order, Reply, Snapshot

Listener = Callable[[News], None]
"""Told of each piece of news, in order, on the guard's loop. Never blocks, never raises."""

Judge = Callable[[socket.socket], tuple[Approver, str | None]]
"""The process at the other end of a connected socket, and why it may not answer; None: it may.

Asked at the connection and again at every order, since the process may have become another one; in
a worker thread, since a system may take its time to tell. Never raises: a peer that cannot be told
is refused.
"""


class Board(Protocol):
    """What is held at one guard, and the way to answer. Every method is called on its loop.

    Only an order with a receipt makes `order` wait: for whoever can tell what it is worth.
    """

    def snapshot(self) -> Snapshot:
        """Everything as it is now. Its `seq` is filled in by the endpoint."""
        ...

    async def order(self, order: Order, by: Approver) -> Reply:
        """Do what a person ordered, or say why not. The first answer to a request wins."""
        ...

    def refused(self, by: Approver | None, why: str, request: str | None) -> None:
        """Record that an order was not taken, since whoever gave it may not."""
        ...

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell of news from now on; what is returned ends that."""
        ...
