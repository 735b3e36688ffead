"""A journal writes what happened where a reader finds it."""

import os
import stat
from pathlib import Path

import pytest

from localguard.audit.chain import check
from localguard.audit.folders import name_of, segments
from localguard.errors import AuditFault
from tests.audit.makers import STARTED, Clock, decided, journal, lines_of, outcome, records_of


def test_records_lie_in_a_segment_named_by_its_start(tmp_path: Path) -> None:
    """Design section 10: one segment per guard; names in UTC, so that they sort."""
    log = journal(tmp_path / "audit")
    assert [log.write(STARTED), log.write(decided()), log.write(outcome())] == [0, 1, 2]
    (path,) = segments(str(tmp_path / "audit"))
    assert path == str(tmp_path / "audit" / "2026-11-24" / "212000-7f3a.jsonl")
    assert [record["kind"] for record in records_of(path)] == ["start", "intent", "outcome"]
    assert check(lines_of(path)) == []


def test_a_record_says_when_it_was_written(tmp_path: Path) -> None:
    """Promise: wall time for people, and a clock that never goes back for durations."""
    clock = Clock()
    log = journal(tmp_path, clock)
    clock.now += 0.25
    log.write(decided())
    (record,) = records_of(segments(str(tmp_path))[0])
    assert record["t"] == "2026-11-24T21:20:00.250000Z"
    assert record["m"] == clock.now


def test_only_its_owner_can_read_the_log(tmp_path: Path) -> None:
    """Promise: 0600 in 0700, whatever the umask of the client was."""
    before = os.umask(0)
    try:
        journal(tmp_path / "state" / "audit").write(STARTED)
    finally:
        os.umask(before)
    (path,) = segments(str(tmp_path / "state" / "audit"))
    day = Path(path).parent
    modes = [stat.S_IMODE(place.stat().st_mode) for place in (Path(path), day, day.parent)]
    assert modes == [0o600, 0o700, 0o700]
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_opening_touches_nothing(tmp_path: Path) -> None:
    """Promise: a guard starts even where its log cannot be made; each call then tells."""
    journal(tmp_path / "audit")
    assert not (tmp_path / "audit").exists()


def test_the_first_record_links_to_the_newest_other_segment(tmp_path: Path) -> None:
    """Design section 10: a segment that vanishes whole is missed by the next."""
    clock = Clock()
    first = journal(tmp_path, clock, "aaaa")
    first.write(STARTED)
    first.write(decided())
    clock.now += 60
    journal(tmp_path, clock, "bbbb").write(STARTED)
    older, newer = segments(str(tmp_path))
    opening, *_ = records_of(newer)
    assert records_of(older)[0]["after"] is None
    assert opening["segment"] == name_of(newer) == "2026-11-24/212100-bbbb"
    assert opening["after"]["segment"] == name_of(older) == "2026-11-24/212000-aaaa"
    assert opening["after"]["seq"] == 1
    second = journal(tmp_path, clock, "cccc")
    first.write(outcome())
    Path(newer).unlink()
    second.write(STARTED)
    assert records_of(segments(str(tmp_path))[1])[0]["after"]["seq"] == 2


def test_the_link_passes_over_segments_without_a_readable_end(tmp_path: Path) -> None:
    """Promise: an empty or damaged neighbour does not keep a guard from recording."""
    clock = Clock()
    journal(tmp_path, clock, "aaaa").write(STARTED)
    day = tmp_path / "2026-11-24"
    (day / "212001-bbbb.jsonl").write_bytes(b"")
    (day / "212002-cccc.jsonl").write_bytes(b"no record\n")
    (day / "212003-dddd.jsonl").mkdir()
    (tmp_path / "2026-11-23").write_bytes(b"not a folder")
    clock.now += 60
    log = journal(tmp_path, clock, "eeee")
    (day / "212003-dddd.jsonl").rmdir()
    log.write(STARTED)
    after = records_of(segments(str(tmp_path))[-1])[0]["after"]
    assert after["segment"] == "2026-11-24/212000-aaaa"


def test_a_torn_neighbour_is_linked_at_its_last_whole_record(tmp_path: Path) -> None:
    """Promise: what was cut short by a crash still counts up to the crash."""
    clock = Clock()
    first = journal(tmp_path, clock, "aaaa")
    first.write(STARTED)
    first.write(decided())
    (path,) = segments(str(tmp_path))
    with Path(path).open("ab") as file:
        file.write(b'{"v":1,"seq":2,')
    journal(tmp_path, Clock(clock.now + 1), "bbbb").write(STARTED)
    assert records_of(segments(str(tmp_path))[1])[0]["after"]["seq"] == 1


def test_an_unreadable_neighbour_does_not_stop_the_log(tmp_path: Path) -> None:
    """Promise: the link helps a check; the log of this guard goes on without it."""
    (tmp_path / "2026-11-24").mkdir(mode=0o700)
    (tmp_path / "2026-11-24" / "222222-aaaa.jsonl").mkdir()
    log = journal(tmp_path, instance="bbbb")
    assert log.write(STARTED) == 0
    assert records_of(tmp_path / "2026-11-24" / "212000-bbbb.jsonl")[0]["after"] is None


@pytest.mark.parametrize("instance", ["", "../x", "a/b", "a b", "x" * 41])
def test_an_instance_cannot_lead_out_of_the_folder(tmp_path: Path, instance: str) -> None:
    """Promise: the name of a guard is never a path."""
    with pytest.raises(ValueError, match="not the name of an instance"):
        journal(tmp_path, instance=instance)


def test_a_closed_journal_gives_its_file_back_and_can_go_on(tmp_path: Path) -> None:
    """Promise: stopping is clean, and a late record is not lost."""
    log = journal(tmp_path)
    log.write(STARTED)
    log.close()
    log.close()
    log.write(outcome())
    first, second = segments(str(tmp_path))
    assert [record["kind"] for record in records_of(first)] == ["start"]
    assert [record["kind"] for record in records_of(second)] == ["start", "outcome"]


def test_a_segment_that_is_there_already_is_never_written_to(tmp_path: Path) -> None:
    """Attack: someone puts a file, or a link to one, where the segment will be."""
    day = tmp_path / "2026-11-24"
    day.mkdir(mode=0o700)
    target = tmp_path / "target"
    target.write_bytes(b"precious")
    (day / "212000-7f3a.jsonl").symlink_to(target)
    journal(tmp_path).write(STARTED)
    assert target.read_bytes() == b"precious"
    assert (day / "212000-7f3a.2.jsonl").exists()


def test_names_that_are_all_taken_are_a_fault(tmp_path: Path) -> None:
    """Promise: looking for a free name ends."""
    day = tmp_path / "2026-11-24"
    day.mkdir(mode=0o700)
    for number in ("", *(f".{n}" for n in range(2, 10))):
        (day / f"212000-7f3a{number}.jsonl").write_bytes(b"")
    with pytest.raises(AuditFault, match="File exists"):
        journal(tmp_path).write(STARTED)
