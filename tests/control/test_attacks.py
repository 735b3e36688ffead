"""What a program of the same user can do to a control endpoint: nothing that counts.

It has no key, or it has read one; it sends what it likes, as often as it likes. Nobody but a person
answers, calls go on, and a console still gets in.
"""

import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import anyio
import orjson
import pytest

from localguard.control.client import connect
from localguard.control.endpoint import Endpoint
from localguard.control.faults import NotAdmitted, Unreachable, VersionsDiffer
from localguard.control.frames import FRAME
from localguard.control.half_open import MOST
from localguard.control.handshake import fresh, told
from localguard.control.messages import PROTOCOL, Decided
from localguard.control.wire import wire
from tests.control.board import FakeBoard, answer, closed_view, request_view
from tests.control.processes import python
from tests.control.raw import hello, raw
from tests.control.stage import heard, serving, until

HTTP = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{}"
FLOOD = """
import socket, sys
kept = []
for number in range(int(sys.argv[2])):
    one = socket.socket(socket.AF_UNIX)
    one.connect(sys.argv[1])
    kept = [*kept[-200:], one]
print("done")
"""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def board() -> FakeBoard:
    board = FakeBoard()
    board.hold(request_view())
    return board


async def still_served(endpoint: Endpoint, board: FakeBoard) -> None:
    """A person's console gets in and is obeyed."""
    async with heard(endpoint) as (connection, _):
        assert isinstance(await connection.order(answer()), Decided)
    assert board.requests == {}


async def test_a_wrong_key_is_told_nothing_and_obeyed_in_nothing(
    run: Path, board: FakeBoard
) -> None:
    async with serving(run, board) as endpoint:
        with pytest.raises(NotAdmitted, match="does not fit the key"):
            await connect(replace(endpoint, key=told(fresh())))
        assert board.orders == []
        await still_served(endpoint, board)


@pytest.mark.parametrize("key", ["", "short", "\ud800"])
async def test_an_endpoint_without_a_key_lets_nobody_in(
    run: Path, board: FakeBoard, key: str
) -> None:
    """Attack: no key on either side would be the same key."""
    async with serving(run, board) as endpoint:
        with pytest.raises(NotAdmitted):
            await connect(replace(endpoint, key=key))


@pytest.mark.parametrize(
    "first",
    [
        HTTP,
        b"\x16\x03\x01\x02\x00",
        b"\0" * 100,
        b"{\n",
        b"{}\n",
        b'{"type":"hello"}\n',
        b'{"type":"hello","proto":%d}\n' % PROTOCOL,
        b'{"proto":%d,"type":"decide","ask":1}\n' % PROTOCOL,
        b"{" * 5000 + b"\n",
        b"{" * 5000,
    ],
)
async def test_garbage_ends_the_connection_without_a_word(
    run: Path, board: FakeBoard, first: bytes
) -> None:
    """Attack: a browser, a port scanner, anything."""
    async with serving(run, board) as endpoint:
        peer = await raw(endpoint)
        await peer.challenge()
        await peer.say(first)
        assert await peer.said() is None
        peer.close()
        await still_served(endpoint, board)


async def test_an_answer_before_the_proof_is_no_answer(run: Path, board: FakeBoard) -> None:
    """Attack: order first, prove later."""
    async with serving(run, board) as endpoint:
        peer = await raw(endpoint)
        await peer.say(wire(answer()))
        assert await peer.ended()
        peer.close()
        assert board.orders == []


async def test_a_proof_that_was_heard_is_good_for_nothing(run: Path, board: FakeBoard) -> None:
    """Attack: replay of a hello on another connection."""
    async with serving(run, board) as endpoint:
        first = await raw(endpoint)
        line = wire(hello(endpoint, await first.challenge()))
        await first.say(line)
        assert (await first.said() or {})["type"] == "welcome"
        second = await raw(endpoint)
        await second.challenge()
        await second.say(line)
        assert await second.said() == {
            "type": "goodbye",
            "why": "key",
            "text": "the proof does not fit the key of this guard",
        }
        assert await second.ended()
        first.close()
        second.close()


async def test_a_proof_for_looking_is_none_for_answering(run: Path, board: FakeBoard) -> None:
    """Attack: the role is changed after the proof was made."""
    async with serving(run, board) as endpoint:
        peer = await raw(endpoint)
        word = hello(endpoint, await peer.challenge(), "observe")
        await peer.say(wire(replace(word, role="decide")))
        assert (await peer.said() or {})["why"] == "key"
        peer.close()


async def test_another_version_is_told_so_on_both_sides(run: Path, board: FakeBoard) -> None:
    """Promise: the console can say that versions differ."""
    async with serving(run, board) as endpoint:
        peer = await raw(endpoint)
        await peer.challenge()
        await peer.say(b'{"type":"hello","proto":%d,"whatever":[]}\n' % (PROTOCOL + 1))
        goodbye = await peer.said()
        assert goodbye is not None
        assert goodbye["why"] == "versions"
        assert f"version {PROTOCOL}" in goodbye["text"]
        peer.close()
        with pytest.raises(VersionsDiffer, match="versions differ"):
            await connect(replace(endpoint, proto=PROTOCOL + 1))


async def test_the_same_answer_twice_counts_once(run: Path, board: FakeBoard) -> None:
    """Attack: replay of an order, down to its number; the board says what it is by then."""
    async with serving(run, board) as endpoint:
        peer = await raw(endpoint)
        await peer.prove_itself(endpoint)
        line = wire(replace(answer(), ask=7))
        await peer.say(line + line)
        words = [await peer.said() for _ in range(3)]
        assert [word and word["type"] for word in words] == ["event", "decided", "stale"]
        peer.close()


