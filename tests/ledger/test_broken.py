"""A file that cannot be read counts as reached, says why, and is not in the way for ever."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from localguard.ledger.charges import Charge
from localguard.ledger.clients import Session
from localguard.ledger.ledger import Ledger
from tests.ledger.makers import Hands, file_of, ledger, patterns, spend

PROJECT = Path(__file__).resolve().parents[2]


def garbage(file: Path) -> None:
    file.write_bytes(b"garbage" * 1000)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def cut(file: Path) -> None:
    os.truncate(file, 4096)


def scratch(file: Path) -> None:
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xff" * (size - 4096))


def another_program(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE time (other)")
    connection.close()


def other_tables(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TABLE spent")
    connection.close()


Breakage = Callable[[Path], None]
BREAKAGES: list[Breakage] = [garbage, empty, cut, scratch, another_program, other_tables]


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_broken_file_counts_as_reached_until_its_windows_have_passed(
    tmp_path: Path, breakage: Breakage
) -> None:
    """Fail closed, but not for ever: a limit of an hour is unknown for an hour."""
    clock = Hands()
    before = ledger(tmp_path, clock)
    assert spend(before) == 1
    before.close()
    breakage(file_of(tmp_path))
    book = ledger(tmp_path, clock)
    assert [spend(book), spend(book)] == [None, None]
    assert "broken" in (book.trouble or "")
    aside = [name for name in os.listdir(file_of(tmp_path).parent) if "broken" in name]
    assert any(name in (book.trouble or "") for name in aside)
    clock.wait(59)
    found = book.reserve([Charge("work r1", 60), Charge("work r2", 10), Charge("work r3", 3600)])
    assert found.spent == {"work r1": None, "work r2": 1, "work r3": None}
    assert "remove" in (found.fault or "")
    clock.wait(2)
    assert spend(book) is not None
    assert spend(book, "work r3", seconds=3600) is None


@pytest.mark.parametrize("breakage", [garbage, other_tables])
def test_a_file_that_breaks_in_use_is_noticed(tmp_path: Path, breakage: Breakage) -> None:
    """The guard has it open, and another program writes into it."""
    book = ledger(tmp_path)
    assert spend(book) == 1
    breakage(file_of(tmp_path))
    assert spend(book) is None


def test_removing_the_broken_file_is_enough(tmp_path: Path) -> None:
    """The person's way out, without a restart."""
    clock = Hands()
    book = ledger(tmp_path, clock)
    spend(book)
    book.close()
    garbage(file_of(tmp_path))
    assert spend(book) is None
    assert spend(book) is None
    for file in file_of(tmp_path).parent.glob("*.broken-*"):
        file.unlink()
    assert spend(book) == 2
    assert book.trouble is None


def test_after_a_breakage_nothing_is_surely_not_seen(tmp_path: Path) -> None:
    """`when.seen` must not open, nor `unless.seen` close, on a file that has forgotten."""
    clock = Hands()
    book = ledger(tmp_path, clock)
    assert book.seen(patterns("web/*")) == {"web/*": False}
    book.close()
    garbage(file_of(tmp_path))
    assert book.seen(patterns("web/*")) == {"web/*": None}
    book.note("web", "get", None)
    clock.wait(100)
    assert book.seen(patterns("web/*", "risk/*")) == {"web/*": True, "risk/*": None}
    later = ledger(tmp_path, clock, Session("boot/9/3", 50.0))
    assert later.seen(patterns("risk/*")) == {"risk/*": False}


def test_a_removed_file_is_begun_anew(tmp_path: Path) -> None:
    """Removing it is how a person sets all counts back; the guard tells again what it noted."""
    book = ledger(tmp_path)
    book.note("web", "get", None)
    held = book.reserve([Charge("work r1", 60)])
    file_of(tmp_path).unlink()
    assert spend(book) == 1
    book.give_back(held)
    assert spend(book) == 2
    assert book.seen(patterns("web/*")) == {"web/*": True}
    assert ledger(tmp_path).seen(patterns("web/*")) == {"web/*": True}


