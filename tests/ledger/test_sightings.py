"""What a client has called, across all its guards."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.ledger.sightings import IDLE, MAX_NAME, MAX_ROWS, MAX_TARGETS
from tests.ledger.makers import ANA, BOB, Hands, file_of, ledger, patterns

READ = frozenset({"read"})


def test_what_one_guard_has_called_all_guards_of_the_client_know(tmp_path: Path) -> None:
    """Profile: after reading the web, ask before any write, on another server."""
    browser, files = ledger(tmp_path), ledger(tmp_path)
    assert files.seen(patterns("browser/*")) == {"browser/*": False}
    browser.note("browser", "navigate", READ | {"open"})
    assert files.seen(patterns("browser/*", "browser/@open", "browser/@write", "risk/check")) == {
        "browser/*": True,
        "browser/@open": True,
        "browser/@write": False,
        "risk/check": False,
    }


def test_another_client_has_its_own_past(tmp_path: Path) -> None:
    """A session is one client process."""
    ledger(tmp_path, session=ANA).note("browser", "navigate", READ)
    assert ledger(tmp_path, session=BOB).seen(patterns("browser/*")) == {"browser/*": False}
    assert ledger(tmp_path, session=ANA).seen(patterns("browser/*")) == {"browser/*": True}


def test_without_a_client_nothing_is_known(tmp_path: Path) -> None:
    """Fail closed: where the process above cannot be seen."""
    book = ledger(tmp_path, session=None)
    book.note("browser", "navigate", READ)
    assert book.seen(patterns("browser/*")) == {"browser/*": None}
    assert list(tmp_path.iterdir()) == []


def test_unknown_marks_are_doubt(tmp_path: Path) -> None:
    """A tool that was called before its list was seen may have been open."""
    book = ledger(tmp_path)
    book.note("browser", "navigate", None)
    assert book.seen(patterns("browser/@open")) == {"browser/@open": None}
    book.note("browser", "navigate", frozenset({"open"}))
    assert book.seen(patterns("browser/@open")) == {"browser/@open": True}
    book.note("files", "list", frozenset())
    assert ledger(tmp_path).seen(patterns("files/@open")) == {"files/@open": False}


def test_a_target_is_kept_once(tmp_path: Path) -> None:
    """A loop of calls costs one row and, after the first, no look at the file."""
    clock = Hands()
    book = ledger(tmp_path, clock)
    book.note("files", "read", READ)
    turns = clock.asked
    for _ in range(100):
        book.note("files", "read", READ)
    assert clock.asked == turns


def test_more_than_can_be_kept_is_never_said_not_to_have_been(tmp_path: Path) -> None:
    """Attack: fill the memory with resources until the one that counts is not kept."""
    book = ledger(tmp_path)
    for number in range(MAX_TARGETS + 1):
        book.note("files", f"resource:file:///{number}", None)
    book.note("browser", "navigate", READ)
    assert book.seen(patterns("browser/*")) == {"browser/*": True}
    other = ledger(tmp_path)
    assert other.seen(patterns("browser/*")) == {"browser/*": None}
    assert other.seen(patterns("files/*")) == {"files/*": True}
    assert file_of(tmp_path).stat().st_size < 1_000_000


def test_a_guard_forgets_nothing_it_has_called_and_keeps_little(tmp_path: Path) -> None:
    """The same attack on the memory of one guard."""
    book = ledger(tmp_path)
    for number in range(4 * MAX_TARGETS + 10):
        book.note("files", f"resource:file:///{number}", None)
    book.note("browser", "navigate", READ)
    assert book.seen(patterns("browser/*", "files/*")) == {"browser/*": None, "files/*": True}


def test_a_name_that_cannot_be_kept_is_doubt_for_others(tmp_path: Path) -> None:
    """Too long a URI, or no text at all."""
    for name in ("x" * (MAX_NAME + 1), "\ud800"):
        folder = tmp_path / str(len(name))
        ledger(folder).note("files", name, None)
        assert ledger(folder).seen(patterns("files/*")) == {"files/*": None}


def test_sessions_that_are_long_gone_are_forgotten(tmp_path: Path) -> None:
    """The file is bounded in time; a session that still asks is kept."""
    clock = Hands()
    ana = ledger(tmp_path, clock, ANA)
    ana.note("browser", "navigate", READ)
    for _ in range(3):
        clock.wait(IDLE / 2)
        ana.seen(patterns("x/*"))
    ledger(tmp_path, clock, BOB).note("a", "b", READ)
    assert ledger(tmp_path, clock, ANA).seen(patterns("browser/*")) == {"browser/*": True}
    clock.wait(IDLE + 1)
    ledger(tmp_path, clock, BOB).seen(patterns("a/*"))
    assert ledger(tmp_path, clock, ANA).seen(patterns("browser/*")) == {"browser/*": True}


def test_the_oldest_rows_make_room_and_their_sessions_say_so(tmp_path: Path) -> None:
    """The file is bounded in size, however many clients there were."""
    ana = ledger(tmp_path, session=ANA)
    ana.note("browser", "navigate", READ)
    ana.close()
    with sqlite3.connect(file_of(tmp_path)) as connection:
        row = (MAX_ROWS + 5, 99, "a", "b", "")
        connection.execute("INSERT INTO sent VALUES (?, ?, ?, ?, ?)", row)
        connection.execute("INSERT INTO sessions (id, name, touched) VALUES (99, 'x', 1.0)")
    connection.close()
    ledger(tmp_path, session=BOB).note("a", "b", READ)
    assert ledger(tmp_path, session=ANA).seen(patterns("browser/*")) == {"browser/*": None}
    assert ledger(tmp_path, session=BOB).seen(patterns("c/*")) == {"c/*": False}


def test_patterns_are_bounded_in_memory_and_stay_right(tmp_path: Path) -> None:
    """A profile that is edited a thousand times brings as many patterns."""
    book = ledger(tmp_path)
    book.note("browser", "navigate", READ)
    many = [f"s{number}/*" for number in range(1100)]
    assert set(book.seen(patterns(*many)).values()) == {False}
    assert book.seen(patterns("browser/*")) == {"browser/*": True}


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.sampled_from("ab"), st.sampled_from(["get", "put", "@x"])),
        max_size=12,
    )
)
def test_two_guards_never_disagree(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[int, str, str]]
) -> None:
    """Whoever calls what, in whatever order, both know the same at once."""
    folder = tmp_path_factory.mktemp("ledger")
    guards = [ledger(folder), ledger(folder)]
    asked = patterns("a/*", "b/*", "*/get", "a/put", "*/@read")
    for who, server, item in calls:
        guards[who].note(server, item, READ)
        answers = [guard.seen(asked) for guard in guards]
        assert answers[0] == answers[1]
        assert answers[0][f"{server}/*"] is True
    for guard in guards:
        guard.close()
