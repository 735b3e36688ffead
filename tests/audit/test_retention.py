"""Old segments go whole, oldest first, recorded before, and never under a guard that lives."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from localguard.audit.folders import name_of, segments
from localguard.audit.journal import Journal
from localguard.audit.locks import held
from localguard.audit.retention import MOST_KEPT, Plan, plan
from localguard.audit.settings import Settings
from localguard.audit.sources import sources
from localguard.audit.verify import Verification
from localguard.errors import AuditFault
from tests.audit.makers import MOMENT, SIGNER, STARTED, Clock, decided, journal, outcome, records_of

DAY = 86_400.0
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX rights")


def guard(folder: Path, days_ago: float, instance: str, *, end: bool = True) -> Journal:
    """A guard that began so many days before `MOMENT`."""
    log = journal(folder, Clock(MOMENT - days_ago * DAY), instance, signed=True)
    log.write(STARTED)
    log.write(decided(f"{instance}-1"))
    log.write(outcome(f"{instance}-1"))
    if end:
        log.close()
    return log


def planned(folder: Path, keep_days: int = 365, keep_mebibytes: int = 1024) -> Plan | None:
    settings = Settings(keep_days=keep_days, keep_mebibytes=keep_mebibytes)
    return plan(str(folder), settings, datetime.fromtimestamp(MOMENT, UTC))


def instances(paths: list[str]) -> list[str]:
    return [Path(path).stem[7:] for path in paths]


def kinds(folder: Path) -> list[tuple[str, str]]:
    check = Verification(sources(str(folder)), signer=SIGNER)
    return [(one.kind, one.segment) for one in check.findings() if one.kind != "unprotected"]


def pruned(folder: Path, instance: str, keep_days: int) -> int:
    """What a guard does with old segments when it starts."""
    log = guard(folder, 0, instance, end=False)
    due = planned(folder, keep_days)
    assert due is not None
    log.write(due.record(SIGNER), durable=True)
    gone = due.carry_out()
    log.close()
    return gone


def test_what_is_older_than_it_has_to_be_goes_and_is_not_missed(tmp_path: Path) -> None:
    """Promise: `keep_days`; a check accepts what a signed record explains."""
    for days, instance in ((100, "a"), (95, "b"), (89, "c"), (1, "d")):
        guard(tmp_path, days, instance)
    assert pruned(tmp_path, "e", keep_days=90) == 2
    assert instances(segments(str(tmp_path))) == ["c", "d", "e"]
    assert kinds(tmp_path) == []
    record = next(r for r in records_of(segments(str(tmp_path))[-1]) if r["kind"] == "retention")
    assert (record["segments"], record["records"], record["upto"]) == (2, 8, 3)
    assert record["first"].endswith("-a")
    assert record["last"].endswith("-b")
    assert {path.name for path in tmp_path.iterdir()} == {
        Path(path).parent.name for path in segments(str(tmp_path))
    }


def test_removal_without_a_record_is_missed(tmp_path: Path) -> None:
    """Attack: a segment goes by hand; an older retention record does not cover it."""
    for days, instance in ((100, "a"), (80, "b"), (70, "c")):
        guard(tmp_path, days, instance)
    assert pruned(tmp_path, "d", keep_days=90) == 1
    b, c, _ = segments(str(tmp_path))
    Path(b).unlink()
    assert kinds(tmp_path) == [("missing-segment", name_of(b))]
    Path(c).unlink()
    assert ("missing-segment", name_of(c)) in kinds(tmp_path)


def test_the_total_size_is_kept_within_its_bound(tmp_path: Path) -> None:
    """Promise: `keep_mebibytes` takes the oldest until the rest fits."""
    for number in range(4):
        log = journal(tmp_path, Clock(MOMENT - (9 - number) * DAY), f"g{number}", signed=True)
        log.write_all([STARTED, *(decided(reason="x" * 10_000) for _ in range(45))])
        log.close()
    assert planned(tmp_path, keep_mebibytes=2) is None
    due = planned(tmp_path, keep_mebibytes=1)
    assert due is not None
    assert instances(list(due.paths)) == ["g0", "g1"]
    assert due.bytes > 900_000


def test_the_segment_of_a_living_guard_stays(tmp_path: Path) -> None:
    """Promise: never of a living guard, and what lies around it may go all the same."""
    guard(tmp_path, 101, "a")
    living = guard(tmp_path, 100, "b", end=False)
    guard(tmp_path, 99, "c")
    second = guard(tmp_path, 98, "d", end=False)
    assert pruned(tmp_path, "e", keep_days=90) == 2
    assert instances(segments(str(tmp_path))) == ["b", "d", "e"]
    assert kinds(tmp_path) == []
    b = segments(str(tmp_path))[0]
    living.close()
    Path(b).unlink()
    assert kinds(tmp_path) == [("missing-segment", name_of(b))]
    second.close()


def test_what_was_kept_once_goes_when_its_guard_has_ended(tmp_path: Path) -> None:
    """Promise: a later record covers what an earlier one named as kept."""
    guard(tmp_path, 101, "a")
    living = guard(tmp_path, 100, "b", end=False)
    guard(tmp_path, 99, "c")
    pruned(tmp_path, "d", keep_days=90)
    living.close()
    log = journal(tmp_path, Clock(MOMENT + 2), "e", signed=True)
    log.write(STARTED)
    due = planned(tmp_path, keep_days=90)
    assert due is not None
    log.write(due.record(SIGNER), durable=True)
    assert due.carry_out() == 1
    log.close()
    assert instances(segments(str(tmp_path))) == ["d", "e"]
    assert kinds(tmp_path) == []


def test_where_too_many_live_nothing_beyond_them_goes(tmp_path: Path) -> None:
    """Promise: what a record has no room to name is not removed around."""
    logs = [guard(tmp_path, 200 - n, f"g{n}", end=False) for n in range(MOST_KEPT)]
    guard(tmp_path, 99, "z")
    assert planned(tmp_path, keep_days=90) is None
    for log in logs:
        log.close()


def test_a_crash_before_the_removal_leaves_what_is_told_as_returned(tmp_path: Path) -> None:
    """Promise: recorded first, removed then; the next time it goes."""
    guard(tmp_path, 100, "a")
    log = guard(tmp_path, 0, "b", end=False)
    due = planned(tmp_path, keep_days=90)
    assert due is not None
    log.write(due.record(SIGNER))
    log.close()
    assert kinds(tmp_path) == [("returned", name_of(due.paths[0]))]
    assert pruned(tmp_path, "c", keep_days=90) == 1
    assert kinds(tmp_path) == []


def test_a_retention_record_that_is_not_signed_explains_nothing(tmp_path: Path) -> None:
    """Attack: a false record covers up what was removed by hand."""
    guard(tmp_path, 100, "a")
    guard(tmp_path, 99, "b")
    log = guard(tmp_path, 0, "c", end=False)
    due = planned(tmp_path, keep_days=90)
    assert due is not None
    log.write(due.record(None))
    due.carry_out()
    log.close()
    assert [kind for kind, _ in kinds(tmp_path)] == ["signature", "missing-segment"]
    unsigned = Verification(sources(str(tmp_path)))
    assert "missing-segment" not in {one.kind for one in unsigned.findings()}


def test_two_who_prune_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    """Promise: guards that start together find what the other left."""
    guard(tmp_path, 100, "a")
    one, two = planned(tmp_path, keep_days=90), planned(tmp_path, keep_days=90)
    assert one is not None
    assert two is not None
    assert (one.carry_out(), two.carry_out()) == (1, 0)
    assert two.record(SIGNER).upto == -1


def test_a_segment_that_comes_to_life_again_is_left(tmp_path: Path) -> None:
    """Promise: life is looked at once more before the removal."""
    guard(tmp_path, 100, "a")
    due = planned(tmp_path, keep_days=90)
    assert due is not None
    living = journal(tmp_path, Clock(MOMENT), "b")
    living.write(STARTED)
    mine = Plan([segments(str(tmp_path))[-1]], 0, [])
    assert mine.carry_out() == 0
    living.close()
    assert not held(segments(str(tmp_path))[-1])


def test_an_empty_segment_of_today_is_left(tmp_path: Path) -> None:
    """Promise: a guard between making its segment and its first record loses nothing."""
    day = tmp_path / "2026-11-24"
    day.mkdir(mode=0o700)
    (day / "000000-a.jsonl").write_bytes(b"")
    other = journal(tmp_path, Clock(MOMENT), "b")
    other.write_all([STARTED, *(decided(reason="x" * 15_000) for _ in range(100))])
    other.close()
    due = planned(tmp_path, keep_mebibytes=1)
    assert due is not None
    assert instances(list(due.paths)) == ["b"]
    assert instances(list(due.kept)) == ["a"]


def test_an_old_segment_without_a_record_goes_too(tmp_path: Path) -> None:
    """Promise: what a crash left empty does not stay for ever."""
    guard(tmp_path, 100, "a")
    day = tmp_path / "2026-08-17"
    day.mkdir(mode=0o700)
    (day / "000000-b.jsonl").write_bytes(b"")
    assert pruned(tmp_path, "c", keep_days=90) == 2
    assert kinds(tmp_path) == []
    record = next(r for r in records_of(segments(str(tmp_path))[-1]) if r["kind"] == "retention")
    assert (record["segments"], record["records"], record["upto"]) == (2, 4, -1)


def test_who_holds_a_segment_is_known(tmp_path: Path) -> None:
    """Promise: a lock that cannot be looked at counts as held; a file that is gone does not."""
    assert not held(str(tmp_path / "gone"))
    assert held(str(tmp_path / "gone" / "deeper")) == (sys.platform == "win32")
    (tmp_path / "link").symlink_to("link")
    assert held(str(tmp_path / "link"))


@posix
def test_a_folder_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    """Promise: what the system refuses is said in words."""
    day = tmp_path / "2026-11-24"
    day.mkdir()
    (day / "000000-a.jsonl").symlink_to("000000-a.jsonl")
    with pytest.raises(AuditFault, match="cannot be read"):
        planned(tmp_path)
