"""A server that the profile in force defines anew is started anew.

What is wanted is settled when the next server is started, not when it was first heard of: several
changes in a row start one server.
"""

import math
from typing import Final, Protocol

import anyio

from localguard.aside import aside
from localguard.policy.decide import Standing
from localguard.relay.greeting import Greeting
from localguard.relay.session import Session
from localguard.relay.upstream import Served, Upstream

PAUSE: Final = 2.0
"""Seconds between two looks whether a secret that a server lacks is there by now."""


class Maker(Protocol):
    """Knows what the profile makes of this guard's server."""

    def wanted(self, standing: Standing) -> bool:
        """Whether the policy defines the server otherwise than the one that runs."""
        ...

    def lacks(self) -> bool:
        """Whether the server was not started for want of a secret."""
        ...

    def lacks_less(self) -> bool:
        """Whether that may have changed."""
        ...

    def prepare(self, standing: Standing) -> None:
        """All that may block of what `make` needs."""
        ...

    def make(self, standing: Standing) -> Served:
        """Start the server that it defines, and all that goes with it."""
        ...


class Replacement:
    """Starts a server anew, when the policy wants it. `greeted` is set while none is greeted."""

    def __init__(self, maker: Maker) -> None:
        self.greeted = anyio.Event()
        self.greeted.set()
        self._maker = maker
        self._wanted = False
        self._news = anyio.Event()

    def follow(self, standing: Standing) -> None:
        """Another policy is in force."""
        self._wanted = self._maker.wanted(standing)
        self._news.set()

    async def due(self) -> None:
        """Return once another server is wanted."""
        while not self._wanted:
            with anyio.move_on_after(PAUSE if self._maker.lacks() else math.inf):
                await self._news.wait()
                self._news = anyio.Event()
            if self._maker.lacks_less():
                self._wanted = True

    async def prepare(self, session: Session) -> None:
        """Get ready what the next start needs, while the loop goes on."""
        await aside(lambda: self._maker.prepare(session.standing))

    def begin(self, session: Session, greeting: Greeting, upstream: Upstream) -> None:
        """Start the server that the policy of now defines, in place of one that was stopped."""
        session.refresh()
        served = self._maker.make(session.standing)
        self._wanted = False
        upstream.connect(session, served)
        self.greeted = anyio.Event()
        runs = served.process is not None or served.remote is not None
        trouble = None if runs else served.why_not
        greeting.again(self.greeted.set, trouble)