def test_the_journal_of_a_removed_file_is_not_played_into_the_next(tmp_path: Path) -> None:
    """sqlite.org/howtocorrupt.html, "Unlinking or renaming a database file"."""
    book = ledger(tmp_path)
    spend(book)
    book.close()
    journal = Path(f"{file_of(tmp_path)}-journal")
    journal.write_bytes(os.urandom(4096))
    file_of(tmp_path).unlink()
    assert [spend(book), spend(book)] == [1, 2]


@pytest.mark.parametrize("place", ["", "session", "session/ledger-1.sqlite"])
def test_something_else_in_its_place_is_named(tmp_path: Path, place: str) -> None:
    """A file for the folder, a folder for the file."""
    wrong = tmp_path / "state" / place
    wrong.parent.mkdir(parents=True, exist_ok=True)
    if place.endswith("sqlite"):
        wrong.mkdir()
    else:
        wrong.write_text("")
    book = Ledger(str(tmp_path / "state" / "session"), None)
    found = book.reserve([Charge("work r1", 60)])
    assert found.spent == {"work r1": None}
    assert str(tmp_path / "state") in (found.fault or "")


@pytest.mark.skipif(sys.platform == "win32", reason="modes")
@pytest.mark.parametrize("loose", ["session", "session/ledger-1.sqlite"])
def test_what_others_could_write_is_not_believed(tmp_path: Path, loose: str) -> None:
    """Attack: another user sets the counts back."""
    book = ledger(tmp_path)
    spend(book)
    book.close()
    (tmp_path / loose).chmod(0o777)
    assert spend(book) is None
    assert "chmod go-rwx" in (book.trouble or "")


@pytest.mark.skipif(sys.platform == "win32", reason="symlinks")
def test_a_link_in_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    """Attack: counts are read from a file that always says zero."""
    book = ledger(tmp_path)
    spend(book)
    book.close()
    file_of(tmp_path).rename(tmp_path / "elsewhere")
    file_of(tmp_path).symlink_to(tmp_path / "elsewhere")
    assert spend(book) is None


def test_what_cannot_be_given_back_at_once_is_given_back_later(tmp_path: Path) -> None:
    """Somebody else holds the file just then; the call must not count for ever."""
    book = ledger(tmp_path)
    held = book.reserve([Charge("work r1", 60)])
    holder = sqlite3.connect(file_of(tmp_path), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    book.give_back(held)
    assert book.trouble is not None
    holder.execute("ROLLBACK")
    holder.close()
    assert spend(book) == 1
    assert book.trouble is None


def test_guards_that_meet_a_broken_file_together_move_it_once(tmp_path: Path) -> None:
    """The new file of the quicker one is not taken for the broken one."""
    guards = [ledger(tmp_path), ledger(tmp_path)]
    for guard in guards:
        spend(guard)
    other_tables(file_of(tmp_path))
    for _ in range(2):
        assert [spend(guard) for guard in guards] == [None, None]
    aside = list(file_of(tmp_path).parent.glob("*.broken-*"))
    assert len([file for file in aside if not file.name.endswith("-journal")]) == 1


def test_nobody_who_only_asks_for_nothing_makes_a_file(tmp_path: Path) -> None:
    """Touched only where a rule uses it."""
    book = ledger(tmp_path)
    book.reserve([])
    book.seen({})
    book.give_back(book.reserve([]))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="limits")
def test_a_full_disk_counts_as_reached_and_passes(tmp_path: Path) -> None:
    """As a limit on file sizes shows it; what was noted meanwhile is kept."""
    program = """
import resource, signal, sys
from pathlib import Path
from tests.ledger.makers import ledger, patterns, spend, file_of
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder = Path(sys.argv[1])
book = ledger(folder)
held = [spend(book) for _ in range(2)]
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
full = spend(book)
book.note("web", "get", None)
print(held, full, bool(book.trouble))
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
print(spend(book), book.trouble, dict(book.seen(patterns("web/*"))))
"""
    said = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.splitlines() == ["[1.0, 2.0] None True", "3.0 None {'web/*': True}"]
    assert ledger(tmp_path).seen(patterns("web/*")) == {"web/*": True}
