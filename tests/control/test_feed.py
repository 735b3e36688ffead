"""News, numbered and kept for a while."""

from dataclasses import replace

from localguard.control.feed import KEPT, WEIGHT, Feed
from localguard.control.messages import Event, RequestView
from tests.control.board import closed_view, guard_view, request_view


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def left_of(event: Event) -> float:
    assert isinstance(event.news, RequestView)
    return event.news.left


def test_news_is_numbered_from_one_without_gaps() -> None:
    feed = Feed(Clock())
    assert [feed.add(guard_view()).seq for _ in range(3)] == [1, 2, 3]
    assert feed.seq == 3


def test_whoever_missed_some_gets_exactly_that() -> None:
    feed = Feed(Clock())
    events = [feed.add(closed_view(f"7f3a9c-{number}")) for number in range(5)]
    assert feed.since(2) == events[2:]
    assert feed.since(0) == events
    assert feed.since(5) == []


def test_what_is_kept_no_longer_is_not_made_up() -> None:
    """A gap must never look like silence."""
    feed = Feed(Clock())
    for _ in range(KEPT + 10):
        feed.add(guard_view())
    assert feed.since(9) is None
    assert len(feed.since(10) or ()) == KEPT


def test_a_number_that_was_never_given_is_not_believed() -> None:
    """Attack or another guard's number: everything is told anew."""
    feed = Feed(Clock())
    feed.add(guard_view())
    assert feed.since(2) is None
    assert feed.since(-5) is None
    assert Feed(Clock()).since(0) == []


def test_the_memory_it_takes_is_bounded_by_what_requests_hold() -> None:
    """Attack: a model that asks with 200 KiB of arguments again and again."""
    feed = Feed(Clock())
    for number in range(200):
        text = chr(65 + number % 26) * 200_000
        feed.add(replace(request_view(arguments=text), definition="d", pinned="p"))
    fits = WEIGHT // 200_002
    assert len(feed.since(200 - fits) or ()) == fits
    assert feed.since(200 - fits - 1) is None


def test_the_time_that_is_left_is_that_of_now() -> None:
    """A console that comes back must not give a person more time than there is."""
    clock = Clock()
    feed = Feed(clock)
    feed.add(request_view())
    clock.now += 15
    assert [left_of(event) for event in feed.since(0) or ()] == [request_view().left - 15]
    clock.now += 1000
    assert [left_of(event) for event in feed.since(0) or ()] == [0]
