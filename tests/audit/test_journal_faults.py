"""A log that cannot be written says so for every call, and recovers by itself.

The faults are real: a full device, a limit on file sizes, closed descriptors, rights taken away.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from localguard.audit.chain import check
from localguard.audit.folders import segments
from localguard.audit.journal import LOOK_SECONDS, Journal
from localguard.errors import AuditFault
from tests.audit.makers import STARTED, Clock, decided, journal, lines_of, outcome, records_of

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX owners, modes and limits")
linux = pytest.mark.skipif(sys.platform != "linux", reason="/dev/full")
PROJECT = Path(__file__).resolve().parents[2]
NOBODY = 65534


def kinds(path: str) -> list[str]:
    return [record["kind"] for record in records_of(path)]


def descriptor_of(log: Journal) -> int:
    assert log._segments.current is not None
    return log._segments.current._fd


@linux
def test_a_full_disk_is_a_fault_with_its_remedy_and_leaves_a_gap(tmp_path: Path) -> None:
    """Promise: cannot write = Deny, the reason in words, and recovery without a restart."""
    clock = Clock()
    log = journal(tmp_path, clock)
    log.write(STARTED)
    fd = descriptor_of(log)
    good, full = os.dup(fd), os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, fd)
    clock.now += 1
    with pytest.raises(AuditFault) as caught:
        log.write(decided("7f3a-1"))
    assert "No space left on device" in caught.value.what
    assert caught.value.where == segments(str(tmp_path))[0]
    assert "free disk space" in caught.value.fix
    os.dup2(good, fd)
    clock.now += 1
    log.write(decided("7f3a-2"))
    log.write(outcome("7f3a-2"))
    (path,) = segments(str(tmp_path))
    assert kinds(path) == ["start", "gap", "intent", "outcome"]
    gap = records_of(path)[1]
    assert (gap["lost"], gap["cause"]) == (1, "unwritable")
    assert gap["since"] == "2026-11-24T21:20:01.000000Z"
    assert check(lines_of(path)) == []
    for each in (good, full):
        os.close(each)


@linux
def test_what_cannot_be_repaired_is_replaced(tmp_path: Path) -> None:
    """Promise: where the torn end cannot be cut off, a new segment takes over."""
    log = journal(tmp_path)
    log.write(STARTED)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, descriptor_of(log))
    os.close(full)
    with pytest.raises(AuditFault):
        log.write(decided())
    log.write(decided())
    first, second = segments(str(tmp_path))
    assert kinds(first) == ["start"]
    assert kinds(second) == ["start", "gap", "intent"]
    assert records_of(second)[0]["prior"]["segment"] == "2026-11-24/212000-7f3a"


def test_a_closed_descriptor_is_replaced(tmp_path: Path) -> None:
    """Promise: any error of the system is a fault of one call, not the end of the log."""
    log = journal(tmp_path)
    log.write(STARTED)
    os.close(descriptor_of(log))
    with pytest.raises(AuditFault, match="Bad file descriptor"):
        log.write(decided())
    log.write(decided())
    assert kinds(segments(str(tmp_path))[1]) == ["start", "gap", "intent"]


SMALL_FILES = """
import resource, signal, sys, time
from pathlib import Path
from localguard.errors import AuditFault
from tests.audit.makers import STARTED, decided, journal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
log = journal(Path(sys.argv[1]))
log.write(STARTED)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))
for number in range(6):
    try:
        log.write(decided(f"7f3a-{number}"))
        print("written", number)
    except AuditFault as fault:
        print(fault.explain())
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
log.write(decided("7f3a-6"))
"""


@posix
def test_a_write_that_ends_early_is_cut_off_again(tmp_path: Path) -> None:
    """Promise: a short write is no record; the torn end is repaired before the next."""
    done = subprocess.run(
        [sys.executable, "-c", SMALL_FILES, str(tmp_path / "audit")],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    said = done.stdout.splitlines()
    lost = [line for line in said if "written" not in line[:8]]
    assert lost
    assert any("bytes of an audit record could be written" in line for line in lost)
    assert all("ulimit -f" in line for line in lost)
    (path,) = segments(str(tmp_path / "audit"))
    assert check(lines_of(path)) == []
    calls = [record["call"] for record in records_of(path) if record["kind"] == "intent"]
    assert calls == [f"7f3a-{line[8:]}" for line in said if line not in lost] + ["7f3a-6"]
    gaps = [record["lost"] for record in records_of(path) if record["kind"] == "gap"]
    assert sum(gaps) == len(lost)


NO_RIGHTS = """
import os, tempfile
from pathlib import Path
from localguard.errors import AuditFault
from tests.audit.makers import STARTED, decided, journal

