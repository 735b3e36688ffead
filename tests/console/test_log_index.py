"""The index of the log: every record in the order of time, from the newest, without reading it."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.audit.journal import Journal
from localguard.audit.reader import Entry, read
from localguard.console.log import blocks
from localguard.console.log.columns import Column
from localguard.console.log.index import GONE, Index
from localguard.errors import AuditFault
from tests.audit.makers import Clock, decided, journal, outcome
from tests.console.log_stage import call, ended, many, record, sealed, segment


def indexed(folder: Path) -> Index:
    """The index with all there is."""
    index = Index(str(folder))
    index.begin()
    while index.older(3):
        pass
    return index


def all_of(index: Index) -> list[Entry]:
    return [index.entry(position) for position in range(index.first, index.end)]


def calls(index: Index) -> list[object]:
    return [entry.record.get("call", entry.flaw) for entry in all_of(index)]


moments = st.lists(st.integers(0, 5), max_size=12)


@given(st.lists(moments, min_size=1, max_size=4))
def test_the_order_is_that_of_the_log_on_the_command_line(
    tmp_path_factory: pytest.TempPathFactory, guards: list[list[int]]
) -> None:
    """Promise: `localguard logs` and the console show the same records in the same order."""
    folder = tmp_path_factory.mktemp("audit")
    for number, seconds in enumerate(guards):
        bodies = [call(s, f"{number}-{at}") for at, s in enumerate(sorted(seconds))]
        segment(folder, "212000", f"{number:04x}", sealed(bodies))
    assert calls(indexed(folder)) == [entry.record["call"] for entry in read(str(folder))]


def test_the_newest_records_are_found_first(tmp_path: Path) -> None:
    """Promise: the first page is there before the log is read."""
    many(tmp_path, 4000)
    index = Index(str(tmp_path))
    index.begin()
    assert index.older(40)
    found = index.end - index.first
    assert 40 <= found < 400
    assert index.progress < 0.3
    newest = index.entry(-1)
    while index.older(1000):
        pass
    assert (index.first, index.end, index.progress) == (-4000, 0, 1.0)
    assert index.entry(-1) == newest
    times = [str(entry.record["t"]) for entry in all_of(index)]
    assert times == sorted(times)


def test_an_outcome_knows_what_was_asked(tmp_path: Path) -> None:
    """Promise: as in `localguard logs`, also where other guards wrote in between."""
    many(tmp_path, 40)
    entries = all_of(indexed(tmp_path))
    outcomes = [entry for entry in entries if entry.record["kind"] == "outcome"]
    assert len(outcomes) == 20
    assert all(one.asked["call"] == one.record["call"] for one in outcomes)
    assert all(one.asked["kind"] == "intent" for one in outcomes)


def test_a_whole_story_is_found_whatever_wrote_it(tmp_path: Path) -> None:
    """Promise: decision, answer, refused approver and outcome of one id, in their order."""
    bodies = [
        call(0, "7f3a-1", "ask"),
        call(1, "7f3a-2"),
        record(2, "approver", who='x","request":"7f3a-2', why="no terminal", request="7f3a-1"),
        record(3, "answer", request="7f3a-1", server="db", item="x", decision="allow"),
        call(4, "7f3a-1", approval="7f3a-1"),
        ended(5, "7f3a-1"),
        record(6, "stop", reason="over", exit_code=0),
    ]
    segment(tmp_path, "212000", "7f3a", sealed(bodies))
    index = indexed(tmp_path)
    story = [index.entry(position) for position in index.story("7f3a-1")]
    kinds = [entry.record["kind"] for entry in story]
    assert kinds == ["held", "approver", "answer", "intent", "outcome"]
    assert index.story("7f3a") == []
    assert index.story("\ud800") == []


def test_what_is_appended_comes_after(tmp_path: Path) -> None:
    """Promise: nothing twice, nothing missed, by guards that were there and by new ones."""
    clock = Clock()
    first = journal(tmp_path, clock, "aaaa")
    first.write(decided("a-1"))
    index = indexed(tmp_path)
    index.newer()
    assert calls(index) == ["a-1"]
    clock.now += 1
    second = journal(tmp_path, clock, "bbbb")
    second.write(decided("b-1"))
    clock.now += 1
    first.write(outcome("a-1"))
    clock.now += 1
    second.write(decided("b-2"))
    index.newer()
    index.newer()
    assert calls(index) == ["a-1", "b-1", "a-1", "b-2"]
    assert (index.first, index.end) == (-1, 3)
    assert index.entry(1).asked["call"] == "a-1"
    assert index.story("a-1") == [-1, 1]


def test_an_edited_line_is_shown_as_such_and_moves_nobody(tmp_path: Path) -> None:
    """Attack: a time far in the past or the future, to hide what stands around the line."""
    lines = sealed([call(at, f"a-{at}") for at in range(4)]).splitlines(keepends=True)
    lines[1] = lines[1].replace(b"2026-11-24", b"1999-01-01")
    lines[2] = lines[2].replace(b"2026-11-24", b"2099-01-01")
    segment(tmp_path, "212000", "aaaa", b"".join(lines))
    segment(tmp_path, "212001", "bbbb", sealed([call(1.5, "b-1")]))
    index = indexed(tmp_path)
    assert calls(index) == ["a-0", "b-1", "edited", "edited", "a-3"]
    flawed = index.entry(-2)
    assert (flawed.segment, flawed.line, flawed.record) == ("2026-11-24/212000-aaaa", 3, {})
    assert [index.line(position) for position in range(-5, 0)] == [1, 1, 2, 3, 4]


@pytest.mark.parametrize("garbage", [b"\x00\xff\n", b"\n", b"{}\n", b"[" * 9000 + b"\n", b"\r\n"])
def test_garbage_is_a_row_of_its_own(tmp_path: Path, garbage: bytes) -> None:
    """Promise: one row per line, as the reader has it; a damaged one hides no other."""
    sound = sealed([call(at, f"a-{at}") for at in range(3)]).splitlines(keepends=True)
    path = segment(tmp_path, "212000", "aaaa", sound[0] + garbage + sound[1])
    index = indexed(tmp_path)
    with path.open("ab") as file:
        file.write(garbage + sound[2])
    index.newer()
    assert calls(index) == [entry.record.get("call", entry.flaw) for entry in read(str(tmp_path))]
    assert len(calls(index)) == 5


def test_a_torn_end_is_a_row_and_becomes_whole(tmp_path: Path) -> None:
    """Promise: a guard that was killed leaves half a line, which is said and counted once."""
    one, two = sealed([call(0, "a-1"), call(1, "a-2")]).splitlines(keepends=True)
    path = segment(tmp_path, "212000", "aaaa", one + two[:40])
    index = indexed(tmp_path)
    assert calls(index) == ["a-1", "torn"]
    for _ in range(3):
        index.newer()
    assert calls(index) == ["a-1", "torn"]
    with path.open("ab") as file:
        file.write(two[40:])
    index.newer()
    assert calls(index) == ["a-1", "a-2"]
    assert index.mended == 1


def test_half_a_line_becomes_a_row_once_it_stands_still(tmp_path: Path) -> None:
    """A line that is just being written is no torn one yet."""
    one, two = sealed([call(0, "a-1"), call(1, "a-2")]).splitlines(keepends=True)
    path = segment(tmp_path, "212000", "aaaa", one)
    index = indexed(tmp_path)
    for part in (two[:10], two[10:20]):
        with path.open("ab") as file:
            file.write(part)
        index.newer()
        assert calls(index) == ["a-1"]
    index.newer()
    assert calls(index) == ["a-1", "torn"]
    # The guard cuts its torn end off and goes on.
    os.truncate(path, len(one))
    with path.open("ab") as file:
        file.write(two)
    index.newer()
    assert calls(index) == ["a-1", "a-2"]


def test_a_segment_that_is_pruned_leaves_rows_that_say_so(tmp_path: Path) -> None:
    """Promise: positions stay what they are while somebody looks; a new look does not have them."""
    old = segment(tmp_path, "212000", "aaaa", sealed([call(0, "a-1"), ended(1, "a-1")]))
    segment(tmp_path, "212010", "bbbb", sealed([call(20, "b-1")]))
    index = indexed(tmp_path)
    old.unlink()
    index.newer()
    assert calls(index) == [GONE, GONE, "b-1"]
    assert index.story("a-1") == []
    assert index.raw(-3) == b""
    assert index.line(-3) == 0
    assert calls(indexed(tmp_path)) == ["b-1"]


def test_a_segment_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    """Attack: truncation while the console is open; what follows is still seen."""
    lines = sealed([call(at, f"a-{at}") for at in range(3)]).splitlines(keepends=True)
    path = segment(tmp_path, "212000", "aaaa", b"".join(lines[:2]))
    index = indexed(tmp_path)
    os.truncate(path, len(lines[0]))
    index.newer()
    assert calls(index) == ["a-0", GONE]
    with path.open("ab") as file:
        file.write(lines[2])
    index.newer()
    assert calls(index)[-1] == "a-2"


def test_a_line_of_a_megabyte_is_one_row(tmp_path: Path) -> None:
    """Attack: a line that is longer than any block that is read."""
    bodies = [call(0, "a-1"), call(1, "a-2", item="x" * (1 << 20)), call(2, "a-3")]
    segment(tmp_path, "212000", "aaaa", sealed(bodies))
    assert calls(indexed(tmp_path)) == ["a-1", "a-2", "a-3"]


def test_a_file_without_a_line_end_costs_no_more_memory_than_it_may(tmp_path: Path) -> None:
    """Attack: a segment of nothing but one line, longer than what is read of any."""
    path = segment(tmp_path, "212000", "aaaa", b"")
    with path.open("wb") as file:
        file.truncate(blocks.MOST + 4096)
    index = indexed(tmp_path)
    index.newer()
    assert {entry.flaw for entry in all_of(index)} == {"torn"}
    assert index.end - index.first == 2


def test_an_empty_folder_is_an_empty_index(tmp_path: Path) -> None:
    """Promise: also where the folder is not there, and where a segment is empty."""
    assert calls(indexed(tmp_path / "audit")) == []
    segment(tmp_path, "212000", "aaaa", b"")
    index = indexed(tmp_path)
    assert (calls(index), index.progress, index.trouble) == ([], 1.0, "")
    with pytest.raises(IndexError):
        index.entry(0)


def test_a_segment_that_is_a_folder_is_named(tmp_path: Path) -> None:
    """Promise: what cannot be read is said, and the rest is shown all the same."""
    segment(tmp_path, "212001", "bbbb", sealed([call(1, "b-1")]))
    for number in range(5):
        (tmp_path / "2026-11-24" / f"21200{number}-aaaa.jsonl").mkdir()
    index = indexed(tmp_path)
    index.newer()
    assert calls(index) == ["b-1"]
    assert index.trouble.startswith("cannot be read: 2026-11-24/212000-aaaa: ")
    assert index.trouble.endswith(" and 2 more")


def test_a_folder_that_is_none_is_a_fault(tmp_path: Path) -> None:
    """Promise: with the place and the remedy."""
    (tmp_path / "2026-11-24").symlink_to(tmp_path / "2026-11-24")
    with pytest.raises(AuditFault, match="cannot be read"):
        Index(str(tmp_path)).begin()


def test_a_real_journal_is_indexed_head_by_head(tmp_path: Path) -> None:
    """Promise: the form of a line's head is that which the journal writes, links and all."""
    clock = Clock()
    log: Journal = journal(tmp_path, clock)
    for number in range(20):
        clock.now += 0.5
        log.write(decided(f"7f3a-{number}"))
        log.write(outcome(f"7f3a-{number}"))
    log.close()
    index = indexed(tmp_path)
    assert index.story("7f3a-7") != []
    assert all(len(index.story(f"7f3a-{number}")) == 2 for number in range(20))


@given(
    st.lists(st.integers(-3, 3), max_size=40),
    st.lists(st.integers(-3, 3), max_size=40),
    st.integers(-3, 3),
    st.integers(-50, 50),
)
def test_numbers_are_found_where_they_are(
    older: list[int], newer: list[int], number: int, position: int
) -> None:
    """Promise: both ways, across both ends, and never half of two numbers."""
    column = Column("q")
    column.older.extend(reversed(older))
    column.newer.extend(newer)
    every = {at - len(older): one for at, one in enumerate([*older, *newer])}
    assert {at: column[at] for at in range(column.first, column.end)} == every
    found = [at for at, one in every.items() if one == number]
    assert list(column.where(number)) == found
    place = min(max(position, column.first), column.end)
    before = [at for at in found if at < place]
    assert list(column.backwards(number, place, 1000)) == before[::-1]
    near = [at for at in before if at >= place - 5]
    assert list(column.backwards(number, place, 5)) == near[::-1]