async def test_a_frame_over_a_mebibyte_ends_the_connection(run: Path, board: FakeBoard) -> None:
    """Promise: 1 MiB, and one byte more is no frame."""
    async with serving(run, board) as endpoint:
        peer = await raw(endpoint)
        await peer.prove_itself(endpoint)
        fits = orjson.dumps({"type": "none", "text": ""})[:-2] + b"x" * FRAME
        await peer.say(fits[: FRAME - 2] + b'"}\n' + wire(answer()))
        assert (await peer.said() or {})["type"] == "event"
        assert (await peer.said() or {})["type"] == "decided"
        await peer.say(fits[: FRAME - 1] + b'"}\n')
        assert await peer.said() is None
        peer.close()


async def test_what_an_older_guard_does_not_know_is_ignored(run: Path, board: FakeBoard) -> None:
    async with serving(run, board) as endpoint:
        peer = await raw(endpoint)
        await peer.prove_itself(endpoint)
        await peer.say(b'{"type":"weather"}\n{"type":"decide","ask":"one"}\n' + wire(answer()))
        assert (await peer.said() or {})["type"] == "event"
        assert (await peer.said() or {})["type"] == "decided"
        peer.close()


async def test_a_console_that_does_not_read_is_dropped_while_calls_go_on(
    run: Path, board: FakeBoard
) -> None:
    """Attack: a stopped console (SIGSTOP); the desk never waits for it."""
    async with serving(run, board) as endpoint, heard(endpoint) as (_, events):
        deaf = await raw(endpoint)
        await deaf.prove_itself(endpoint)
        slowest = 0.0
        for number in range(60):
            begun = time.monotonic()
            board.tell(request_view(f"7f3a9c-{number}", arguments="x" * 200 * 1024))
            slowest = max(slowest, time.monotonic() - begun)
            await until(lambda count=number: len(events) > count)  # type: ignore[misc]
        assert slowest < 1
        # What the socket still held is read, and then there is nobody at the other end.
        assert await deaf.ended()
        deaf.close()


async def test_a_burst_for_consoles_that_read_loses_none_of_it(run: Path, board: FakeBoard) -> None:
    """Promise: 10 guards with 100 requests; all of one guard's at once."""
    async with serving(run, board) as endpoint, heard(endpoint) as (_, events):
        for number in range(1000):
            board.tell(closed_view(f"7f3a9c-{number}"))
        await until(lambda: len(events) == 1000)


async def test_connections_that_prove_nothing_are_few_at_once(run: Path, board: FakeBoard) -> None:
    """Attack: connect and say nothing; the oldest of whoever has most goes first."""
    async with serving(run, board) as endpoint:
        peers = [await raw(endpoint) for _ in range(MOST + 10)]
        for peer in peers:
            await peer.channel.send(b"")
        first = peers[0]
        await first.challenge()
        assert await first.ended()
        await peers[-1].challenge()
        await still_served(endpoint, board)
        for peer in peers:
            peer.close()


@pytest.mark.slow
async def test_who_says_no_hello_in_time_is_told_so(run: Path, board: FakeBoard) -> None:
    """Promise: 5 seconds for the handshake."""
    async with serving(run, board) as endpoint:
        peer = await raw(endpoint)
        await peer.challenge()
        assert (await peer.said() or {})["why"] == "late"
        peer.close()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets")
async def test_ten_thousand_connections_keep_no_console_out_and_no_call_waiting(
    run: Path, board: FakeBoard
) -> None:
    """Attack: four processes connect 10,000 times; a person gets in and is obeyed meanwhile."""
    async with serving(run, board) as endpoint:
        assert endpoint.unix is not None
        floods = [python("-I", "-c", FLOOD, endpoint.unix, "2500") for _ in range(4)]
        answered, stalls = 0, [0.0]
        async with anyio.create_task_group() as group:
            group.start_soon(_watch, stalls)
            while any(flood.poll() is None for flood in floods):
                board.hold(request_view())
                answered += await _answered(endpoint)
            group.cancel_scope.cancel()
        for flood in floods:
            assert flood.communicate()[0] == "done\n"
        assert answered > 0
        assert max(stalls) < 1
        board.hold(request_view())
        await still_served(endpoint, board)


async def _answered(endpoint: Endpoint) -> int:
    with suppress(Unreachable):
        connection = await connect(endpoint)
        reply = await connection.order_alone(answer())
        return isinstance(reply, Decided)
    return 0


async def _watch(stalls: list[float]) -> None:
    """How long the loop was kept from going round, as a call would feel it."""
    while True:
        begun = time.monotonic()
        await anyio.sleep(0.001)
        stalls.append(time.monotonic() - begun)


async def test_a_flood_of_orders_leaves_the_loop_to_the_calls(run: Path, board: FakeBoard) -> None:
    """Attack: a program with the key gives orders without end; each is judged, none in haste."""
    async with serving(run, board) as endpoint:
        peer = await raw(endpoint)
        await peer.prove_itself(endpoint)
        stalls = [0.0]
        async with anyio.create_task_group() as group:
            group.start_soon(_watch, stalls)
            await peer.say(wire(answer("nothing")) * 500)
            await still_served(endpoint, board)
            group.cancel_scope.cancel()
        assert max(stalls) < 1
        peer.close()
