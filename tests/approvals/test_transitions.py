"""The life of a request is what the table says, and nothing else."""

from itertools import product
from typing import get_args

import pytest

from localguard.approvals.happenings import Closed, Troubled
from localguard.approvals.requests import Reply, State, Turned
from localguard.approvals.transitions import REVISING, TABLE, Event, LostRequest, step
from tests.approvals.makers import DESTRUCTIVE, World, call_of, deny_of

STATES: tuple[State, ...] = get_args(State)


@pytest.mark.parametrize(("state", "event"), list(product(STATES, Event)))
def test_what_is_not_in_the_table_cannot_happen(state: State, event: Event) -> None:
    """A step that has no row is a fault of localguard's own."""
    if (state, event) in TABLE:
        assert step(TABLE, state, event) == TABLE[state, event]
    else:
        with pytest.raises(LostRequest, match="cannot meet this"):
            step(TABLE, state, event)


def test_a_yes_leads_out_of_each_state_as_the_law_says() -> None:
    """Nothing that is held is let go, and nothing destructive without the window."""
    letting_go = {Event.PASSED, Event.ALLOWED}
    assert {state for state, event in TABLE if event in letting_go} == {"waiting", "sending"}
    assert {state for state, event in TABLE if event is Event.GRANTED} == {"held"}
    assert [state for state, event in TABLE if event is Event.YES] == ["waiting"]


def test_time_and_clients_let_nothing_go() -> None:
    """A timer may only deny or hold."""
    for event in (Event.DEFERRED, Event.LAPSED, Event.CANCELLED, Event.ENDED):
        assert {new for (_, one), new in TABLE.items() if one is event} <= {"held", "closed"}


def test_a_joining_or_leaving_call_makes_no_answer_stale() -> None:
    """Only what makes an answer another one raises the revision."""
    assert REVISING.isdisjoint({Event.JOINED, Event.LEFT, Event.DEFERRED})
    assert {Event.YES, Event.PASSED, Event.STOPPED, Event.CHANGED} <= REVISING


def without(*rows: tuple[State, Event]) -> World:
    """A desk whose table lacks rows: a fault of localguard's own."""
    return World({key: new for key, new in TABLE.items() if key not in rows})


def failed_closed(world: World, *names: str) -> None:
    """All calls were denied, none let go, and the request is closed."""
    for name in names:
        assert "cannot meet this" in deny_of(world.outcome(name)).reason
    assert world.desk.requests() == ()
    assert len(world.happened(Troubled)) == len(world.happened(Closed)) == 1
    assert world.keeper.leaves == []
    assert world.keeper.answers == []


def lost(reply: Reply) -> bool:
    """Whether an answer was refused since the request was lost."""
    return "lost track" in getattr(reply, "why", "")


@pytest.mark.parametrize("scope", ["once", "session"])
def test_a_yes_that_cannot_be_lets_nothing_go(scope: str) -> None:
    """And nothing is kept."""
    world = without(("waiting", Event.PASSED))
    world.hold("g-1")
    world.hold("g-2")
    assert lost(world.answer(scope=scope))
    failed_closed(world, "g-1", "g-2")


def test_leave_that_cannot_be_is_not_given() -> None:
    """The check comes before the file."""
    world = without(("held", Event.GRANTED))
    world.hold()
    world.time.move(60)
    assert lost(world.answer())
    assert world.desk.requests() == ()
    assert world.keeper.leaves == []


def test_a_no_that_cannot_be_denies_all_the_same() -> None:
    """Closed is closed."""
    world = without(("waiting", Event.DENIED))
    world.hold()
    assert lost(world.answer(allow=False))
    failed_closed(world, "g-1")


def test_a_stop_that_cannot_be_denies() -> None:
    """What was to be sent is not sent."""
    world = without(("sending", Event.STOPPED))
    world.policy.decisions["drop"] = DESTRUCTIVE
    world.hold(call=call_of("drop"))
    world.answer()
    assert lost(world.desk.stop("g-1", "ann"))
    failed_closed(world, "g-1")
    world.time.move(10)
    assert isinstance(world.outcome(), Turned)


@pytest.mark.parametrize("event", [Event.DEFERRED, Event.LAPSED])
def test_time_that_cannot_pass_denies(event: Event) -> None:
    """In a sweep of the desk one lost request is no other's harm."""
    world = without(("waiting", event))
    world.hold("g-1", budget=45 if event is Event.DEFERRED else 2000)
    world.time.move(30)
    world.hold("g-2", call_of(to="bob"), budget=3000)
    world.time.move(870)
    assert "cannot meet this" in deny_of(world.outcome("g-1")).reason
    assert world.settled["g-2"] == []
    assert [one.id for one in world.desk.requests()] == ["g-2"]


def test_what_cannot_join_or_leave_is_denied() -> None:
    """A call that was about to join is denied with the others."""
    world = without(("waiting", Event.JOINED))
    world.hold("g-1")
    world.hold("g-2")
    assert isinstance(world.outcome("g-1"), Turned)
    assert isinstance(world.outcome("g-2"), Turned)
    world = without(("waiting", Event.CANCELLED))
    world.hold("g-1")
    world.desk.withdraw("g-1")
    failed_closed(world, "g-1")


@pytest.mark.parametrize("event", [Event.ENDED, Event.SWITCHED, Event.SETTLED])
def test_an_end_that_cannot_be_ends_all_the_same(event: Event) -> None:
    """EOF, a switch, a policy that decides."""
    world = without(("waiting", event))
    world.hold()
    if event is Event.ENDED:
        world.desk.end()
    else:
        world.policy.lost = True
        world.desk.rejudge(world.policy, switched=event is Event.SWITCHED)
    failed_closed(world, "g-1")


def test_other_faults_are_not_hidden() -> None:
    """Only a lost request is dealt with here."""
    world = World()
    world.hold()

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        world.desk.rejudge(broken, switched=False)  # type: ignore[arg-type]
