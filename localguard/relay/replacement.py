"""A server that the profile in force defines anew is started anew, and its handshake replayed.

The client is told nothing of it but that the lists have changed: it keeps its session. Where the
new server is one that the client would have to be told more about, every call is denied until the
client reconnects.
"""

from typing import Protocol

import anyio

from localguard.policy.decide import Standing
from localguard.relay.client_side import ClientSide
from localguard.relay.frames import Failure, Message, Result
from localguard.relay.session import Session
from localguard.relay.upstream import Served, Upstream

PATIENCE = 10.0
"""Seconds for a new server to answer the handshake."""
RECONNECT = "reconnect this server in the client"


class Maker(Protocol):
    """Knows what the profile makes of this guard's server."""

    def wanted(self, standing: Standing) -> bool:
        """Whether the policy defines the server otherwise than the one that runs."""
        ...

    def make(self, standing: Standing) -> Served:
        """Start the server that it defines, and all that goes with it."""
        ...


class Replacement:
    """Starts a server anew, when the policy wants it."""

    def __init__(self, maker: Maker) -> None:
        self._maker = maker
        self._wanted: Standing | None = None
        self._event = anyio.Event()

    def follow(self, standing: Standing) -> None:
        """Another policy is in force."""
        if self._maker.wanted(standing):
            self._wanted = standing
            self._event.set()

    async def due(self) -> None:
        """Return once another server is wanted."""
        await self._event.wait()
        self._event = anyio.Event()

    async def begin(self, session: Session, side: ClientSide, upstream: Upstream) -> None:
        """Start the server that is wanted now in place of one that was stopped."""
        standing = self._wanted or session.standing
        served = self._maker.make(standing)
        upstream.connect(session, served)
        problem = await _greet(session, side) if served.process is not None else served.why_not
        if problem is not None:
            session.gate.object(f"{problem}; {RECONNECT}")
        side.restarted()


async def _greet(session: Session, side: ClientSide) -> str | None:
    """Replay the client's handshake; why the client has to make one of its own."""
    if session.greeted is None:
        # A client of the modern era makes none, and one that has made none yet is about to.
        return None
    answered = anyio.Event()
    found: list[Result | Failure] = []

    def take(answer: Result | Failure) -> None:
        found.append(answer)
        answered.set()

    side.replay(take)
    with anyio.move_on_after(PATIENCE):
        await answered.wait()
    problem = _difference(session.greeted, found[0] if found else None)
    if problem is None:
        side.replay_initialized()
    return problem


def _difference(told: Message, answer: Result | Failure | None) -> str | None:
    if not isinstance(answer, Result):
        return "the server was started anew, and has not answered the handshake"
    if answer.result.get("protocolVersion") != told.get("protocolVersion"):
        return "the server was started anew, and speaks another version of MCP"
    offered, known = answer.result.get("capabilities"), told.get("capabilities")
    if isinstance(known, dict) and not (isinstance(offered, dict) and known.keys() <= {*offered}):
        return "the server was started anew, and offers less than the client was told"
    return None
