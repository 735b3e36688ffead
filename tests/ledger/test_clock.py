"""Time as the ledger counts it: only forward, whatever is done to the machine's clock."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.ledger.clock import Moment, boot, elapsed, machine_clock
from tests.ledger.makers import Hands, ledger, spend

TIMES = st.floats(0, 1e9)
MOMENTS = st.builds(Moment, st.sampled_from(["", "a", "b"]), TIMES, TIMES)


@pytest.mark.parametrize("jump", [-2 * 86400.0, 2 * 86400.0])
def test_a_wall_clock_that_is_set_frees_no_limit_and_locks_none_up(
    tmp_path: Path, jump: float
) -> None:
    """Attack: the clock is put forward to free a limit. Fault: it was wrong and is put right."""
    clock = Hands()
    book = ledger(tmp_path, clock)
    spend(book)
    clock.wall += jump
    assert spend(book) == 2
    clock.wait(61)
    assert spend(book) == 1


def test_from_one_boot_to_the_next_the_wall_clock_counts(tmp_path: Path) -> None:
    """A day with the machine switched off is a day."""
    clock = Hands()
    book = ledger(tmp_path, clock)
    spend(book, seconds=3600)
    clock.boot, clock.ticks, clock.wall = "second", 5.0, clock.wall + 1800
    assert spend(book, seconds=3600) == 2
    clock.boot, clock.ticks, clock.wall = "third", 5.0, clock.wall + 1830
    assert spend(book, seconds=3600) == 2


def test_a_wall_clock_that_went_back_over_a_boot_still_goes_on(tmp_path: Path) -> None:
    """An empty battery: the time since the boot has passed in any case."""
    clock = Hands()
    book = ledger(tmp_path, clock)
    spend(book)
    clock.boot, clock.ticks, clock.wall = "second", 30.0, 0.0
    assert spend(book) == 2
    clock.wait(31)
    assert spend(book) == 2


@given(MOMENTS, MOMENTS)
def test_time_never_goes_back(before: Moment, now: Moment) -> None:
    """For any two readings of the machine's clocks."""
    assert elapsed(before, now) >= 0


def test_without_a_name_for_the_boot_ticks_that_went_back_tell_of_another() -> None:
    """macOS and Windows."""
    assert elapsed(Moment("", 100, 1000), Moment("", 130, 5)) == 30
    assert elapsed(Moment("", 100, 1000), Moment("", 10, 1600)) == 600
    assert elapsed(Moment("", 100, 1000), Moment("", 10, 900)) == 10


def test_the_clock_of_this_machine_goes_forward() -> None:
    """The real one."""
    clock = machine_clock()
    first, second = clock(), clock()
    assert first.boot == second.boot == boot()
    assert 0 < first.ticks <= second.ticks
    assert second.wall > 1_700_000_000
