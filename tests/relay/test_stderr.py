"""A server's stderr is drained whatever happens, kept within bounds, and harmless to look at."""

import os
import stat
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import anyio.to_thread
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.redaction.registered import Secrets
from localguard.relay.capped_file import CappedFile
from localguard.relay.lifecycle import stop, wait_exit
from localguard.relay.redacting import Sieve
from localguard.relay.stderr import Escaper, Forwarder, drain
from tests.relay.process_trees import python_server, read_line, shell_server

FORBIDDEN = {*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
FORBIDDEN -= {9, 10}
HOSTILE = st.sampled_from(
    [b"\x1b[2J", b"\r", b"\r\n", b"\xc2\x9b", b"\x9b", b"\xe2\x80\xae", b"\0"]
)
PIECES = st.lists(st.one_of(HOSTILE, st.binary(max_size=4), st.text(max_size=4).map(str.encode)))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (b"\x1b]0;title\x07", rb"\x1b]0;title\x07"),
        (b"tab\tline\n", b"tab\tline\n"),
        (b"loading 1%\rloading 2%\r\n", b"loading 1%\nloading 2%\n"),
        (b"\xc2\x9b31m and \x9b31m", rb"\x9b31m and \x9b31m"),
        ("Grüße ⛔ 世界".encode(), "Grüße ⛔ 世界".encode()),
        (b"Gr\xfc\xdfe in Latin-1", b"Gr\xfc\xdfe in Latin-1"),
        ("a\u202eb".encode(), rb"a\u202eb"),
    ],
)
def test_what_steers_a_terminal_becomes_visible(said: bytes, shown: bytes) -> None:
    """Attacks: terminal escapes in 7 and 8 bits, overwritten lines, bidi overrides."""
    assert Escaper().feed(said, final=True) == shown


@given(PIECES, st.integers(1, 5))
def test_no_cut_between_chunks_lets_anything_through(pieces: list[bytes], size: int) -> None:
    """Attack: an escape sequence that arrives in two reads."""
    said = b"".join(pieces)
    escaper = Escaper()
    chunks = [said[start : start + size] for start in range(0, len(said), size)]
    shown = b"".join(map(escaper.feed, chunks)) + escaper.feed(b"", final=True)
    assert shown == Escaper().feed(said, final=True)
    text = shown.decode("utf-8", "surrogateescape")
    assert FORBIDDEN.isdisjoint(map(ord, text))
    assert not any(0xDC80 <= ord(char) < 0xDCA0 for char in text)


