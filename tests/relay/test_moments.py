"""The moment of a call, as rules about hours and records see it."""

from datetime import timedelta

from localguard.relay.moments import Moments


def test_a_moment_lasts_a_second_and_knows_its_zone() -> None:
    """Promise: `when.hours` is told in the zone of the machine, and the clock is not asked anew."""
    clock = [1_700_000_000.2]
    moments = Moments(lambda: clock[0])
    first = moments()
    clock[0] += 0.7
    assert moments() is first
    clock[0] += 0.2
    assert moments() - first == timedelta(seconds=1)
    assert first.timestamp() == 1_700_000_000
    assert first.utcoffset() == first.astimezone().utcoffset()


def test_a_clock_that_is_set_back_is_followed() -> None:
    """Promise: a moment does not stay where the clock no longer is."""
    clock = [1_700_000_000.0]
    moments = Moments(lambda: clock[0])
    clock[0] -= 3600
    assert moments().timestamp() == 1_700_000_000 - 3600
