"""A client that goes while something is awaited for its server."""

import os
import socket
import sys
from threading import Event
from time import monotonic

import pytest

from localguard.relay.awaiting import has_hung_up, is_had

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="only a read could tell there")


def test_a_silent_provider_keeps_no_guard_whose_client_has_gone() -> None:
    """Attack D: no exit later than 2 s after the end of stdin, whatever is still to be read."""
    read, write = os.pipe()
    os.write(write, b'{"jsonrpc":"2.0"}\n')
    os.close(write)
    never, begun = Event(), monotonic()

    def silent() -> None:
        never.wait(60)

    try:
        assert not is_had(silent, read)
        assert monotonic() - begun < 2
        assert os.read(read, 100) == b'{"jsonrpc":"2.0"}\n'
    finally:
        never.set()
        os.close(read)


def test_a_client_that_is_there_waits() -> None:
    """And one that has said all it has to say, for a moment."""
    read, write = os.pipe()
    assert is_had(lambda: None, read)
    os.close(write)
    assert is_had(lambda: None, read)
    os.close(read)


def test_what_goes_wrong_is_raised() -> None:
    """Nothing is swallowed on the way."""

    def wrong() -> None:
        raise ValueError("wrong")

    read, write = os.pipe()
    with pytest.raises(ValueError, match="wrong"):
        is_had(wrong, read)
    os.close(read)
    os.close(write)


def test_a_socket_hangs_up_too() -> None:
    """Node gives its children sockets, and ends its side of one."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.send(b"x")
        assert not has_hung_up(ours.fileno())
        theirs.shutdown(socket.SHUT_WR)
        assert has_hung_up(ours.fileno())
