"""What is recorded gets onto the disk in time, and a disk that refuses is noticed.

The disks are real: a file system on a file for which there is no room, and a pipe, which no disk
takes.
"""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localguard.audit.chain import check
from localguard.audit.folders import segments
from localguard.audit.journal import CLOSE_SECONDS, LOOK_SECONDS, SYNC_SECONDS, Journal
from localguard.audit.segment import Segment
from localguard.audit.settings import Settings
from localguard.errors import AuditFault
from tests.audit.makers import (
    STARTED,
    Clock,
    Timer,
    decided,
    journal,
    lines_of,
    outcome,
    records_of,
)
from tests.audit.mounts import fill, mounted, require

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX descriptors")
linux = pytest.mark.skipif(sys.platform != "linux", reason="mounts a file system")


def kinds(path: str) -> list[str]:
    return [record["kind"] for record in records_of(path)]


def current(log: Journal) -> Segment:
    segment = log._segments.current
    assert segment is not None
    return segment


def settled(log: Journal) -> None:
    """Let the thread do what it was handed."""
    log._syncer.finish(CLOSE_SECONDS)


def put_a_pipe(log: Journal) -> Callable[[], None]:
    """Put a pipe under the journal, which takes records but never gets them onto a disk."""
    fd = current(log)._fd
    good, (reader, writer) = os.dup(fd), os.pipe()
    os.dup2(writer, fd)
    os.close(writer)

    def back() -> None:
        os.dup2(good, fd)
        os.close(good)
        os.close(reader)

    return back


def test_a_durable_record_is_on_disk_with_everything_before_it(tmp_path: Path) -> None:
    """Promise: what a person approved leaves only when its record survives a power cut."""
    log = journal(tmp_path)
    log.write(STARTED)
    log.write(decided())
    assert current(log).synced == 0
    assert log.write(decided(), durable=True) == 2
    assert current(log).synced == 3


def test_the_first_record_sets_one_timer_for_all_that_follow(tmp_path: Path) -> None:
    """Promise: on disk within 50 ms, at one timer and one flush for any number of records."""
    timer = Timer(Clock())
    log = journal(tmp_path, timer.clock)
    log.write(STARTED)
    log.sync_with(timer)
    for _ in range(5):
        log.write(decided())
    assert [at - timer.clock.now for at, _ in timer.due if at < timer.clock.now + 1] == [
        pytest.approx(SYNC_SECONDS)
    ]
    timer.passes(SYNC_SECONDS)
    settled(log)
    assert current(log).synced == 6
    timer.passes(1)
    assert len(timer.due) == 1  # the checkpoint's


def test_nothing_is_handed_to_a_thread_that_is_busy(tmp_path: Path) -> None:
    """Promise: a slow disk has one flush to do at a time, and nobody waits for it."""
    timer = Timer(Clock())
    log = journal(tmp_path, timer.clock)
    log.sync_with(timer)
    log.write(STARTED)
    with log._syncer._lock:
        timer.passes(SYNC_SECONDS)
        log.write(decided())
        timer.passes(SYNC_SECONDS)
        assert log._syncer.busy
        assert log._syncer._given == 1
        assert current(log).synced == 0
    settled(log)
    timer.passes(SYNC_SECONDS)
    settled(log)
    assert current(log).synced == 2


def test_a_removed_segment_is_noticed_by_the_next_sync(tmp_path: Path) -> None:
    """Attack: `rm` of the log; the gap is in a new segment within 50 ms, whoever calls or not."""
    timer = Timer(Clock())
    log = journal(tmp_path, timer.clock)
    log.sync_with(timer)
    log.write(STARTED)
    log.write(decided())
    Path(segments(str(tmp_path))[0]).unlink()
    timer.passes(LOOK_SECONDS)
    (path,) = segments(str(tmp_path))
    assert kinds(path) == ["start", "gap"]
    log.write(decided())
    assert kinds(path) == ["start", "gap", "intent"]


