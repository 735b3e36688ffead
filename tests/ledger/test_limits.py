"""What a reservation counts, for how long, and what giving it back undoes."""

import math
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.ledger.charges import MAX_COST, Charge, units_of
from localguard.ledger.spending import SLOTS
from tests.ledger.makers import Hands, file_of, ledger, spend


def test_each_call_is_counted_with_itself(tmp_path: Path) -> None:
    """Profile: "5 new issues in an hour" counts the call that is about to be made."""
    book = ledger(tmp_path)
    assert [spend(book) for _ in range(3)] == [1, 2, 3]


def test_the_counts_of_all_guards_are_one(tmp_path: Path) -> None:
    """Promise: limits hold across the guards of all servers."""
    one, other = ledger(tmp_path), ledger(tmp_path)
    assert [spend(one), spend(other), spend(one)] == [1, 2, 3]


def test_rules_do_not_share_a_count(tmp_path: Path) -> None:
    """A key is a profile and a rule."""
    book = ledger(tmp_path)
    found = book.reserve([Charge("work a", 60), Charge("work b", 3600, 2.5)])
    assert found.spent == {"work a": 1, "work b": 2.5}
    assert found.fault is None
    assert book.reserve([]).spent == {}


def test_amounts_add_up_as_people_write_them(tmp_path: Path) -> None:
    """Three times 0.1 is not beyond a limit of 0.3."""
    book = ledger(tmp_path)
    assert [spend(book, cost=0.1) for _ in range(3)][-1] == 0.3
    assert spend(book, "work b", cost=19.99) == 19.99


def test_a_call_that_was_never_sent_is_given_back_once(tmp_path: Path) -> None:
    """Algebra, line 10: given back only if the call was never sent, and never twice."""
    book = ledger(tmp_path)
    spend(book)
    held = book.reserve([Charge("work r1", 60), Charge("work r2", 60, 7)])
    for _ in range(2):
        book.give_back(held)
    found = book.reserve([Charge("work r1", 60), Charge("work r2", 60)])
    assert found.spent == {"work r1": 2, "work r2": 1}


def test_a_huge_call_that_is_given_back_leaves_the_small_ones_counted(tmp_path: Path) -> None:
    """Attack: an amount at which a float forgets the cents, refused and given back."""
    book = ledger(tmp_path)
    spend(book, cost=0.01)
    book.give_back(book.reserve([Charge("work r1", 60, MAX_COST)]))
    assert spend(book, cost=0) == 0.01


@pytest.mark.parametrize("cost", [-1, -math.inf, math.inf, math.nan, MAX_COST * 2])
def test_what_cannot_be_counted_is_beyond_every_limit(tmp_path: Path, cost: float) -> None:
    """Attack: a negative amount would make room for others."""
    book = ledger(tmp_path)
    found = book.reserve([Charge("work r1", 60, cost), Charge("work r2", 60)])
    assert found.spent == {"work r1": None, "work r2": 1}
    book.give_back(found)
    assert spend(book) == 1


def test_a_window_slides(tmp_path: Path) -> None:
    """Each call leaves the window by itself, and never before its time."""
    clock = Hands()
    book = ledger(tmp_path, clock)
    spend(book)
    clock.wait(30)
    assert spend(book) == 2
    clock.wait(29.9)
    assert spend(book, cost=0) == 2
    clock.wait(0.2 + 60 / SLOTS)
    assert spend(book, cost=0) == 1
    clock.wait(30)
    assert spend(book, cost=0) == 0


@given(st.lists(st.tuples(st.floats(0, 40), st.integers(0, 5), st.booleans()), max_size=30))
def test_no_window_ever_holds_less_than_was_sent_in_it(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[float, int, bool]]
) -> None:
    """The promise itself, against a list of all calls; and one part of a window late at most."""
    clock = Hands()
    book = ledger(tmp_path_factory.mktemp("ledger"), clock)
    sent: list[tuple[float, int]] = []
    for pause, cost, back in calls:
        clock.wait(pause)
        held = book.reserve([Charge("work r1", 60, cost)])
        found = held.spent["work r1"]
        assert found is not None
        surely = sum(c for at, c in sent if clock.ticks - at < 60)
        perhaps = sum(c for at, c in sent if clock.ticks - at < 60 + 60 / SLOTS + 1e-6)
        assert surely + cost <= found <= perhaps + cost
        if back:
            book.give_back(held)
        else:
            sent.append((clock.ticks, cost))
    book.close()


@given(st.floats(0, MAX_COST))
def test_a_cost_is_never_lost(cost: float) -> None:
    """What costs anything costs at least a millionth."""
    units = units_of(cost)
    assert units is not None
    assert (units == 0) == (cost == 0)


def test_the_file_stays_small_however_many_calls_there_are(tmp_path: Path) -> None:
    """A limit of millions a day costs as many rows as one of ten."""
    clock = Hands()
    book = ledger(tmp_path, clock)
    for _ in range(3000):
        clock.wait(0.5)
        spend(book, seconds=600)
    assert file_of(tmp_path).stat().st_size < 100_000


def test_counts_of_rules_that_are_gone_are_removed(tmp_path: Path) -> None:
    """A profile may change a thousand times."""
    clock = Hands()
    book = ledger(tmp_path, clock)
    for number in range(2000):
        clock.wait(1)
        spend(book, f"work line {number}", seconds=60)
    assert file_of(tmp_path).stat().st_size < 150_000


def test_a_count_survives_the_guard(tmp_path: Path) -> None:
    """A client that restarts its servers does not free a limit."""
    first = ledger(tmp_path)
    spend(first)
    first.close()
    assert spend(ledger(tmp_path)) == 2
    assert spend(first) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="modes")
def test_nobody_else_can_look_into_the_counts(tmp_path: Path) -> None:
    """Files 0600 in a folder 0700, the journal too."""
    spend(ledger(tmp_path))
    folder = file_of(tmp_path).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
