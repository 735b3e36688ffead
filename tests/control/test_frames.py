"""Frames on a socket: any chunks make the same frames, and what is none ends at once."""

import socket
from collections.abc import Iterator

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.control.frames import FRAME, Channel, NotFrames, Splitter

FRAMES = st.lists(st.binary(max_size=40).map(lambda rest: b"{" + rest.replace(b"\n", b"")))


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    with near, far:
        yield near, far


@given(FRAMES, st.integers(1, 50))
def test_any_chunks_make_the_same_frames(frames: list[bytes], size: int) -> None:
    """A stream has no borders but the newline."""
    stream = b"".join(frame + b"\n" for frame in frames)
    splitter = Splitter()
    chunks = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert [frame for chunk in chunks for frame in splitter.feed(chunk)] == frames


def test_a_frame_of_one_mebibyte_passes_and_one_byte_more_does_not() -> None:
    """Promise: 1 MiB for a frame."""
    whole = b"{" + b"x" * (FRAME - 1)
    assert list(Splitter().feed(whole + b"\n")) == [whole]
    with pytest.raises(NotFrames):
        list(Splitter().feed(whole + b"x\n"))


def test_a_frame_that_never_ends_is_none_as_soon_as_it_is_too_long() -> None:
    """Attack: filling the memory without a newline."""
    splitter = Splitter(limit=10)
    assert list(splitter.feed(b"{123456789")) == []
    with pytest.raises(NotFrames):
        list(splitter.feed(b"0"))


@pytest.mark.parametrize(
    "first", [b"G", b"GET / HTTP/1.1\r\n", b"\x16\x03\x01", b" {", b"[", b"\0"]
)
def test_what_begins_like_no_object_ends_at_its_first_byte(first: bytes) -> None:
    """Attack: a browser that is led to a port (RFC 9112 section 3), or TLS."""
    with pytest.raises(NotFrames):
        list(Splitter().feed(first))


def test_the_second_frame_is_looked_at_too() -> None:
    """Attack: one good frame first."""
    with pytest.raises(NotFrames):
        list(Splitter().feed(b'{"type":"x"}\nPOST'))


async def test_a_channel_carries_more_than_the_socket_holds(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    near, far = map(Channel, ends)
    frame = b"{" + b"x" * (FRAME - 1)
    sent: list[bool] = []

    async def send() -> None:
        sent.append(await near.send(frame + b"\n"))

    async with anyio.create_task_group() as group:
        group.start_soon(send)
        assert await far.receive() == frame
    assert sent == [True]


async def test_what_came_before_the_end_of_all_frames_is_heard_first(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    """How a stream was cut into chunks makes no difference."""
    near, far = map(Channel, ends)
    await near.send(b'{"a":1}\nGET /')
    assert await far.receive() == b'{"a":1}'
    for _ in range(2):
        with pytest.raises(NotFrames):
            await far.receive()


async def test_empty_lines_are_no_frames(ends: tuple[socket.socket, socket.socket]) -> None:
    near, far = map(Channel, ends)
    await near.send(b'\n\n{"a":1}\n')
    assert await far.receive() == b'{"a":1}'


async def test_a_peer_that_is_gone_is_none_and_never_an_exception(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    near, far = map(Channel, ends)
    far.close()
    assert await near.send(b"{}\n") is False
    assert await near.receive() is None
    near.send_now(b"{}\n")


async def test_a_peer_that_breaks_off_in_a_frame_is_gone(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    """Half a frame is no frame."""
    near, far = map(Channel, ends)
    await far.send(b'{"type":"sto')
    far.close()
    assert await near.receive() is None


@pytest.mark.slow
async def test_a_peer_that_reads_nothing_is_not_waited_for_for_ever(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    """Promise: 10 seconds."""
    near = Channel(ends[0])
    with anyio.fail_after(20):
        assert await near.send(b"{" + b"x" * 8 * FRAME) is False