@given(st.lists(st.integers(0, 300), max_size=30), st.integers(2, 200))
def test_a_log_keeps_the_newest_within_its_cap(sizes: list[int], cap: int) -> None:
    """Promise: at most `cap` bytes, and of the newest at least half of them."""
    pieces = [bytes([65 + n % 26]) * size for n, size in enumerate(sizes)]
    written = b"".join(pieces)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "server.log"
        log = CappedFile(path, cap)
        for piece in pieces:
            log.write(piece)
        log.close()
        files = (path.with_name("server.log.1"), path)
        kept = b"".join(file.read_bytes() for file in files if file.exists())
    assert len(kept) <= cap
    assert written.endswith(kept)
    assert len(kept) >= min(len(written), cap // 2)


def test_a_log_is_private_and_made_when_something_is_said(tmp_path: Path) -> None:
    """Promise: 0600 in a folder of 0700; a silent server leaves no file."""
    path = tmp_path / "stderr" / "server-1.log"
    log = CappedFile(path, 100)
    log.write(b"")
    assert not path.parent.exists()
    log.write(b"x")
    log.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_log_does_not_follow_a_link(tmp_path: Path) -> None:
    """Attack: a link in the log's place would let a server write to any file of the person."""
    target = tmp_path / "target"
    target.write_text("mine")
    (tmp_path / "server.log").symlink_to(target)
    log = CappedFile(tmp_path / "server.log", 100)
    log.write(b"theirs")
    assert log.broken
    assert target.read_text() == "mine"


async def test_a_flood_that_nobody_reads_does_not_stop_the_server(tmp_path: Path) -> None:
    """protocol: an unread stderr stops the server after 64 KiB; our own may be unread just so."""
    script = (
        "import os, sys\n"
        "for n in range(1024): os.write(2, b'%04d ' % n + b'x' * 1018 + b'\\n')\n"
        "print('said it all'); sys.stdout.flush(); sys.stdin.read()\n"
    )
    unread, ours = os.pipe()
    process = python_server(tmp_path / "server.py", script)
    drained = drain(process.stderr_fd, tmp_path / "server.log", Sieve(Secrets()), ours)
    assert read_line(process.stdout_fd) == "said it all"
    with anyio.fail_after(20):
        assert await stop(process) == 0
        assert await anyio.to_thread.run_sync(drained.finish, 4)
    kept = "".join((tmp_path / name).read_text() for name in ("server.log.1", "server.log"))
    assert kept.splitlines()[-1].startswith("1023 ")
    assert 512 * 1024 <= len(kept) <= 1024 * 1024
    os.close(unread)
    process.close_outputs()


async def test_the_last_words_reach_the_file_and_our_own_stderr(tmp_path: Path) -> None:
    """Promise: why a server died stands in the client's log too."""
    reader, ours = os.pipe()
    process = shell_server(r"printf 'fatal: \033[31mno config\n' >&2; exit 1")
    drained = drain(process.stderr_fd, tmp_path / "server.log", Sieve(Secrets()), ours)
    with anyio.fail_after(20):
        assert await wait_exit(process) == 1
        await stop(process)
        assert await anyio.to_thread.run_sync(drained.finish, 4)
    assert read_line(reader) == r"fatal: \x1b[31mno config"
    assert (tmp_path / "server.log").read_text() == "fatal: \\x1b[31mno config\n"
    assert drained.dropped == 0
    os.close(reader)
    os.close(ours)
    process.close_outputs()


async def test_neither_a_lost_file_nor_a_lost_reader_ends_the_drain(tmp_path: Path) -> None:
    """Attack: a full disk and a client that closed its log must not stop the server."""
    reader, ours = os.pipe()
    os.close(reader)
    (tmp_path / "file").write_text("")
    script = "import sys; sys.stderr.write('x' * 300_000); print('done')"
    process = python_server(tmp_path / "server.py", script)
    drained = drain(process.stderr_fd, tmp_path / "file" / "server.log", Sieve(Secrets()), ours)
    assert read_line(process.stdout_fd) == "done"
    with anyio.fail_after(20):
        assert await stop(process) == 0
        assert await anyio.to_thread.run_sync(drained.finish, 4)
    assert drained.file_broken
    os.close(ours)
    process.close_outputs()


def test_what_does_not_get_out_is_dropped_counted_and_marked() -> None:
    """Promise: bounded memory, and a reader who comes late sees that something is missing."""
    reader, ours = os.pipe()
    forwarder = Forwarder(ours)
    block = b"x" * 16_384
    while not forwarder.dropped:
        forwarder.put(block)
    lost = forwarder.dropped
    taken = b""
    while len(taken) < 32 * len(block):
        taken += os.read(reader, 65_536)
    forwarder.put(b"and on")
    while not taken.endswith(b"and on"):
        taken += os.read(reader, 65_536)
    assert f"\nlocalguard: {lost} bytes dropped here\nand on".encode() in taken
    forwarder.finish(1)
    os.close(reader)
    os.close(ours)


async def test_a_stderr_that_others_made_non_blocking_is_waited_for(tmp_path: Path) -> None:
    """fcntl(2): O_NONBLOCK belongs to the open file description, and others share that."""
    reader, ours = os.pipe()
    os.set_blocking(ours, False)
    process = shell_server("head -c 200000 /dev/zero | tr '\\0' x >&2; echo >&2; read -r _")
    os.set_blocking(process.stderr_fd, False)
    drained = drain(process.stderr_fd, tmp_path / "server.log", Sieve(Secrets()), ours)
    with anyio.fail_after(10):
        line = await anyio.to_thread.run_sync(read_line, reader)
        assert len(line) == 200_000
        await stop(process)
        assert await anyio.to_thread.run_sync(drained.finish, 4)
    os.close(reader)
    os.close(ours)
    process.close_outputs()


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells and modes")
