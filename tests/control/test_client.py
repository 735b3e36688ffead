"""The side of consoles: it believes no impostor, waits for nobody for ever, and never hangs."""

import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from localguard.control.client import connect
from localguard.control.endpoint import Endpoint
from localguard.control.faults import ControlFault, NotAdmitted, Unreachable, VersionsDiffer
from localguard.control.frames import FRAME, Channel
from localguard.control.handshake import (
    Challenge,
    Goodbye,
    Hello,
    Welcome,
    fresh,
    told,
)
from localguard.control.listening import listen_on_port, reach
from localguard.control.messages import PROTOCOL, Decided, Event, Refused, Snapshot
from localguard.control.wire import parse, wire
from tests.control.board import FakeBoard, answer, closed_view, guard_view, request_view
from tests.control.raw import let_in
from tests.control.stage import heard, serving, until

KEY = b"k" * 32
Play = Callable[[Channel], Awaitable[None]]


def endpoint_at(port: int) -> Endpoint:
    return Endpoint(
        id="7f3a9c",
        pid=1,
        born=None,
        proto=PROTOCOL,
        version="0.1.0",
        server="files",
        profile=None,
        client=None,
        unix=None,
        port=port,
        key=told(KEY),
        home="",
        started=0.0,
    )


@asynccontextmanager
async def played(play: Play) -> AsyncIterator[Endpoint]:
    """Somebody on a port of 127.0.0.1 who plays a guard."""
    listening = listen_on_port()

    async def accept() -> None:
        while True:
            await anyio.wait_readable(listening.socket)
            with suppress(BlockingIOError):
                channel = Channel(listening.socket.accept()[0])
                try:
                    await play(channel)
                finally:
                    channel.close()

    with listening.socket:
        async with anyio.create_task_group() as group:
            group.start_soon(accept)
            assert listening.address.port is not None
            yield endpoint_at(listening.address.port)
            group.cancel_scope.cancel()


async def silent(_: Channel) -> None:
    await anyio.sleep_forever()


async def gone(_: Channel) -> None:
    """Close at once."""


async def hypertext(channel: Channel) -> None:
    await channel.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def parrot(channel: Channel) -> None:
    """Say back what is said: the console's own proof is no guard's."""
    await channel.send(wire(Challenge(proto=PROTOCOL, nonce=told(fresh()))))
    hello = parse(await channel.receive() or b"", Hello)
    assert hello is not None
    await channel.send(wire(Welcome(version="0", proof=hello.proof, resumed=False, may_not=None)))


async def short_nonce(channel: Channel) -> None:
    await channel.send(wire(Challenge(proto=PROTOCOL, nonce=told(b"short"))))


async def later(channel: Channel) -> None:
    await channel.send(b'{"type":"challenge","proto":9}\n')


async def no_answer(channel: Channel) -> None:
    await channel.send(wire(Challenge(proto=PROTOCOL, nonce=told(fresh()))))
    await channel.receive()
    await channel.send(b'{"type":"weather"}\n')


async def hostile_goodbye(channel: Channel) -> None:
    await channel.send(wire(Challenge(proto=PROTOCOL, nonce=told(fresh()))))
    await channel.receive()
    await channel.send(wire(Goodbye(why="full", text="\x1b[2Jfull")))


@pytest.mark.parametrize(
    ("play", "kind", "words"),
    [
        (gone, Unreachable, "broke off"),
        (hypertext, NotAdmitted, "does not know the key"),
        (parrot, NotAdmitted, "does not know the key"),
        (short_nonce, NotAdmitted, "does not know the key"),
        (no_answer, NotAdmitted, "does not know the key"),
        (later, VersionsDiffer, "versions differ"),
        (hostile_goodbye, NotAdmitted, r"\\u\{1b\}\[2Jfull"),
    ],
)
async def test_whoever_is_no_guard_is_not_believed(
    play: Play, kind: type[ControlFault], words: str
) -> None:
    """Attack: another program on the port of a guard that has ended."""
    async with played(play) as endpoint:
        with pytest.raises(kind, match=words) as caught:
            await connect(endpoint)
        assert caught.value.fix


@pytest.mark.slow
async def test_a_guard_that_says_nothing_is_not_waited_for_for_ever() -> None:
    """A guard that was stopped (SIGSTOP), or hangs."""
    async with played(silent) as endpoint:
        with anyio.fail_after(10), pytest.raises(Unreachable, match="does not answer within 5 s"):
            await connect(endpoint)


@pytest.mark.slow
async def test_a_guard_that_gives_no_reply_is_not_waited_for_for_ever() -> None:
    """Nobody knows what became of the answer, and it says so."""

    async def play(channel: Channel) -> None:
        await let_in(channel, KEY)
        await channel.send(wire(Snapshot(seq=0, guard=guard_view())))
        await anyio.sleep_forever()

    async with played(play) as endpoint:
        connection = await connect(endpoint)
        with anyio.fail_after(10), pytest.raises(Unreachable, match="what it made of it"):
            await connection.order_alone(answer())


