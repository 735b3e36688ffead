"""Order, selection, marks, the filter and batches: the state of the list without a screen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.console.hub import Held
from localguard.console.queue.batches import differing, objection, values
from localguard.console.queue.needle import understood
from localguard.console.queue.rows import Rows
from localguard.console.queue.times import left, span
from localguard.control.messages import RequestView
from localguard.errors import UsageFault
from tests.console.stage import EPOCH, destructive, request


def held(*views: RequestView) -> list[Held]:
    """Requests in their order."""
    return [Held("g", view, number, 100.0) for number, view in enumerate(views)]


def named(*names: str) -> list[Held]:
    """Plain requests."""
    return held(*(request(name) for name in names))


NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)


@given(NAMES, st.integers(0, 8), NAMES)
def test_what_is_looked_at_stays_while_it_is_there(
    before: list[str], at: int, after: list[str]
) -> None:
    """Promise: for all arrivals and departures; if it goes, the place stays."""
    rows = Rows()
    rows.take(named(*before))
    rows.look_at(at)
    chosen = rows.current
    rows.take(named(*after))
    if chosen is None or not after:
        assert rows.current is None
    elif chosen.view.id in after:
        assert rows.current is not None
        assert rows.current.view.id == chosen.view.id
    else:
        assert rows.at == min(at, len(before) - 1, len(after) - 1)


def test_nothing_is_looked_at_until_a_person_does() -> None:
    """Promise: arrival never selects."""
    rows = Rows()
    rows.take(named("a", "b"))
    assert rows.current is None
    rows.step(1)
    assert rows.at == 0


def test_a_filter_hides_and_drops_what_is_looked_at_with_it() -> None:
    """Promise: nothing is answered that is not in the list."""
    rows = Rows()
    rows.take(named("a", "b"))
    rows.look_at(0)
    rows.mark()
    rows.filter(lambda view: view.id == "zzz")
    assert rows.current is None
    assert not rows.marks
    rows.filter(None)
    assert [one.view.id for one in rows.marks] == ["a"]


def test_marks_go_with_their_requests() -> None:
    """Promise: a mark never moves to another request."""
    rows = Rows()
    rows.take(named("a", "b"))
    rows.look_at(0)
    rows.mark()
    rows.take(named("b", "c"))
    assert not rows.marks


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", True),
        ("server:github", True),
        ("-server:github", False),
        ("tool:create_*", True),
        ("risk:destructive", False),
        ('client:"claude desktop*"', True),
        ("HELLO", True),
        ("server:github nothing", False),
        ("state:waiting,held", True),
        ("tool:create_[i]ssue", False),
    ],
)
def test_the_filter_has_the_grammar_of_the_log(text: str, found: bool) -> None:
    """Promise: one grammar, fields and words, all of which have to hold."""
    assert understood(text)(request()) is found


def test_a_field_that_is_none_is_a_fault_with_the_known_ones() -> None:
    """Promise: no filter is silently ignored."""
    with pytest.raises(UsageFault, match="no field"):
        understood("servr:github")


@pytest.mark.parametrize(
    ("views", "why"),
    [
        ([request("a")], "at least two"),
        ([request("a"), destructive("b")], "destructive"),
        ([request("a"), request("b", '{"x": "\\u202e"}')], "hides"),
        ([request("a"), request("b", item="other")], "not alike"),
        ([request("a"), request("b", server="other")], "not alike"),
        ([request("a"), request("b", rule="other")], "not alike"),
        ([request("a"), request("b", state="sending")], "on its way"),
        ([request(str(n)) for n in range(51)], "too many"),
    ],
)
def test_what_is_not_alike_is_not_answered_together(views: list[RequestView], why: str) -> None:
    """Promise: one tool of one server, harmless, by one rule."""
    found = objection(held(*views))
    assert found is not None
    assert why in found


def test_a_batch_says_in_what_its_calls_differ() -> None:
    """Promise: only what differs has to be read, and all of it is there."""
    marks = held(
        request("a", '{"repo": "x", "n": 1, "o": {"p": true}}'),
        request("b", '{"repo": "x", "n": 2, "o": {"p": 1}}'),
    )
    assert objection(marks) is None
    assert differing(marks) == ("n", "o.p")
    assert list(values(marks[1], ("n", "o.p"))) == [("n", 2), ("o.p", 1)]


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (request(left=45.0), "0:35"),
        (request(left=5.0), "0:00"),
        (request(state="held"), "held 15m"),
        (request(state="sending"), "sending"),
    ],
)
def test_what_is_left_is_said_shortly(view: RequestView, said: str) -> None:
    """Promise: the countdown runs by the monotonic clock."""
    assert left(held(view)[0], 110.0, EPOCH) == said


@pytest.mark.parametrize(("seconds", "said"), [(-5, "0s"), (59, "59s"), (60, "1m"), (7300, "2h")])
def test_a_span_is_never_below_zero(seconds: float, said: str) -> None:
    """Promise: a clock that jumped shows no nonsense."""
    assert span(seconds) == said
