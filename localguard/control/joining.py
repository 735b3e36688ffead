"""How a console joins a guard: it proves itself, is told everything, and believes no impostor.

What is told at the beginning comes view by view, so that no frame has to hold all of it.
"""

from collections.abc import Awaitable
from dataclasses import replace
from typing import Final, NamedTuple, TypeVar

import anyio

from localguard import __version__
from localguard.control.endpoint import ONE_VERSION, RESTART, Endpoint
from localguard.control.faults import ControlFault, NotAdmitted, Unreachable, VersionsDiffer
from localguard.control.frames import Channel, NotFrames
from localguard.control.handshake import (
    PATIENCE,
    Challenge,
    Goodbye,
    Hello,
    Role,
    Terms,
    Welcome,
    fresh,
    protocol_of,
    prove,
    proves,
    told,
    untold,
)
from localguard.control.listening import reach
from localguard.control.messages import PROTOCOL, ClosedView, GrantView, RequestView, Snapshot
from localguard.control.wire import parse, read, wire

_SNAPSHOT: Final = 20.0
"""Seconds for everything that is told at the beginning."""
_T = TypeVar("_T")


class Seen(NamedTuple):
    """How far a console had heard a guard when it lost the connection."""

    guard: str
    seq: int


class Joined(NamedTuple):
    """A guard that has proved itself. `snapshot` is None where it goes on after what was seen."""

    channel: Channel
    welcome: Welcome
    snapshot: Snapshot | None


async def join(endpoint: Endpoint, role: Role, seen: Seen | None) -> Joined:
    """Connect to a guard. Raises Unreachable, VersionsDiffer or NotAdmitted."""
    if endpoint.proto != PROTOCOL:
        raise _versions(endpoint, endpoint.proto)
    channel = Channel(await _within(PATIENCE, endpoint, reach(endpoint.address)))
    try:
        welcome = await _within(PATIENCE, endpoint, _introduce(channel, endpoint, role, seen))
        if welcome.resumed:
            return Joined(channel, welcome, None)
        told_all = await _within(_SNAPSHOT, endpoint, _snapshot(channel, endpoint))
        return Joined(channel, welcome, told_all)
    except BaseException:
        channel.close()
        raise


async def _within(patience: float, endpoint: Endpoint, doing: Awaitable[_T]) -> _T:
    try:
        with anyio.fail_after(patience):
            return await doing
    except TimeoutError as error:
        what = f"the guard does not answer within {patience:g} s"
        raise Unreachable(what, where=endpoint.server, fix=RESTART) from error


async def _introduce(
    channel: Channel, endpoint: Endpoint, role: Role, seen: Seen | None
) -> Welcome:
    challenge = await _challenge(channel, endpoint)
    theirs = untold(challenge.nonce)
    if theirs is None:
        raise _stranger(endpoint)
    own = fresh()
    terms = Terms(endpoint.id, role, theirs, own)
    hello = Hello(
        proto=PROTOCOL,
        version=__version__,
        role=role,
        nonce=told(own),
        proof=prove(endpoint.secret, "console", terms),
        guard=endpoint.id if seen is None else seen.guard,
        seq=None if seen is None else seen.seq,
    )
    await channel.send(wire(hello))
    line = await _line(channel, endpoint)
    welcome = parse(line, Welcome)
    if welcome is None:
        raise _turned_away(endpoint, parse(line, Goodbye))
    if not proves(endpoint.secret, "guard", terms, welcome.proof):
        raise _stranger(endpoint)
    return welcome


async def _challenge(channel: Channel, endpoint: Endpoint) -> Challenge:
    line = await _line(channel, endpoint)
    proto = protocol_of(line)
    if proto is not None and proto != PROTOCOL:
        raise _versions(endpoint, proto)
    challenge = parse(line, Challenge)
    if challenge is None:
        raise _stranger(endpoint)
    return challenge


async def _snapshot(channel: Channel, endpoint: Endpoint) -> Snapshot:
    """The views come one by one, and the snapshot itself is the last word of them."""
    requests: list[RequestView] = []
    closed: list[ClosedView] = []
    grants: list[GrantView] = []
    while True:
        match read(await _line(channel, endpoint)):
            case RequestView() as view:
                requests.append(view)
            case ClosedView() as view:
                closed.append(view)
            case GrantView() as view:
                grants.append(view)
            case Snapshot() as last:
                return replace(
                    last, requests=tuple(requests), closed=tuple(closed), grants=tuple(grants)
                )
            case _:
                continue


async def _line(channel: Channel, endpoint: Endpoint) -> bytes:
    try:
        line = await channel.receive()
    except NotFrames:
        raise _stranger(endpoint) from None
    if line is None:
        raise Unreachable("the guard broke off", where=endpoint.server, fix="try again")
    return line


def _turned_away(endpoint: Endpoint, goodbye: Goodbye | None) -> ControlFault:
    if goodbye is None:
        return _stranger(endpoint)
    if goodbye.why == "versions":
        return VersionsDiffer(goodbye.text, where=endpoint.server, fix=ONE_VERSION)
    return NotAdmitted(goodbye.text, where=endpoint.server, fix=RESTART)


def _stranger(endpoint: Endpoint) -> NotAdmitted:
    what = "what listens there does not know the key of this guard"
    return NotAdmitted(what, where=str(endpoint.address), fix=RESTART)


def _versions(endpoint: Endpoint, proto: int) -> VersionsDiffer:
    what = (
        f"versions differ: this guard is localguard {endpoint.version} and speaks version {proto}"
        f" of the control protocol, and this is localguard {__version__} with version {PROTOCOL}"
    )
    return VersionsDiffer(what, where=endpoint.server, fix=ONE_VERSION)