async def test_a_guard_that_goes_in_the_middle_of_an_answer_is_gone() -> None:
    async def play(channel: Channel) -> None:
        await let_in(channel, KEY)
        await channel.send(wire(Snapshot(seq=0, guard=guard_view())))
        await channel.receive()

    async with played(play) as endpoint:
        connection = await connect(endpoint)
        with pytest.raises(Unreachable, match="the guard is gone"):
            await connection.order_alone(answer())
        with pytest.raises(Unreachable, match="the guard is gone"):
            await connection.order(answer())


async def test_a_guard_that_goes_in_the_middle_of_its_snapshot_is_gone() -> None:
    async def play(channel: Channel) -> None:
        await let_in(channel, KEY)
        await channel.send(wire(request_view()))

    async with played(play) as endpoint:
        with pytest.raises(Unreachable, match="broke off"):
            await connect(endpoint)


async def test_what_is_no_frame_ends_the_connection() -> None:
    async def play(channel: Channel) -> None:
        await let_in(channel, KEY)
        await channel.send(wire(Snapshot(seq=0, guard=guard_view())))
        await channel.send(b'{"type":"weather"}\n' + wire(closed_view()))
        await channel.send(b"garbage")
        await anyio.sleep_forever()

    async with played(play) as endpoint:
        connection = await connect(endpoint)
        events: list[Event] = []
        with anyio.fail_after(10):
            await connection.listen(events.append)
        assert events == []


async def test_a_loopback_guard_is_talked_to_like_any_other() -> None:
    """The way of Windows, on every system."""

    async def play(channel: Channel) -> None:
        await let_in(channel, KEY)
        await channel.send(wire(closed_view()))
        await channel.send(b'{"type":"weather"}\n')
        await channel.send(wire(Snapshot(seq=4, guard=guard_view())))
        await channel.receive()
        await channel.send(wire(Decided(ask=1, id="7f3a9c-1", how="allowed")))

    async with played(play) as endpoint:
        connection = await connect(endpoint)
        assert connection.snapshot is not None
        assert connection.snapshot.seq == 4
        assert len(connection.snapshot.closed) == 1
        assert isinstance(await connection.order_alone(answer()), Decided)


async def test_nobody_at_an_address_is_unreachable(tmp_path: Path) -> None:
    listening = listen_on_port()
    listening.socket.close()
    assert listening.address.port is not None
    endpoint = endpoint_at(listening.address.port)
    for nowhere in (endpoint, replace(endpoint, unix=str(tmp_path / "none.sock"), port=None)):
        with pytest.raises(Unreachable, match="no guard answers"):
            await connect(nowhere)


@pytest.mark.skipif(os.name != "posix", reason="Unix sockets")
async def test_a_full_queue_is_waited_for(tmp_path: Path) -> None:
    """connect(2) on a Unix socket gives EAGAIN where others wait already."""
    path = str(tmp_path / "full.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(0)
        listener.setblocking(False)
        address = replace(endpoint_at(0), unix=path, port=None).address
        first = await reach(address)
        reached: list[socket.socket] = []

        async def second() -> None:
            reached.append(await reach(address))

        async with anyio.create_task_group() as group:
            group.start_soon(second)
            await anyio.wait_all_tasks_blocked()
            taken = [listener.accept()[0]]
            await until(lambda: reached)
            taken.append(listener.accept()[0])
        for each in (first, *reached, *taken):
            each.close()


async def test_an_answer_longer_than_a_frame_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    board = FakeBoard()
    board.hold(request_view())
    async with serving(tmp_path / "run", board) as endpoint, heard(endpoint) as (connection, _):
        reply = await connection.order(answer(arguments="x" * FRAME))
        assert isinstance(reply, Refused)
        assert "1 MiB" in reply.why
        assert isinstance(await connection.order(answer()), Decided)


async def test_an_order_that_was_given_up_does_not_spoil_the_next(tmp_path: Path) -> None:
    board = FakeBoard()
    board.hold(request_view())
    async with serving(tmp_path / "run", board) as endpoint, heard(endpoint) as (connection, _):
        with anyio.CancelScope() as scope:
            scope.cancel()
            await connection.order(answer("nothing"))
        assert isinstance(await connection.order(answer()), Decided)


async def test_a_frame_that_was_given_up_in_its_middle_ends_the_connection() -> None:
    """The next order would be taken for the rest of this one."""

    async def play(channel: Channel) -> None:
        await let_in(channel, KEY)
        await channel.send(wire(Snapshot(seq=0, guard=guard_view())))
        await anyio.sleep_forever()

    async with played(play) as endpoint, heard(endpoint) as (connection, _):
        said = set()
        while "the guard is gone" not in said:
            with pytest.raises(Unreachable) as caught:
                await connection.order(answer(arguments="x" * (FRAME // 2)), patience=0.05)
            said.add(caught.value.what)
        assert len(said) == 2
