"""When a key decides: some time after what it decides was drawn, and once for one press."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.console.arming import DELAY, REPEAT, Arming


def drawn(at: float = 0.0) -> Arming:
    """A lock of which the screen was drawn at a moment."""
    arming = Arming()
    arming.rendered(arming.lock(), at)
    return arming


def test_nothing_counts_before_anything_was_drawn() -> None:
    """Promise: what was never on the screen is never answered."""
    arming = Arming()
    assert not arming.takes("a", 10**9)
    assert arming.left(10**9) is None


@pytest.mark.parametrize(("moment", "taken"), [(0.0, False), (0.69, False), (0.71, True)])
def test_a_key_counts_some_time_after_the_drawing(moment: float, taken: bool) -> None:
    """Promise: the delay counts from the drawing to the key's own moment."""
    assert drawn().takes("a", moment) is taken


def test_a_key_made_before_the_drawing_never_counts_however_late_it_is_read() -> None:
    """Attack: keys typed while the screen stood still."""
    assert not drawn(at=100.0).takes("a", 99.0)


def test_a_lock_makes_the_earlier_drawing_worthless() -> None:
    """Promise: a drawing that comes late is not taken for that of what is shown now."""
    arming = Arming()
    early = arming.lock()
    late = arming.lock()
    arming.rendered(early, 0.0)
    assert not arming.takes("a", 100.0)
    arming.rendered(late, 100.0)
    assert arming.takes("a", 101.0)


def test_a_key_that_comes_too_early_begins_the_wait_anew() -> None:
    """Promise: whoever types ahead has to stop first."""
    arming = drawn()
    assert not arming.takes("d", 0.5)
    assert not arming.takes("d", 0.5 + DELAY - 0.01)
    assert arming.takes("d", 0.5 + 2 * DELAY)


def test_the_repetitions_of_a_held_key_never_decide() -> None:
    """Attack: a key held down, whose first repetition comes late, then 30 in a second."""
    arming = drawn()
    assert arming.takes("a", 1.0)
    arming.decided("a", 1.0)
    arming.rendered(arming.lock(), 1.1)
    moment = 1.0 + REPEAT - 0.1
    for _ in range(200):
        assert not arming.takes("a", moment)
        moment += 0.033
    assert arming.takes("a", moment + REPEAT)


def test_another_key_waits_only_for_the_drawing() -> None:
    """Promise: a no after a yes is not slowed down."""
    arming = drawn()
    arming.decided("a", 1.0)
    arming.rendered(arming.lock(), 1.1)
    assert arming.takes("d", 1.1 + DELAY)


def test_what_is_left_is_told() -> None:
    """Promise: the screen says whether keys count."""
    arming = drawn(at=5.0)
    assert arming.left(5.0) == pytest.approx(DELAY)
    assert arming.left(9.0) == 0


@given(st.lists(st.floats(0, 60), max_size=40).map(sorted), st.floats(0, 60))
def test_whatever_is_typed_nothing_counts_within_the_delay(moments: list[float], at: float) -> None:
    """Promise: for all rhythms, a key that counts lies the whole delay behind the drawing."""
    arming = drawn(at)
    assert all(moment - at >= DELAY - 1e-9 for moment in moments if arming.takes("a", moment))