with tempfile.TemporaryDirectory() as made:
    folder = Path(made)
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)
        os.setgid(65534)
        os.setuid(65534)
    folder.chmod(0o500)
    log = journal(folder / "audit")
    for record in (STARTED, decided("7f3a-1"), decided("7f3a-2")):
        try:
            log.write(record)
        except AuditFault as fault:
            print(fault.explain())
    folder.chmod(0o700)
    log.write(decided("7f3a-3"))
    print(*(path.read_text() for path in folder.rglob("*.jsonl")), end="")
"""


@posix
def test_a_folder_without_rights_is_a_fault_of_every_call_until_it_has_them() -> None:
    """Promise: the guard does not exit for it, and the start is not lost."""
    unmeasured = {name: os.environ[name] for name in os.environ if "COVERAGE" not in name}
    done = subprocess.run(
        [sys.executable, "-c", NO_RIGHTS],
        cwd=PROJECT,
        env=unmeasured,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    said = done.stdout.splitlines()
    assert all("Permission denied. Fix: give yourself" in line for line in said[:3])
    records = [json.loads(line) for line in said[3:]]
    assert [record["kind"] for record in records] == ["start", "gap", "intent"]
    assert records[1]["lost"] == 2


@posix
def test_a_folder_that_others_can_write_to_is_a_fault(tmp_path: Path) -> None:
    """Attack: another user of the machine swaps a segment for one of theirs."""
    folder = tmp_path / "audit"
    folder.mkdir()
    folder.chmod(0o770)
    log = journal(folder)
    with pytest.raises(AuditFault) as caught:
        log.write(STARTED)
    assert caught.value.explain().endswith(f"Fix: chmod 700 {folder}.")
    folder.chmod(0o700)
    log.write(decided())
    assert kinds(segments(str(folder))[0]) == ["start", "intent"]


@posix
def test_a_folder_of_someone_else_is_a_fault(tmp_path: Path) -> None:
    """Attack: another user makes the audit folder first."""
    folder = Path("/usr")
    if os.geteuid() == 0:
        folder = tmp_path / "audit"
        folder.mkdir(mode=0o700)
        os.chown(folder, NOBODY, NOBODY)
    with pytest.raises(AuditFault, match="belongs to another user"):
        journal(folder).write(STARTED)


@posix
@pytest.mark.parametrize("day", [False, True], ids=["folder", "day"])
def test_a_file_where_a_folder_has_to_be_is_a_fault(tmp_path: Path, day: bool) -> None:
    """Promise: the message names the path in the way."""
    place = tmp_path / "2026-11-24" if day else tmp_path / "audit"
    place.write_bytes(b"")
    with pytest.raises(AuditFault) as caught:
        journal(tmp_path if day else place).write(STARTED)
    assert caught.value.where == str(place)
    assert "needs a folder" in caught.value.what


@posix
def test_a_folder_that_links_to_itself_is_a_fault(tmp_path: Path) -> None:
    """Promise: what the system refuses is said in words."""
    (tmp_path / "audit").symlink_to("audit")
    with pytest.raises(AuditFault, match="symbolic links"):
        journal(tmp_path / "audit").write(STARTED)


@posix
def test_a_segment_that_was_removed_is_replaced_and_the_gap_is_told(tmp_path: Path) -> None:
    """Attack: `rm` of the log while the guard runs; writing on would go nowhere."""
    clock = Clock()
    log = journal(tmp_path, clock)
    log.write(STARTED)
    log.write(decided("7f3a-1"))
    Path(segments(str(tmp_path))[0]).unlink()
    clock.now += LOOK_SECONDS
    log.write(decided("7f3a-2"))
    (path,) = segments(str(tmp_path))
    assert kinds(path) == ["start", "gap", "intent"]
    assert (records_of(path)[1]["lost"], records_of(path)[1]["cause"]) == (2, "removed")


@posix
def test_a_segment_that_was_exchanged_is_left_alone(tmp_path: Path) -> None:
    """Attack: a copy of the log, cut short, is put in its place."""
    clock = Clock()
    log = journal(tmp_path, clock)
    log.write(STARTED)
    path = Path(segments(str(tmp_path))[0])
    copy = path.read_bytes()
    path.unlink()
    (tmp_path / "held").write_bytes(b"keeps the inode from being used again")
    path.write_bytes(copy)
    clock.now += LOOK_SECONDS
    log.write(decided())
    assert path.read_bytes() == copy
    assert kinds(segments(str(tmp_path))[1]) == ["start", "gap", "intent"]


@pytest.mark.parametrize("size", [-20, 20], ids=["shorter", "longer"])
def test_a_segment_that_someone_else_changed_is_not_written_on(tmp_path: Path, size: int) -> None:
    """Attack: the end is cut off or added to; writing on would cover it up."""
    clock = Clock()
    log = journal(tmp_path, clock)
    log.write(STARTED)
    path = Path(segments(str(tmp_path))[0])
    os.truncate(path, path.stat().st_size + size)
    changed = path.read_bytes()
    clock.now += LOOK_SECONDS
    log.write(decided())
    assert path.read_bytes() == changed
    gap = records_of(segments(str(tmp_path))[1])[1]
    assert (gap["kind"], gap["lost"], gap["cause"]) == ("gap", 0, "altered")


def test_a_torn_end_that_someone_else_cut_is_not_repaired(tmp_path: Path) -> None:
    """Attack: after a failed write the file is cut shorter; filling it up would hide that."""
    log = journal(tmp_path)
    log.write(STARTED)
    os.close(descriptor_of(log))
    with pytest.raises(AuditFault):
        log.write(decided())
    path = Path(segments(str(tmp_path))[0])
    os.truncate(path, 20)
    log.write(decided())
    assert path.stat().st_size == 20
    assert kinds(segments(str(tmp_path))[1]) == ["start", "gap", "intent"]


def test_a_gap_before_any_start_is_told_first(tmp_path: Path) -> None:
    """Promise: the order of the log is the order of events."""
    folder = tmp_path / "audit"
    folder.write_bytes(b"")
    log = journal(folder)
    for call in ("7f3a-1", "7f3a-2"):
        with pytest.raises(AuditFault):
            log.write(decided(call))
    folder.unlink()
    log.write(decided("7f3a-3"))
    records = records_of(segments(str(folder))[0])
    assert [record["kind"] for record in records] == ["gap", "intent"]
    assert records[0]["lost"] == 2


@posix
def test_a_removed_segment_is_noticed_at_once_by_what_permits_something(tmp_path: Path) -> None:
    """Attack: `rm` of the log between two calls of the same millisecond."""
    log = journal(tmp_path)
    log.write(STARTED)
    Path(segments(str(tmp_path))[0]).unlink()
    log.write(outcome())
    assert segments(str(tmp_path)) == []
    log.write(decided())
    (path,) = segments(str(tmp_path))
    assert kinds(path) == ["start", "gap", "intent"]
    assert records_of(path)[1]["lost"] == 2


@posix
def test_a_torn_end_that_cannot_be_cut_off_is_left_behind(tmp_path: Path) -> None:
    """Promise: a file that can only be read any more is replaced."""
    log = journal(tmp_path)
    log.write(STARTED)
    reader = os.open(segments(str(tmp_path))[0], os.O_RDONLY)
    os.dup2(reader, descriptor_of(log))
    os.close(reader)
    with pytest.raises(AuditFault, match="Bad file descriptor"):
        log.write(decided())
    log.write(decided())
    assert kinds(segments(str(tmp_path))[1]) == ["start", "gap", "intent"]


@linux
def test_an_empty_segment_is_used_by_the_next_write(tmp_path: Path) -> None:
    """Promise: what failed before the first record leaves no litter."""
    clock = Clock()
    log = journal(tmp_path, clock)
    log._segments.usable()
    good, full = os.dup(descriptor_of(log)), os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, descriptor_of(log))
    with pytest.raises(AuditFault):
        log.write(STARTED)
    os.dup2(good, descriptor_of(log))
    clock.now += 2 * 86_400
    log.write(decided())
    (path,) = segments(str(tmp_path))
    assert kinds(path) == ["start", "intent"]
    for each in (good, full):
        os.close(each)
