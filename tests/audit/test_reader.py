"""All segments are read as one sequence in time."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from localguard.audit.folders import segments
from localguard.audit.reader import Entry, Tail, follow, read
from localguard.errors import AuditFault
from tests.audit.makers import MOMENT, STARTED, Clock, decided, journal


def calls(entries: list[Entry]) -> list[object]:
    return [entry.record.get("call", entry.record.get("kind", entry.flaw)) for entry in entries]


def waiting(*steps: Callable[[], object]) -> Callable[[float], bool]:
    """A wait during which something happens each time, and that ends after the last."""
    left = list(steps)

    def wait(seconds: float) -> bool:
        assert seconds == 0.2
        if not left:
            return False
        left.pop(0)()
        return True

    return wait


def test_no_folder_is_an_empty_log(tmp_path: Path) -> None:
    """Promise: before the first guard ever ran, the log is empty, not broken."""
    assert list(read(str(tmp_path / "audit"))) == []


def test_guards_that_ran_side_by_side_are_merged_by_time(tmp_path: Path) -> None:
    """Design section 10: one segment per guard, one story for the reader."""
    clock = Clock()
    one, two = journal(tmp_path, clock, "aaaa"), journal(tmp_path, clock, "bbbb")
    for number, log in enumerate([one, two, one, two, two, one]):
        clock.now += 1
        log.write(decided(f"x-{number}"))
    found = list(read(str(tmp_path)))
    assert calls(found) == [f"x-{number}" for number in range(6)]
    assert [entry.line for entry in found] == [1, 1, 2, 2, 3, 3]
    assert {entry.segment for entry in found} == {
        "2026-11-24/212001-aaaa",
        "2026-11-24/212002-bbbb",
    }


def test_only_segments_that_overlap_are_open_at_once(tmp_path: Path) -> None:
    """Promise: years of segments are read with a few descriptors."""
    clock = Clock()
    for _ in range(300):
        log = journal(tmp_path, clock)
        log.write(STARTED)
        log.close()
        clock.now += 60
    before = len(os.listdir("/dev/fd"))
    most = max(len(os.listdir("/dev/fd")) - before for _ in read(str(tmp_path)))
    assert most <= 2


def test_a_clock_that_was_set_back_does_not_reorder_a_segment(tmp_path: Path) -> None:
    """Promise: what one guard wrote stays in the order it was written in."""
    clock = Clock()
    one, two = journal(tmp_path, clock, "aaaa"), journal(tmp_path, clock, "bbbb")
    one.write(decided("x-0"))
    clock.now += 10
    one.write(decided("x-1"))
    clock.now -= 20
    one.write(decided("x-2"))
    clock.now += 15
    two.write(decided("y-0"))
    assert calls(list(read(str(tmp_path)))) == ["x-0", "y-0", "x-1", "x-2"]


def test_broken_lines_and_a_torn_end_are_entries_that_say_so(tmp_path: Path) -> None:
    """Promise: damage hides nothing else, and is not passed over in silence."""
    log = journal(tmp_path)
    log.write(decided("x-0"))
    log.write(decided("x-1"))
    log.close()
    path = Path(segments(str(tmp_path))[0])
    first, second = path.read_bytes().splitlines(keepends=True)
    edited = first.replace(b"list_tables", b"drop_tables")
    path.write_bytes(first + edited + b"?\n" + second + second[:30])
    found = list(read(str(tmp_path)))
    assert calls(found) == ["x-0", "edited", "unreadable", "x-1", "torn"]
    assert [entry.line for entry in found] == [1, 2, 3, 4, 5]
    assert all(not entry.record for entry in found if entry.flaw)


def test_other_files_in_the_folder_are_not_segments(tmp_path: Path) -> None:
    """Promise: an editor's backup or a readme there is not taken for a log."""
    journal(tmp_path).write(STARTED)
    day = tmp_path / "2026-11-24"
    (day / "212000-7f3a.jsonl~").write_bytes(b"x\n")
    (day / "notes.txt").write_bytes(b"x\n")
    (tmp_path / "README").write_bytes(b"x\n")
    (tmp_path / "2026-11-25").write_bytes(b"x\n")
    assert calls(list(read(str(tmp_path)))) == ["start"]


def test_segments_of_one_second_keep_their_order(tmp_path: Path) -> None:
    """Promise: a segment that was replaced comes before the one that replaced it."""
    log = journal(tmp_path)
    for _ in range(3):
        log.write(STARTED)
        log.close()
    names = [Path(path).name for path in segments(str(tmp_path))]
    assert names == ["212000-7f3a.jsonl", "212000-7f3a.2.jsonl", "212000-7f3a.3.jsonl"]


def test_following_sees_new_lines_and_new_segments(tmp_path: Path) -> None:
    """Promise: `logs -f` shows what guards do that start later."""
    clock = Clock()
    folder = tmp_path / "audit"
    one, two = journal(folder, clock, "aaaa"), journal(folder, clock, "bbbb")
    tail = Tail(str(folder))
    assert list(tail.poll()) == []
    steps = waiting(
        lambda: one.write(decided("x-0")),
        lambda: None,
        lambda: (two.write(decided("y-0")), one.write(decided("x-1"))),
        lambda: two.write(decided("y-1")),
    )
    assert calls(list(follow(tail, steps))) == ["x-0", "x-1", "y-0", "y-1"]


def test_following_waits_for_the_end_of_a_line(tmp_path: Path) -> None:
    """Promise: half a line that is being written is not shown as damage."""
    log = journal(tmp_path)
    log.write(decided("x-0"))
    path = Path(segments(str(tmp_path))[0])
    whole = path.read_bytes()
    path.write_bytes(whole[:40])
    tail = Tail(str(tmp_path))
    steps = waiting(lambda: None, lambda: path.write_bytes(whole))
    assert calls(list(follow(tail, steps))) == ["x-0"]


def test_a_segment_that_vanishes_while_reading_is_passed_over(tmp_path: Path) -> None:
    """Promise: deleting old segments does not break who reads."""
    clock = Clock()
    journal(tmp_path, clock, "aaaa").write(STARTED)
    journal(tmp_path, Clock(MOMENT + 60), "bbbb").write(STARTED)
    entries = read(str(tmp_path))
    assert next(entries).segment.endswith("aaaa")
    Path(segments(str(tmp_path))[1]).unlink()
    assert list(entries) == []


def test_a_segment_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    """Promise: what the system refuses is said in words, with the path."""
    day = tmp_path / "2026-11-24"
    (day / "212000-7f3a.jsonl").mkdir(parents=True)
    with pytest.raises(AuditFault, match="cannot be read") as caught:
        list(read(str(tmp_path)))
    assert caught.value.where == str(day / "212000-7f3a.jsonl")


def test_a_folder_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    """Promise: an unreadable log is not an empty one."""
    (tmp_path / "audit").symlink_to("audit")
    with pytest.raises(AuditFault, match="cannot be read"):
        list(read(str(tmp_path / "audit")))
