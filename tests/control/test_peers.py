"""Which process is at the other end of a socket: as the system says, held on to."""

import os
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from localguard.control.approver import Guarded, judge_peer
from localguard.control.peers import NOBODY, Peer, peer_of, read_user
from localguard.processes.table import look

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="AF_UNIX is needed")
PROBE = [sys.executable, "-I", str(Path(__file__).parent / "probe.py")]


@contextmanager
def connected() -> Generator[tuple[subprocess.Popen[bytes], socket.socket]]:
    """A process that has connected, and the accepted end."""
    with tempfile.TemporaryDirectory(prefix="lg-") as folder, ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(f"{folder}/s")
        listener.listen()
        listener.settimeout(20)
        child = stack.enter_context(subprocess.Popen([*PROBE, f"{folder}/s"]))
        stack.callback(child.kill)
        yield child, stack.enter_context(listener.accept()[0])


def test_a_peer_is_known_by_user_pid_and_birth() -> None:
    """unix(7), SO_PEERCRED; LOCAL_PEERCRED and LOCAL_PEERPID on macOS."""
    with connected() as (child, connection):
        peer = peer_of(connection)
        found = look(child.pid)
        assert found is not None
        assert (peer.uid, peer.pid, peer.born) == (os.geteuid(), child.pid, found.born)
        assert not peer.is_gone()
        child.kill()
        child.wait()
        assert peer.is_gone()
        peer.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has pidfds")
def test_a_peer_that_has_ended_is_never_taken_for_another() -> None:
    """Attack: pids are given again; whoever has the old one must not answer in its name."""
    with connected() as (child, connection):
        peer = peer_of(connection)
        child.kill()
        child.wait()
        # As if the pid had gone to this process, which lives.
        stolen = Peer(peer.uid, os.getpid(), peer.born, peer.handle)
        _, reason = judge_peer(stolen, Guarded(tuple))
        peer.close()
    assert reason is not None
    assert "the process that answered has ended" in reason


def test_without_a_handle_the_birth_tells() -> None:
    """Where there are no pidfds."""
    me = look(os.getpid())
    assert me is not None
    assert not Peer(os.geteuid(), me.pid, me.born).is_gone()
    assert Peer(os.geteuid(), me.pid, "another").is_gone()
    Peer(os.geteuid(), me.pid, me.born).close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has pidfds")
def test_a_handle_is_not_inherited() -> None:
    """A server that the guard starts must not hold on to a person's process."""
    with connected() as (_, connection):
        peer = peer_of(connection)
        assert peer.handle is not None
        assert not os.get_inheritable(peer.handle)
        peer.close()


def test_what_has_no_peer_is_nobody() -> None:
    """A socket of another family, and one that is closed."""
    with socket.socket(socket.AF_INET) as internet:
        assert peer_of(internet).pid == 0
    with socket.socket(socket.AF_UNIX) as gone:
        pass
    assert peer_of(gone) == NOBODY
    assert NOBODY.is_gone()


def test_the_credentials_of_macos_are_read_by_their_version() -> None:
    """struct xucred of sys/ucred.h: a layout of another version is not guessed at."""
    row = struct.pack("=IIh2x16I", 0, 501, 1, 20, *[0] * 15)
    assert len(row) == 76
    assert read_user(row) == 501
    assert read_user(struct.pack("=IIh2x16I", 1, 501, 1, *[0] * 16)) is None
