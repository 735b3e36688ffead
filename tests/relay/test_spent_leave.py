"""Whether leave was used already, by a real audit log."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from localguard.approvals.kept import Leave
from localguard.audit.journal import Journal
from localguard.audit.records import Decided
from localguard.policy.grants import Grant
from localguard.relay.spent_leave import is_spent
from tests.audit.makers import decided

EPOCH = 1_790_000_000.0


def log(folder: Path, *records: tuple[float, Decided]) -> str:
    """A log with records at these seconds."""
    now = [EPOCH]
    journal = Journal(str(folder), clock=lambda: now[0], monotonic=lambda: now[0], instance="7f3a")
    for at, record in records:
        now[0] = EPOCH + at
        journal.write(record)
    journal.close()
    return str(folder)


def leave(request: str = "7f3a-1", made: float = 10.0) -> Leave:
    until = datetime.fromtimestamp(EPOCH, UTC) + timedelta(minutes=15)
    return Leave(
        request, "db/read", None, "work.toml:3", Grant("0" * 64, until), "ana", EPOCH + made
    )


def test_a_call_that_left_by_it_has_used_it(tmp_path: Path) -> None:
    """Attack: the file is put back after use; the log is not."""
    used = decided(decision="allow", approval="7f3a-1")
    assert is_spent(log(tmp_path / "used", (5, decided()), (20, used)), leave())


def test_another_call_has_not(tmp_path: Path) -> None:
    """Neither one that was only asked, nor one of another request, nor one before it was given."""
    asked = decided(decision="ask", approval="7f3a-1")
    other = decided(decision="allow", approval="7f3a-9")
    before = decided(decision="allow", approval="7f3a-1")
    assert not is_spent(log(tmp_path / "a", (5, before), (20, asked), (21, other)), leave())


def test_nothing_was_used_where_nothing_was_recorded(tmp_path: Path) -> None:
    """The first call of all."""
    assert not is_spent(str(tmp_path / "none"), leave())


def test_damaged_lines_stop_nobody_from_looking(tmp_path: Path) -> None:
    """Attack: garbage is appended after the record of the use."""
    used = decided(decision="allow", approval="7f3a-1")
    folder = log(tmp_path / "used", (20, used))
    (segment,) = Path(folder).glob("*/*.jsonl")
    with segment.open("ab") as file:
        file.write(b"garbage\n")
    assert is_spent(folder, leave())


def test_a_log_that_cannot_be_read_means_used(tmp_path: Path) -> None:
    """Fail closed: the person is asked again."""
    folder = log(tmp_path / "used", (20, decided()))
    (segment,) = Path(folder).glob("*/*.jsonl")
    segment.unlink()
    segment.mkdir()
    assert is_spent(folder, leave())
