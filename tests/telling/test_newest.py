"""The audit log from its end: in order, whole, and as quick for a long log as for a short one."""

import os
import sys
import time
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.audit.folders import segments
from localguard.audit.reader import read
from localguard.audit.recalled import recalled
from localguard.config.remembered import Wish
from localguard.errors import AuditFault
from localguard.policy.grants import Answer
from localguard.telling.backtest import would_match
from localguard.telling.newest import newest_first
from localguard.telling.recent_calls import recent_calls
from tests.audit.makers import chain_of
from tests.config.makers import HOME, places_in
from tests.config.remembering import made
from tests.telling.pasts import FACTS, USUAL, Log, recent


def calls(folder: str) -> list[object]:
    """The ids in the log, the newest first."""
    return [None if one is None else one.get("call") for one in newest_first(folder)]


def forwards(folder: str) -> list[object]:
    """The same by the reader of whole logs, turned around."""
    return [entry.record.get("call") for entry in read(folder)][::-1]


def test_an_empty_log_has_no_records(tmp_path: Path) -> None:
    """Nor has one that is not there."""
    assert calls(str(tmp_path / "none")) == []


def test_segments_of_several_guards_are_one_sequence(tmp_path: Path) -> None:
    """By the times of their records, the newest first, as the other way round."""
    where = places_in(tmp_path)
    one, two = Log(where, "aaaa"), Log(where, "bbbb")
    for _ in range(20):
        one.call()
        two.clock.now = one.clock.now - 0.5
        two.call()
    found = calls(where.audit)
    assert found == forwards(where.audit)
    assert found[:2] == ["bbbb-20", "aaaa-20"]
    assert len(found) == 40


@given(st.lists(st.integers(0, 3), max_size=30), st.integers(0, 2**16))
def test_it_is_the_log_turned_around(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], size: int
) -> None:
    """However the guards took turns, and however long their records are."""
    where = places_in(tmp_path_factory.mktemp("home"))
    logs = [Log(where, f"g{at}") for at in range(4)]
    for step, at in enumerate(order):
        logs[at].clock.now += step
        for other in logs:
            other.clock.now = logs[at].clock.now
        logs[at].call(because="x" * (size % 900))
    assert calls(where.audit) == forwards(where.audit)


def test_a_line_that_is_not_whole_yet_is_left_out(tmp_path: Path) -> None:
    """A guard is writing it."""
    where = places_in(tmp_path)
    log = Log(where)
    log.call()
    log.call()
    (path,) = segments(where.audit)
    whole = Path(path).read_bytes()
    Path(path).write_bytes(whole[:-10])
    assert calls(where.audit) == ["7f3a-1"]
    Path(path).write_bytes(b"x" * 200_000)
    assert calls(where.audit) == []


def test_a_damaged_line_is_told_and_hides_no_other(tmp_path: Path) -> None:
    """Attack: an edited record does not count, and does not stop the reader."""
    where = places_in(tmp_path)
    log = Log(where)
    for _ in range(3):
        log.call()
    (path,) = segments(where.audit)
    Path(path).write_bytes(Path(path).read_bytes().replace(b'"7f3a-2"', b'"7f3a-9"'))
    assert calls(where.audit) == ["7f3a-3", None, "7f3a-1"]
    assert recent(where).damaged == 1


def test_a_line_without_an_end_costs_no_more_than_its_bytes(tmp_path: Path) -> None:
    """Attack: megabytes without a line feed."""
    where = places_in(tmp_path)
    log = Log(where)
    log.call()
    (path,) = segments(where.audit)
    with open(path, "ab") as file:
        file.write(b"x" * (8 << 20) + b"\n")
    before = time.perf_counter()
    found = calls(where.audit)
    assert (found[-1], set(found[:-1])) == ("7f3a-1", {None})
    assert time.perf_counter() - before < 5


def test_a_segment_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    """As for who reads the whole log."""
    where = places_in(tmp_path)
    Log(where).call()
    (path,) = segments(where.audit)
    Path(path).unlink()
    Path(path).mkdir()
    with pytest.raises(AuditFault):
        calls(where.audit)


def test_records_without_a_time_come_last(tmp_path: Path) -> None:
    """They are told all the same."""
    where = places_in(tmp_path)
    log = Log(where)
    log.call()
    other = Path(segments(where.audit)[0]).parent / "000000-bbbb.jsonl"
    other.write_bytes(b"".join(chain_of({"kind": "stop", "call": "x"}, {"t": 5, "call": "y"})))
    assert calls(where.audit) == ["7f3a-1", "y", "x"]


@pytest.mark.slow
def test_the_last_500_of_100_000_records_are_judged_at_once(tmp_path: Path) -> None:
    """Promise: a back-test answers in under 300 ms, whatever the length of the log."""
    where = places_in(tmp_path)
    Log(where).call()
    (path,) = segments(where.audit)
    bodies = (
        {
            "t": f"2026-11-24T{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}.000000Z",
            "m": float(at),
            "kind": "held",
            **USUAL,
            "facts": FACTS,
            "call": f"a-{at}",
            "direction": "client",
            "arguments": {"path": f"/srv/{at}", "mode": "*", "n": 5},
        }
        for at in range(50_000)
    )
    lines = chain_of(*bodies)
    folder = Path(path).parent
    for number in range(10):
        part = lines[number * 5000 : number * 5000 + 5000]
        copy = folder / f"{number:02}0000-aaaa.jsonl"
        copy.write_bytes(b"".join(part) * 2)
        os.utime(copy, (1_795_555_200 + number,) * 2)
    Path(path).unlink()
    found = made(Wish(True, "tool"), arguments=None)
    assert isinstance(found.meaning, Answer)
    best = float("inf")
    for _ in range(3):
        before = time.perf_counter()
        matched = would_match(
            recent_calls(newest_first(where.audit), 500), found.meaning, HOME, recalled
        )
        best = min(best, time.perf_counter() - before)
    assert (matched.calls, matched.matched, matched.asked) == (500, 500, 500)
    assert best < 0.3


def test_no_more_is_read_than_is_asked_for(tmp_path: Path) -> None:
    """Segments that were last written to long before are not even opened."""
    where = places_in(tmp_path)
    log = Log(where)
    log.call()
    log.call()
    old = Path(segments(where.audit)[0]).parent / "000000-bbbb.jsonl"
    old.mkdir()
    os.utime(old, (1_000_000_000,) * 2)
    found = list(islice(newest_first(where.audit), 2))
    assert [one and one.get("call") for one in found] == ["7f3a-2", "7f3a-1"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_segment_that_was_pruned_meanwhile_is_passed_over(tmp_path: Path) -> None:
    """It was there when the folder was read, and is gone when it is opened."""
    where = places_in(tmp_path)
    Log(where).call()
    gone = Path(segments(where.audit)[0]).parent / "000000-gone.jsonl"
    gone.symlink_to(tmp_path / "nowhere")
    assert calls(where.audit) == ["7f3a-1"]
