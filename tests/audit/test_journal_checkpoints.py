"""A log is vouched for as it grows, segment after segment, and a witness is told."""

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from localguard.audit import succession, vouching
from localguard.audit.chain import check
from localguard.audit.checkpoints import Mark, Signer, marks
from localguard.audit.folders import segments
from localguard.audit.journal import CLOSE_SECONDS, SYNC_SECONDS, Journal
from localguard.audit.settings import Settings
from localguard.audit.witness import witness
from localguard.errors import AuditFault, ProfileFault
from localguard.vault.keys import Keys
from tests.audit.makers import (
    SIGNER,
    STARTED,
    Clock,
    Timer,
    decided,
    journal,
    lines_of,
    outcome,
    records_of,
)

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX descriptors and modes")


def kinds(path: str) -> list[str]:
    return [record["kind"] for record in records_of(path)]


def holds(path: str) -> list[bool]:
    """Whether each checkpoint in a segment is that of the record before it."""
    day, name = Path(path).parts[-2:]
    return [
        record["upto"] == record["seq"] - 1
        and record["head"] == record["prev"]
        and SIGNER.vouches(
            Mark(
                f"{day}/{name.removesuffix('.jsonl')}",
                record["upto"],
                record["head"],
                record["mac"],
            )
        )
        for record in records_of(path)
        if record["kind"] == "checkpoint"
    ]


def test_the_end_of_a_log_is_vouched_for(tmp_path: Path) -> None:
    """Promise: what a guard wrote until it stopped cannot be cut off afterwards."""
    log = journal(tmp_path, signed=True)
    log.write(STARTED)
    log.write(decided())
    log.close()
    (path,) = segments(str(tmp_path))
    assert kinds(path) == ["start", "intent", "checkpoint"]
    assert holds(path) == [True]
    assert check(lines_of(path)) == []


def test_every_thousand_records_are_vouched_for(tmp_path: Path) -> None:
    """Promise: a log that is cut while it grows is missed from its last thousand on."""
    log = journal(tmp_path, signed=True)
    log.write(STARTED)
    for _ in range(2 * vouching.RECORDS):
        log.write(outcome())
    log.close()
    (path,) = segments(str(tmp_path))
    assert holds(path) == [True] * 3
    assert [at for at, kind in enumerate(kinds(path)) if kind == "checkpoint"] == [
        vouching.RECORDS,
        2 * vouching.RECORDS + 1,
        2 * vouching.RECORDS + 3,
    ]


def test_after_five_minutes_what_is_there_is_vouched_for_once(tmp_path: Path) -> None:
    """Promise: a quiet guard's log does not wait for a thousand records, and wakes nobody after."""
    timer = Timer(Clock())
    log = journal(tmp_path, timer.clock, signed=True)
    log.sync_with(timer)
    log.write(STARTED)
    for _ in range(3):
        timer.passes(vouching.SECONDS)
        log._syncer.finish(CLOSE_SECONDS)
        timer.passes(SYNC_SECONDS)
    (path,) = segments(str(tmp_path))
    assert kinds(path) == ["start", "checkpoint"]
    timer.passes(vouching.SECONDS)
    assert timer.due == []


def test_a_timer_that_outlives_the_log_does_nothing(tmp_path: Path) -> None:
    """Promise: a closed log stays closed."""
    timer = Timer(Clock())
    log = journal(tmp_path, timer.clock, signed=True)
    log.sync_with(timer)
    log.write(STARTED)
    log.close()
    timer.passes(SYNC_SECONDS)
    timer.passes(vouching.SECONDS)
    assert len(segments(str(tmp_path))) == 1
    assert timer.due == []


def test_a_new_day_begins_a_segment_that_links_to_the_last(tmp_path: Path) -> None:
    """Promise: rotation by day leaves a chain across segments, its end vouched for."""
    clock = Clock()
    log = journal(tmp_path, clock, signed=True)
    log.write(STARTED)
    log.write(decided("7f3a-1"))
    other = journal(tmp_path, Clock(clock.now + 5), "9c1b")
    other.write(STARTED)
    clock.now += 86_400
    log.write(decided("7f3a-2"))
    first, second, third = segments(str(tmp_path))
    assert kinds(first) == ["start", "intent", "checkpoint"]
    assert kinds(third) == ["start", "intent"]
    opening = records_of(third)[0]
    assert opening["prior"]["segment"] == "2026-11-24/212000-7f3a"
    assert opening["prior"]["seq"] == 2
    assert opening["after"]["segment"] == "2026-11-24/212005-9c1b"
    assert second.endswith("9c1b.jsonl")
    log.close()


