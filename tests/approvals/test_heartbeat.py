"""Progress on a client's token: the rules that clients break off over."""

import json
from itertools import pairwise

import pytest

from localguard.approvals.heartbeat import GAP, Heartbeat, words


class Clock:
    """A clock that is moved by hand."""

    now = 5.0

    def __call__(self) -> float:
        return self.now


def test_values_strictly_increase_and_are_tiny() -> None:
    """basic/utilities/progress: `progress` MUST increase; the server's begins above."""
    heart = Heartbeat(Clock())
    values = [heart.beat() for _ in range(200_000)]
    told = [value for value in values if value is not None]
    assert len(told) == 200_000
    assert all(before < after for before, after in pairwise(told))
    assert told[0] == 1e-6
    assert told[-1] < 1
    assert json.loads(json.dumps(told[:50])) == told[:50]


def test_nothing_is_told_after_the_decision() -> None:
    """Some clients end the whole connection at a token that they no longer know."""
    heart = Heartbeat(Clock())
    heart.beat()
    heart.end()
    assert heart.beat() is None


def test_an_answer_waits_until_the_gap_is_over() -> None:
    """Read together with its answer, a progress notification is handled after it."""
    clock = Clock()
    heart = Heartbeat(clock)
    assert heart.quiet_for() == 0
    heart.beat()
    assert heart.quiet_for() == GAP
    clock.now += 0.015
    assert heart.quiet_for() == pytest.approx(0.005)
    clock.now += 1
    assert heart.quiet_for() == 0
    clock.now -= 5
    assert heart.quiet_for() == GAP


def test_the_server_goes_on_where_the_guard_stopped() -> None:
    """Only higher values pass on the same token; before the guard spoke, all do."""
    heart = Heartbeat(Clock())
    assert all(map(heart.passes, (0, -1, "soon", None, True)))
    heart.beat()
    heart.beat()
    heart.end()
    assert not any(map(heart.passes, (0, 1e-6, 2e-6, -1, "soon", None, True, False)))
    assert all(map(heart.passes, (3e-6, 0.5, 1, 10**30)))


@pytest.mark.parametrize(
    ("left", "text"),
    [(0.4, "0:00"), (-1, "0:00"), (44.9, "0:44"), (80, "1:20"), (600, "10:00")],
)
def test_the_words_say_where_and_how_long(left: float, text: str) -> None:
    """The person reads them in the client."""
    assert words("7f3a9c-12", left) == (
        f"Waiting for your approval in localguard (7f3a9c-12, {text})"
    )
