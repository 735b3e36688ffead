"""One timer for all that is due, and an outbox that keeps its order."""

import math

import pytest

from localguard.approvals.alarm import Alarm
from localguard.approvals.outbox import Outbox
from tests.approvals.makers import Time


def test_it_rings_at_the_earliest_moment_and_only_once() -> None:
    """Of many timers only the newest counts."""
    time, rung = Time(), []
    alarm = Alarm(lambda: time.monotonic, time.later, lambda: rung.append(time.monotonic))
    alarm.set(math.inf)
    assert time.timers == []
    for due in (150, 130, 110, 140, 110):
        alarm.set(due)
    assert len(time.timers) == 3
    time.move(100)
    assert rung == [110]


def test_it_can_be_set_again_when_it_rings() -> None:
    """And never leaves more than one timer that counts."""
    time, rung = Time(), []

    def ring() -> None:
        rung.append(time.monotonic)
        alarm.set(time.monotonic + 10)

    alarm = Alarm(lambda: time.monotonic, time.later, ring)
    alarm.set(105)
    alarm.set(50)
    time.move(25)
    assert rung == [100, 110, 120]
    assert len(time.timers) == 1


def test_acts_are_done_in_order_also_those_that_come_up_meanwhile() -> None:
    """Nothing is said in the middle of something else."""
    outbox = Outbox()
    said: list[str] = []

    def first() -> None:
        outbox.put(lambda: said.append("third"))
        outbox.flush()
        said.append("first")

    outbox.put(first)
    outbox.put(lambda: said.append("second"))
    outbox.flush()
    assert said == ["first", "second", "third"]


def test_after_a_fault_the_rest_is_not_lost() -> None:
    """The next flush says it."""

    def broken() -> None:
        raise IndexError

    outbox = Outbox()
    said: list[str] = []
    outbox.put(broken)
    outbox.put(lambda: said.append("rest"))
    with pytest.raises(IndexError):
        outbox.flush()
    outbox.flush()
    assert said == ["rest"]
