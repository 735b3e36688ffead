"""A disk that is broken or slow: the kernel answers the guard's own writes with an error, or late.

A filter of the kernel stops each write, sync and new file below the audit folder, and the test says
what becomes of it. That is as close to a failing disk as one gets without a device to break: the
guard is started as ever, and its system call returns the error that a disk's driver would.
"""

import errno
import platform
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.ways.home import ALL
from tests.ways.outage import denied, pass_until_denied, passes
from tests.ways.stage import Stage
from tests.ways.trap import NUMBERS, Trap, failing, healthy
from tests.ways.wire import Wire

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in NUMBERS, reason="seccomp_unotify(2)"
)

WORDS = {
    errno.EIO: "Input/output error",
    errno.ENOSPC: "No space left on device",
    errno.EDQUOT: "quota exceeded",
    errno.EROFS: "Read-only file system",
    errno.EFBIG: "File too large",
    errno.EPERM: "Operation not permitted",
    errno.EACCES: "Permission denied",
    errno.ENOMEM: "Cannot allocate memory",
    errno.EBADF: "Bad file descriptor",
}
MOST = 40
"""More system calls than a guard makes on its log for what a round does."""


class Broken:
    """A guard whose log is in the trap."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.trap = Trap(stage.home.audit, stage.folder / "trap")

    def start(self) -> Wire:
        """A guard in front of the scripted server, before its handshake."""
        argv = self.stage.home.argv("--name", "fake", "--", *self.stage.server())
        wire = self.stage.start(self.trap.command(argv))
        try:
            self.trap.spring()
        except OSError as error:
            pytest.skip(f"the kernel lets no filter be set: {error}")
        return wire


@pytest.fixture
def broken(stage: Stage) -> Generator[Broken]:
    """A log in a trap, which is open as long as any program is in it."""
    broken = Broken(stage)
    try:
        yield broken
    finally:
        broken.trap.moving.set()
        broken.trap.verdict = healthy
        for wire in stage.wires:
            wire.finish()
        broken.trap.close()


@pytest.mark.parametrize("number", WORDS, ids=errno.errorcode.get)
def test_an_error_of_the_disk_denies_until_it_is_gone(broken: Broken, number: int) -> None:
    """Promise, "log: EIO ...": named in the denial, nothing passes, and calls go on afterwards."""
    stage, wire = broken.stage, broken.start()
    wire.handshake()
    assert passes(wire)
    broken.trap.verdict = failing(number)
    for _ in range(3):
        denied(stage, wire, WORDS[number])
    broken.trap.verdict = healthy
    assert passes(wire)
    assert stage.lost() >= 3
    assert stage.calls() == ["echo", "echo"]


def test_a_sync_that_fails_denies_until_it_does_not(broken: Broken) -> None:
    """Promise: on disk within 50 ms. A disk takes what is written and loses it (fsync(2))."""
    stage, wire = broken.stage, broken.start()
    wire.handshake()
    assert passes(wire)
    broken.trap.verdict = failing(errno.EIO, "fsync", "fdatasync")
    pass_until_denied(wire)
    denied(stage, wire, WORDS[errno.EIO])
    broken.trap.verdict = healthy
    assert passes(wire)
    assert stage.lost() >= 2


def test_a_destructive_call_leaves_when_its_record_is_on_disk(broken: Broken) -> None:
    """Promise: what `risk = "destructive"` calls is synced before it leaves, or denied."""
    stage, wire = broken.stage, broken.start()
    stage.home.write("all", f'{ALL}risk = "destructive"\n')
    wire.handshake()
    assert passes(wire)
    broken.trap.verdict = failing(errno.EIO, "fsync", "fdatasync")
    denied(stage, wire, WORDS[errno.EIO])
    broken.trap.verdict = healthy
    assert passes(wire)
    synced = broken.trap.seen.count("fdatasync")
    assert passes(wire)
    assert broken.trap.seen.count("fdatasync") > synced


def test_a_guard_that_starts_on_a_broken_disk_serves_and_recovers(broken: Broken) -> None:
    """Promise: it answers, says why it denies, and its start is not lost."""
    broken.trap.verdict = failing(errno.EIO)
    wire = broken.start()
    wire.handshake()
    denied(broken.stage, wire, "Input/output error")
    broken.trap.verdict = healthy
    assert passes(wire)
    assert broken.stage.home.records()[0]["kind"] == "start"


class Nth:
    """Lets so many system calls go on, and fails the next one, or that and all after it."""

    def __init__(self, passing: int, *, for_good: bool, only: str = "") -> None:
        self.left = passing
        self.hit = False
        self._for_good = for_good
        self._only = only

    def __call__(self, call: str) -> int:
        self.left -= self._only in ("", call)
        if self.left >= 0 or (self.hit and not self._for_good):
            return 0
        self.hit = True
        return errno.EIO


def test_an_outcome_that_cannot_be_written_costs_no_answer(broken: Broken) -> None:
    """Promise: the result is returned, the gap is recorded, and the next call is denied."""
    stage, wire = broken.stage, broken.start()
    wire.handshake()
    broken.trap.verdict = Nth(1, for_good=True, only="write")
    assert passes(wire)
    denied(stage, wire, "Input/output error")
    broken.trap.verdict = healthy
    assert passes(wire)
    assert stage.lost() >= 2
    assert [r["status"] for r in stage.home.records("outcome")] == ["ok"]


def test_no_call_leaves_before_a_slow_disk_has_taken_its_record(broken: Broken) -> None:
    """Promise, "slow disk" and "write-ahead order": the write is held up, and so is the call."""
    stage, wire = broken.stage, broken.start()
    wire.handshake()
    assert passes(wire)
    for _ in range(2):
        before = len(stage.calls())
        broken.trap.waiting.clear()
        broken.trap.moving.clear()
        slow = wire.start_call("echo")
        assert broken.trap.waiting.wait(10)
        # What the guard might have written to the server by now, the server would have noted.
        wire.step(0.1)
        assert len(stage.calls()) == before
        broken.trap.moving.set()
        assert "isError" not in wire.answer(slow)["result"]


@pytest.mark.parametrize("for_good", [False, True], ids=["once", "for-good"])
def test_every_system_call_on_the_log_may_fail(broken: Broken, for_good: bool) -> None:
    """SQLite's method: each fault point in turn; nothing passes unrecorded, all is well after.

    A round is two calls, one of which is denied by policy, and a change of the profile.
    """
    stage, wire = broken.stage, broken.start()
    wire.handshake()
    assert passes(wire)
    for passing in range(MOST):
        nth = Nth(passing, for_good=for_good)
        broken.trap.verdict = nth
        stage.home.write("all", f'version = 1\n[[rule]]\nallow = "fake/echo" # {passing}\n')
        answers = [wire.call(tool) for tool in ("echo", "hang", "echo")]
        assert "isError" in answers[1]["result"]
        broken.trap.verdict = healthy
        assert passes(wire)
        if not nth.hit:
            break
    assert 4 < passing < MOST - 1
    assert len(stage.calls()) <= 3 * (passing + 1) + 1
    assert set(stage.calls()) == {"echo"}


@pytest.mark.parametrize("for_good", [False, True], ids=["once", "for-good"])
def test_every_system_call_at_the_start_may_fail(stage: Stage, for_good: bool) -> None:
    """The same for the first record of a guard, the new segment and the handshake."""
    for passing in range(MOST):
        nth = Nth(passing, for_good=for_good)
        broken = Broken(stage)
        broken.trap.verdict = nth
        wire = broken.start()
        try:
            wire.handshake()
            passes(wire)
            broken.trap.verdict = healthy
            assert passes(wire)
            assert wire.finish() == 0
        finally:
            broken.trap.verdict = healthy
            wire.process.kill()
            broken.trap.close()
            Path(stage.folder / "trap").unlink()
        if not nth.hit:
            break
    assert 4 < passing < MOST - 1
