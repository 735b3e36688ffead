"""Somebody at either end of a control endpoint who keeps to nothing: raw bytes on a socket."""

import socket
from typing import Any

import anyio
import orjson

from localguard.control.endpoint import Endpoint
from localguard.control.frames import Channel, NotFrames
from localguard.control.handshake import (
    Challenge,
    Hello,
    Role,
    Terms,
    Welcome,
    fresh,
    prove,
    told,
    untold,
)
from localguard.control.listening import reach
from localguard.control.messages import PROTOCOL
from localguard.control.wire import parse, wire


class Raw:
    """A connection that was only made."""

    def __init__(self, connected: socket.socket) -> None:
        self.channel = Channel(connected)

    async def said(self) -> dict[str, Any] | None:
        """The next word of the guard as it stands in its frame; None once it hangs up."""
        with anyio.fail_after(10):
            try:
                line = await self.channel.receive()
            except NotFrames:
                return None
        return None if line is None else dict(orjson.loads(line))

    async def say(self, data: bytes) -> None:
        await self.channel.send(data)

    async def ended(self) -> bool:
        """Whether the guard hangs up, whatever it says before."""
        while await self.said() is not None:
            pass
        return True

    async def challenge(self) -> bytes:
        """The nonce of the guard."""
        with anyio.fail_after(10):
            line = await self.channel.receive()
        challenge = None if line is None else parse(line, Challenge)
        assert challenge is not None
        nonce = untold(challenge.nonce)
        assert nonce is not None
        return nonce

    async def prove_itself(self, endpoint: Endpoint, role: Role = "decide") -> None:
        """Come in as a console does, and hear the guard's welcome and the whole snapshot."""
        await self.say(wire(hello(endpoint, await self.challenge(), role)))
        while (word := await self.said()) is None or word["type"] != "snapshot":
            assert word is not None, "turned away"

    def close(self) -> None:
        self.channel.close()


async def raw(endpoint: Endpoint) -> Raw:
    return Raw(await reach(endpoint.address))


def hello(endpoint: Endpoint, theirs: bytes, role: Role = "decide") -> Hello:
    own = fresh()
    terms = Terms(endpoint.id, role, theirs, own)
    return Hello(
        proto=PROTOCOL,
        version="0",
        role=role,
        nonce=told(own),
        proof=prove(endpoint.secret, "console", terms),
        guard=endpoint.id,
        seq=None,
    )


async def let_in(channel: Channel, key: bytes, guard: str = "7f3a9c") -> Hello:
    """Play a guard that knows the key, up to its welcome."""
    own = fresh()
    await channel.send(wire(Challenge(proto=PROTOCOL, nonce=told(own))))
    word = parse(await channel.receive() or b"", Hello)
    assert word is not None
    theirs = untold(word.nonce)
    assert theirs is not None
    proof = prove(key, "guard", Terms(guard, word.role, own, theirs))
    await channel.send(wire(Welcome(version="0.1.0", proof=proof, resumed=False, may_not=None)))
    return word