def test_a_folder_that_cannot_be_used_is_told_to_who_writes_next(tmp_path: Path) -> None:
    """Promise: the timer raises nothing where nobody could hear it."""
    timer = Timer(Clock())
    log = journal(tmp_path / "audit", timer.clock)
    log.sync_with(timer)
    log.write(STARTED)
    (tmp_path / "audit").rename(tmp_path / "aside")
    (tmp_path / "audit").write_bytes(b"in the way")
    timer.passes(SYNC_SECONDS)
    with pytest.raises(AuditFault, match="needs a folder"):
        log.write(decided())
    (tmp_path / "audit").unlink()
    log.write(decided())
    assert kinds(segments(str(tmp_path / "audit"))[0]) == ["start", "gap", "intent"]


def test_a_removed_segment_is_noticed_by_the_next_durable_write(tmp_path: Path) -> None:
    """Attack: `rm` of the log just before a call that a person approved."""
    log = journal(tmp_path)
    log.write(STARTED)
    Path(segments(str(tmp_path))[0]).unlink()
    log.write(decided(), durable=True)
    assert kinds(segments(str(tmp_path))[0]) == ["start", "gap", "intent"]


def test_with_durability_call_each_intent_is_on_disk_when_it_is_written(tmp_path: Path) -> None:
    """Promise: `audit.durability = "call"` syncs every call, and not its outcome."""
    log = journal(tmp_path, settings=Settings(durability="call"))
    log.write(STARTED)
    log.write(decided())
    assert current(log).synced == 2
    log.write_all([outcome(), decided()])
    assert current(log).synced == 4
    log.write(outcome())
    log.write(decided(decision="deny"))
    assert (current(log).synced, current(log).count) == (4, 6)


def test_records_written_at_once_are_all_or_none(tmp_path: Path) -> None:
    """Promise: a batch of calls leaves as a whole or not at all."""
    log = journal(tmp_path)
    log.write(STARTED)
    assert log.write_all([decided("7f3a-1"), decided("7f3a-2")]) == 1
    back = put_a_pipe(log)
    with pytest.raises(AuditFault):
        log.write_all([decided("7f3a-3"), decided("7f3a-4")], durable=True)
    back()
    log.write(decided("7f3a-5"))
    first, second = segments(str(tmp_path))
    assert [record.get("call") for record in records_of(first)] == [None, "7f3a-1", "7f3a-2"]
    assert kinds(second) == ["start", "gap", "intent"]
    # What was never brought to disk is counted too: it may be lost.
    assert records_of(second)[1]["lost"] == 2 + 3


@posix
def test_a_disk_that_refuses_a_durable_record_is_a_fault(tmp_path: Path) -> None:
    """Promise: not on disk = Deny; the next write takes a new segment, which has to be on disk."""
    log = journal(tmp_path)
    log.write(STARTED)
    back = put_a_pipe(log)
    with pytest.raises(AuditFault) as caught:
        log.write(decided("7f3a-1"), durable=True)
    assert "does not get onto the disk" in caught.value.what
    back()
    log.write(decided("7f3a-2"))
    first, second = segments(str(tmp_path))
    assert kinds(first) == ["start"]
    assert check(lines_of(first)) == []
    assert kinds(second) == ["start", "gap", "intent"]
    assert records_of(second)[1]["cause"] == "unsynced"
    assert current(log).synced == 3


@posix
def test_a_disk_that_refuses_in_the_background_is_noticed_by_the_next_write(
    tmp_path: Path,
) -> None:
    """Promise: after a failed flush nothing is believed until something is on disk again."""
    timer = Timer(Clock())
    log = journal(tmp_path, timer.clock)
    log.sync_with(timer)
    log.write(STARTED)
    log.write(decided("7f3a-1"))
    back = put_a_pipe(log)
    timer.passes(SYNC_SECONDS)
    settled(log)
    back()
    assert log._syncer.failed
    log.write(decided("7f3a-2"))
    _, second = segments(str(tmp_path))
    assert kinds(second) == ["start", "gap", "intent"]
    assert (records_of(second)[1]["lost"], records_of(second)[1]["cause"]) == (2, "unsynced")
    assert current(log).synced == 3