def test_a_full_segment_is_followed_by_another(tmp_path: Path) -> None:
    """Promise: rotation by size; nobody has to read gigabytes to check a day."""
    clock = Clock()
    log = journal(tmp_path, clock, signed=True)
    log.write(STARTED)
    batch = [decided(reason="x" * 8000) for _ in range(succession.SEGMENT_BYTES // 8000)]
    log.write_all(batch)
    log.write_all([decided("7f3a-last")])
    first, second = segments(str(tmp_path))
    assert kinds(second) == ["start", "intent"]
    assert os.path.getsize(first) >= succession.SEGMENT_BYTES
    assert kinds(first)[-1] == "checkpoint"
    assert records_of(second)[0]["prior"]["seq"] == len(lines_of(first)) - 1
    log.close()


def test_a_clock_that_was_set_back_does_not_begin_a_segment(tmp_path: Path) -> None:
    """Promise: a clock that jumps to and fro does not litter the folder."""
    clock = Clock()
    log = journal(tmp_path, clock)
    log.write(STARTED)
    clock.now -= 2 * 86_400
    log.write_all([decided()])
    assert len(segments(str(tmp_path))) == 1


@posix
def test_a_key_that_cannot_be_used_denies_until_it_can(tmp_path: Path) -> None:
    """Promise: a log that nobody could vouch for is not written; the fix is in the message."""
    keys = Keys(str(tmp_path / "vault"))
    path = tmp_path / "vault" / "audit-sign.key"
    keys.key("audit-sign")
    path.chmod(0o644)

    def signer() -> Signer:
        key = keys.key("audit-sign")
        return Signer(key.secret, key.protection)

    clock = Clock()
    log = Journal(
        str(tmp_path / "audit"), clock=clock, monotonic=clock, instance="7f3a", signer=signer
    )
    with pytest.raises(AuditFault) as caught:
        log.write(STARTED)
    assert "cannot be signed: other users can read this key" in caught.value.what
    assert "chmod 600" in caught.value.fix
    assert isinstance(caught.value.__cause__, ProfileFault)
    path.chmod(0o600)
    log.write(decided())
    log.close()
    (written,) = segments(str(tmp_path / "audit"))
    assert kinds(written) == ["start", "intent", "checkpoint"]


@posix
def test_a_checkpoint_that_cannot_be_written_costs_no_record(tmp_path: Path) -> None:
    """Promise: the record stands; the torn end is repaired before the next."""
    clock = Clock()
    log = journal(tmp_path, clock, signed=True)
    log.write(STARTED)
    for _ in range(vouching.RECORDS - 2):
        log.write(outcome())
    segment = log._segments.current
    assert segment is not None
    good, full = os.dup(segment._fd), os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, segment._fd)
    log._vouch(segment)
    os.dup2(good, segment._fd)
    log.write(outcome())
    log.close()
    (path,) = segments(str(tmp_path))
    assert check(lines_of(path)) == []
    assert holds(path) == [True]
    for each in (good, full):
        os.close(each)


def told_to_a_file(tmp_path: Path) -> tuple[str, Callable[[], list[str]]]:
    path = tmp_path / "witness"
    return f"file:{path}", lambda: path.read_text().splitlines() if path.exists() else []


def test_the_witness_is_told_what_is_on_disk(tmp_path: Path) -> None:
    """Promise: a witness never knows more than survives a power cut."""
    where, told = told_to_a_file(tmp_path)
    timer = Timer(Clock())
    log = journal(tmp_path / "audit", timer.clock, settings=Settings(witness=where), signed=True)
    log.sync_with(timer)
    log.write(STARTED)
    timer.passes(vouching.SECONDS)
    assert told() == []
    log._syncer.finish(CLOSE_SECONDS)
    timer.passes(SYNC_SECONDS)
    log._syncer.finish(CLOSE_SECONDS)
    log.write(decided())
    log.close()
    found = list(marks(told()))
    assert [mark.upto for mark in found] == [0, 2]
    assert all(SIGNER.vouches(mark) for mark in found)
    assert (tmp_path / "witness").stat().st_mode & 0o777 == 0o600


@posix
def test_a_witness_that_cannot_be_told_is_in_the_log_and_hears_it_later(tmp_path: Path) -> None:
    """Promise: a witness that is gone is known, and does not stop anything."""
    where, told = told_to_a_file(tmp_path)
    (tmp_path / "witness").mkdir()
    timer = Timer(Clock())
    log = journal(tmp_path / "audit", timer.clock, settings=Settings(witness=where), signed=True)
    log.sync_with(timer)
    log.write(STARTED)
    for step in range(4):
        timer.passes(vouching.SECONDS)
        log._syncer.finish(CLOSE_SECONDS)
        timer.passes(SYNC_SECONDS)
        log._syncer.finish(CLOSE_SECONDS)
        if step == 1:
            (tmp_path / "witness").rmdir()
        log.write(decided())
    log.close()
    (path,) = segments(str(tmp_path / "audit"))
    news = [record for record in records_of(path) if record["kind"] == "witness"]
    assert [(record["event"], record["detail"]) for record in news] == [
        ("failed", "Is a directory"),
        ("repaired", None),
    ]
    assert len(list(marks(told()))) == len(holds(path))
    assert all(holds(path))


@posix
def test_syslog_is_a_witness(tmp_path: Path) -> None:
    """RFC 3164: one datagram per checkpoint, facility auth, severity notice."""
    place = tmp_path / "log"
    tell = witness("syslog", (str(tmp_path / "no"), str(place)))
    mark = Mark("2026-11-24/212000-7f3a", 7, "ab" * 32, "cd" * 32)
    with pytest.raises(OSError, match="No such file"):
        tell(mark.told())
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        daemon.bind(str(place))
        tell(mark.told())
        message = daemon.recv(1000).decode()
    assert message.startswith("<37>localguard: ")
    assert list(marks([message])) == [mark]


@pytest.mark.parametrize("where", ["", "file:relative", "git:/x", "/x"])
def test_a_witness_that_is_none_is_refused(tmp_path: Path, where: str) -> None:
    """Promise: a witness that would never be told is an error at once."""
    with pytest.raises(ValueError, match="no witness"):
        journal(tmp_path, settings=Settings(witness=where))
