"""How a console is let in: the challenge, its proof, and room for it.

Whoever proves nothing is told nothing that it could not read in the endpoint file, and who sends no
frame is told nothing at all. A console that may answer is worth more than one that may not: it gets
the place of one where all are taken.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import anyio
import anyio.to_thread

from localguard import __version__
from localguard.control.board import Judge
from localguard.control.connection import ONLY_LOOKS, Outbox
from localguard.control.endpoint import Endpoint
from localguard.control.frames import Channel
from localguard.control.half_open import HalfOpen, owner_of
from localguard.control.handshake import (
    PATIENCE,
    Challenge,
    Goodbye,
    Hello,
    Terms,
    Welcome,
    Why,
    fresh,
    protocol_of,
    prove,
    proves,
    told,
    untold,
)
from localguard.control.messages import PROTOCOL
from localguard.control.wire import parse, wire

MOST: Final = 64
"""Consoles at once."""

_GOODBYES: Final[dict[Why, str]] = {
    "key": "the proof does not fit the key of this guard",
    "full": f"{MOST} consoles are connected to this guard already; close some",
    "late": f"the hello did not come within {PATIENCE:g} s",
}


class Admitted(NamedTuple):
    """A console that has proved itself: what it asked for, and the proof of the guard for it.

    `may_not` is why it may not answer; None: it may.
    """

    hello: Hello
    proof: str
    may_not: str | None

    def welcome(self, *, resumed: bool) -> bytes:
        """The guard's answer to it."""
        return wire(
            Welcome(version=__version__, proof=self.proof, resumed=resumed, may_not=self.may_not)
        )


@dataclass(frozen=True, slots=True)
class Visitor:
    """A console that was let in."""

    outbox: Outbox
    may_not: str | None


class Admission:
    """Lets consoles in, some at a time."""

    def __init__(self, endpoint: Endpoint, judge: Judge) -> None:
        self.half_open = HalfOpen()
        self.visitors: dict[anyio.CancelScope, Visitor] = {}
        self._endpoint = endpoint
        self._key = endpoint.secret
        self._judge = judge

    async def admit(self, channel: Channel, scope: anyio.CancelScope) -> Admitted | None:
        """A console that has proved itself in time, and for which there is room. Raises NotFrames.

        `scope` is cancelled where it has to make room for others.
        """
        self.half_open.enter(scope, owner_of(channel.socket))
        try:
            with anyio.move_on_after(PATIENCE):
                return await self._hear(channel)
            _turn_away(channel, "late")
            return None
        finally:
            self.half_open.leave(scope)

    async def _hear(self, channel: Channel) -> Admitted | None:
        nonce = fresh()
        await channel.send(wire(Challenge(proto=PROTOCOL, nonce=told(nonce))))
        line = await channel.receive()
        proto = None if line is None else protocol_of(line)
        if line is None or proto is None:
            return None
        if proto != PROTOCOL:
            _refuse_protocol(channel, proto)
            return None
        hello = parse(line, Hello)
        theirs = None if hello is None else untold(hello.nonce)
        if hello is None or theirs is None:
            return None
        terms = Terms(self._endpoint.id, hello.role, nonce, theirs)
        if not proves(self._key, "console", terms, hello.proof):
            _turn_away(channel, "key")
            return None
        return await self._make_room(channel, hello, prove(self._key, "guard", terms))

    async def _make_room(self, channel: Channel, hello: Hello, proof: str) -> Admitted | None:
        _, may_not = await anyio.to_thread.run_sync(self._judge, channel.socket)
        if hello.role != "decide":
            may_not = ONLY_LOOKS
        if len(self.visitors) >= MOST and not (may_not is None and self._give_up_one()):
            _turn_away(channel, "full")
            return None
        return Admitted(hello, proof, may_not)

    def _give_up_one(self) -> bool:
        for scope, visitor in self.visitors.items():
            if visitor.may_not is not None:
                del self.visitors[scope]
                scope.cancel()
                return True
        return False


def _turn_away(channel: Channel, why: Why) -> None:
    channel.send_now(wire(Goodbye(why=why, text=_GOODBYES[why])))


def _refuse_protocol(channel: Channel, proto: int) -> None:
    text = (
        f"this guard is localguard {__version__} and speaks version {PROTOCOL} of the control"
        f" protocol, not {proto}"
    )
    channel.send_now(wire(Goodbye(why="versions", text=text)))