@posix
def test_a_segment_that_is_over_but_does_not_get_onto_the_disk_is_told(tmp_path: Path) -> None:
    """Promise: rotation does not let go of what is not on disk."""
    clock = Clock()
    log = journal(tmp_path, clock)
    log.write(STARTED)
    back = put_a_pipe(log)
    clock.now += 86_400
    log.write(decided("7f3a-1"))
    settled(log)
    log.write(decided("7f3a-2"))
    _, second = segments(str(tmp_path))
    assert kinds(second) == ["start", "intent", "gap", "intent"]
    assert (records_of(second)[2]["lost"], records_of(second)[2]["cause"]) == (1, "unsynced")
    assert current(log).synced == 4
    del back


@posix
@pytest.mark.parametrize("removed", [False, True], ids=["there", "removed"])
def test_a_segment_whose_first_record_was_refused_leaves_nothing(
    tmp_path: Path, removed: bool
) -> None:
    """Promise: a disk that refuses for an hour does not leave thousands of files."""
    log = journal(tmp_path)
    log._segments.usable()
    back = put_a_pipe(log)
    for _ in range(2):
        with pytest.raises(AuditFault, match="does not get onto the disk"):
            log.write(STARTED, durable=True)
        back()
        (path,) = segments(str(tmp_path))
        if removed:
            Path(path).unlink()
        log._segments.usable()
        back = put_a_pipe(log)
    back()
    log.write(decided())
    (path,) = segments(str(tmp_path))
    assert kinds(path) == ["start", "intent"]


def test_a_timer_that_comes_late_takes_what_was_written_before(tmp_path: Path) -> None:
    """Promise: what is recorded before the loop runs gets to disk as soon as it does."""
    timer = Timer(Clock())
    log = journal(tmp_path, timer.clock)
    log.sync_with(timer)
    assert timer.due == []
    later = journal(tmp_path, timer.clock, "9c1b")
    later.write(STARTED)
    later.sync_with(timer)
    assert len(timer.due) == 2
    timer.passes(SYNC_SECONDS)
    settled(later)
    assert current(later).synced == 1


def test_a_descriptor_that_cannot_be_copied_is_a_disk_that_refuses(tmp_path: Path) -> None:
    """Promise: without a descriptor to spare nothing passes for being on disk."""
    timer = Timer(Clock())
    log = journal(tmp_path, timer.clock)
    log.sync_with(timer)
    log.write(STARTED)
    os.close(current(log)._fd)
    timer.passes(SYNC_SECONDS)
    log.write(decided())
    assert kinds(segments(str(tmp_path))[1]) == ["start", "gap", "intent"]


@pytest.fixture
def overcommitted(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A file system in a file for which there is less room than it promises, and a ballast."""
    store, disk = tmp_path / "store", tmp_path / "disk"
    image = str(store / "image")
    with mounted(store, "-t", "tmpfs", "-o", "size=6M", "tmpfs"):
        require("truncate", "-s", "40M", image)
        require("mkfs.ext4", "-q", "-F", "-O", "^has_journal", image)
        with mounted(disk, "-o", "loop", image):
            yield disk, store / "ballast"


@linux
@pytest.mark.parametrize("background", [False, True], ids=["durable", "by the thread"])
def test_a_disk_that_takes_records_and_cannot_keep_them_denies_until_it_can(
    overcommitted: tuple[Path, Path], background: bool
) -> None:
    """Attack: the kernel takes the write, the disk does not, and a second flush says it had."""
    disk, ballast = overcommitted
    timer = Timer(Clock())
    log = journal(disk / "audit", timer.clock)
    log.sync_with(timer)
    log.write(STARTED, durable=True)
    fill(ballast)
    denied = 0
    for number in range(400):
        try:
            log.write(decided(f"7f3a-{number}", reason="x" * 12_000), durable=not background)
        except AuditFault:
            denied += 1
        timer.passes(SYNC_SECONDS)
        settled(log)
        if denied > 5:
            break
    assert denied > 5
    ballast.unlink()
    log.write(decided("7f3a-last"), durable=True)
    found = [records_of(segment) for segment in segments(str(disk / "audit"))]
    assert [record["kind"] for record in found[-1]] == ["start", "gap", "intent"]
    # In between the disk may take a segment, which begins with a gap of its own.
    gaps = [record["lost"] for records in found for record in records if record["kind"] == "gap"]
    assert sum(gaps) >= denied
    log.close()
