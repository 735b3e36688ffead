"""News of many guards, put together into one picture."""

import time
from dataclasses import replace

import pytest

from localguard.console.gathered import CLOSED, Gathered
from localguard.control.messages import GrantView, Snapshot
from tests.control.board import closed_view, guard_view, request_view


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Stand:
    """A picture in the making, with clocks that stand still."""

    def __init__(self) -> None:
        self.monotonic, self.clock = Clock(50.0), Clock(1000.0)
        self.wakes = 0
        self.gathered = Gathered(self.monotonic, self.clock, self._woken)

    def _woken(self) -> None:
        self.wakes += 1

    def held(self) -> list[tuple[str, str, int]]:
        return [(each.guard, each.view.id, each.arrived) for each in self.gathered.picture().held]


@pytest.fixture
def stand() -> Stand:
    return Stand()


def snapshot(guard: str, *opened: float) -> Snapshot:
    views = tuple(request_view(f"{guard}-{at:g}", opened=at) for at in opened)
    return Snapshot(seq=0, guard=guard_view(guard), requests=views)


def grant(name: str, until: float) -> GrantView:
    return GrantView(id=name, target="files/write_file", client="cursor", until=until)


def test_the_picture_is_the_same_object_until_something_changes(stand: Stand) -> None:
    first = stand.gathered.picture()
    assert stand.gathered.picture() is first
    stand.gathered.hear("a", guard_view("a"))
    second = stand.gathered.picture()
    assert second is not first
    assert stand.gathered.picture() is second


def test_guards_that_are_there_already_show_their_oldest_request_first(stand: Stand) -> None:
    """Promise: by the guards' clocks where several were there already."""
    stand.gathered.arrive({"a": snapshot("a", 3, 5), "b": snapshot("b", 4, 1)})
    assert stand.held() == [("b", "b-1", 1), ("a", "a-3", 2), ("b", "b-4", 3), ("a", "a-5", 4)]


def test_all_that_a_guard_says_at_first_is_in_the_picture(stand: Stand) -> None:
    said = replace(snapshot("a", 3), closed=(closed_view("a-1"),), grants=(grant("a-2", 2000),))
    stand.gathered.arrive({"a": said})
    picture = stand.gathered.picture()
    assert picture.guards == (guard_view("a"),)
    assert [each.view for each in picture.closed] == [said.closed[0]]
    assert picture.grants == said.grants


def test_requests_are_never_reordered(stand: Stand) -> None:
    """Promise: nothing moves under a person's finger."""
    stand.gathered.arrive({"a": snapshot("a", 3)})
    stand.gathered.arrive({"b": snapshot("b", 1)})
    stand.gathered.hear("a", replace(request_view("a-3"), revision=2, count=4))
    assert stand.held() == [("a", "a-3", 1), ("b", "b-1", 2)]
    assert stand.gathered.picture().held[0].view.revision == 2


def test_a_request_that_was_seen_keeps_its_place_over_a_lost_connection(stand: Stand) -> None:
    stand.gathered.arrive({"a": snapshot("a", 3, 5)})
    stand.gathered.arrive({"b": snapshot("b", 1)})
    stand.gathered.arrive({"a": snapshot("a", 2, 5)})
    assert stand.held() == [("a", "a-5", 2), ("b", "b-1", 3), ("a", "a-2", 4)]


def test_the_moment_at_which_the_rest_of_the_time_was_said_is_kept(stand: Stand) -> None:
    stand.gathered.hear("a", request_view("a-1"))
    stand.monotonic.now = 60.0
    assert stand.gathered.picture().held[0].seen_at == 50.0
    stand.gathered.hear("a", request_view("a-1"))
    assert stand.gathered.picture().held[0].seen_at == 60.0


def test_a_closed_request_leaves_the_held_ones(stand: Stand) -> None:
    stand.gathered.arrive({"a": snapshot("a", 3, 5)})
    stand.gathered.hear("a", closed_view("a-3"))
    assert stand.held() == [("a", "a-5", 2)]
    assert [each.view.id for each in stand.gathered.picture().closed] == ["a-3"]


def test_a_closed_request_that_is_opened_again_is_not_closed(stand: Stand) -> None:
    stand.gathered.hear("a", closed_view("a-3"))
    stand.gathered.hear("a", request_view("a-3"))
    assert stand.held() == [("a", "a-3", 1)]
    assert stand.gathered.picture().closed == ()


def test_what_a_guard_held_has_ended_with_it_and_others_are_untouched(stand: Stand) -> None:
    """Promise: its held requests become closed, "ended"."""
    stand.gathered.arrive({"a": snapshot("a", 3, 5), "b": snapshot("b", 4)})
    stand.gathered.hear("a", grant("a-9", 2000))
    stand.gathered.trouble("a", "slow")
    stand.gathered.lose("a")
    picture = stand.gathered.picture()
    assert [guard.id for guard in picture.guards] == ["b"]
    assert stand.held() == [("b", "b-4", 2)]
    assert [(each.view.id, each.view.how, each.view.at) for each in picture.closed] == [
        ("a-3", "ended", 1000.0),
        ("a-5", "ended", 1000.0),
    ]
    assert picture.grants == ()
    assert picture.troubles == ()


def test_two_guards_may_use_one_id_for_two_requests(stand: Stand) -> None:
    """Attack of chance; neither closes the other's."""
    stand.gathered.hear("a", request_view("x-1"))
    stand.gathered.hear("b", request_view("x-1"))
    stand.gathered.hear("a", closed_view("x-1"))
    assert stand.held() == [("b", "x-1", 2)]


def test_grants_go_when_their_time_is_over_or_they_were_used(stand: Stand) -> None:
    stand.gathered.hear("a", grant("a-1", 1010))
    stand.gathered.hear("a", grant("a-2", 1020))
    stand.gathered.hear("a", grant("a-2", 0))
    assert [each.id for each in stand.gathered.picture().grants] == ["a-1"]
    wakes = stand.wakes
    stand.gathered.lapse()
    assert stand.wakes == wakes
    stand.clock.now = 1010
    stand.gathered.lapse()
    assert stand.wakes == wakes + 1
    assert stand.gathered.picture().grants == ()


def test_grants_that_a_guard_no_longer_speaks_of_are_gone(stand: Stand) -> None:
    stand.gathered.hear("a", grant("a-1", 2000))
    stand.gathered.arrive({"a": snapshot("a")})
    assert stand.gathered.picture().grants == ()


def test_one_trouble_of_many_guards_is_told_once(stand: Stand) -> None:
    for guard in "abc":
        stand.gathered.trouble(guard, "this console may not answer")
    wakes = stand.wakes
    stand.gathered.trouble("a", "this console may not answer")
    assert stand.wakes == wakes
    assert stand.gathered.picture().troubles == ("this console may not answer",)
    for guard in "abcd":
        stand.gathered.trouble(guard, None)
    assert stand.gathered.picture().troubles == ()


def test_closed_requests_are_in_the_order_of_time_and_bounded(stand: Stand) -> None:
    for number in range(CLOSED + 50):
        stand.gathered.hear("a", replace(closed_view(f"a-{number}"), at=float(-number)))
    closed = stand.gathered.picture().closed
    assert len(closed) == CLOSED
    assert [each.view.at for each in closed] == sorted(each.view.at for each in closed)


def test_ten_guards_with_a_hundred_requests_each_are_cheap() -> None:
    """Promise: news costs the same however much is held: what 20 times as much takes shows it."""

    def spent(guards: int) -> float:
        gathered = Stand().gathered
        for guard in range(guards):
            gathered.arrive({f"g{guard}": snapshot(f"g{guard}", *range(100))})
        views = [request_view(f"g0-{number}") for number in range(100)]
        begun = time.process_time()
        for _ in range(20):
            for view in views:
                gathered.hear("g0", view)
        return time.process_time() - begun

    few = min(spent(1) for _ in range(3))
    many = min(spent(20) for _ in range(3))
    assert many < 5 * few
