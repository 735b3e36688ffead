"""The life of an approval request, as a table: state and event give the next state.

    waiting   live calls wait; a yes lets the oldest go
    sending   a yes to a destructive call was taken, and can still be stopped
    held      no call is live; a yes makes a grant for the next identical one
    closed    nothing opens it again

What is not in the table cannot happen. If it does, localguard has a fault, and the request fails
closed: its calls are denied.

An answer is given to a revision. The revision rises with what makes an answer another one: the
matter (digest, ask, duties) and an answer of anyone's. It does not rise when an identical call
joins or leaves, nor when the budgets end: a yes then lets one call go or makes one grant, which is
what it was given for.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal

from localguard.approvals.requests import State
from localguard.errors import LocalguardError

Next = State | Literal["closed"]


class Event(StrEnum):
    """What can happen to a request. "The last" is the last live call."""

    JOINED = "an identical call came"
    LEFT = "a call that is not being sent was taken back or gave up, and others wait"
    OVERTAKEN = "the call that was being sent was taken back or gave up, and others wait"
    DEFERRED = "the last gave up, or was taken back after another had given up"
    CANCELLED = "the last was taken back"
    ENDED = "the client is gone"
    YES = "a person allowed a destructive call"
    STOPPED = "a person stopped it"
    FAILED = "what the person allowed could not be kept"
    PASSED = "one of several calls was let go"
    ALLOWED = "the last was let go"
    GRANTED = "leave for the next call was given"
    DENIED = "a person said no"
    STORMED = "a person said no too often"
    CHANGED = "what is asked is another thing now"
    SETTLED = "the policy decides it now"
    SWITCHED = "another profile is in force"
    LAPSED = "nobody answered"


REVISING: Final = frozenset(
    {
        Event.OVERTAKEN,
        Event.YES,
        Event.STOPPED,
        Event.FAILED,
        Event.PASSED,
        Event.CHANGED,
    }
)
"""The events after which an answer to what was shown before is stale."""

_OPEN: Final[tuple[State, ...]] = ("waiting", "sending", "held")
_ANYWHERE: Final = (
    Event.ENDED,
    Event.STORMED,
    Event.SETTLED,
    Event.SWITCHED,
    Event.LAPSED,
)

TABLE: Final[Mapping[tuple[State, Event], Next]] = {
    **{(state, event): "closed" for state in _OPEN for event in _ANYWHERE},
    ("waiting", Event.JOINED): "waiting",
    ("waiting", Event.LEFT): "waiting",
    ("waiting", Event.DEFERRED): "held",
    ("waiting", Event.CANCELLED): "closed",
    ("waiting", Event.YES): "sending",
    ("waiting", Event.PASSED): "waiting",
    ("waiting", Event.ALLOWED): "closed",
    ("waiting", Event.DENIED): "closed",
    ("waiting", Event.CHANGED): "waiting",
    ("sending", Event.JOINED): "sending",
    ("sending", Event.LEFT): "sending",
    ("sending", Event.OVERTAKEN): "waiting",
    ("sending", Event.DEFERRED): "held",
    ("sending", Event.CANCELLED): "closed",
    ("sending", Event.STOPPED): "waiting",
    ("sending", Event.FAILED): "waiting",
    ("sending", Event.PASSED): "waiting",
    ("sending", Event.ALLOWED): "closed",
    ("sending", Event.CHANGED): "waiting",
    ("held", Event.JOINED): "waiting",
    ("held", Event.GRANTED): "closed",
    ("held", Event.DENIED): "closed",
    ("held", Event.CHANGED): "held",
}


class LostRequest(LocalguardError):
    """Raised where the table has no row: a fault of localguard's own."""


def step(table: Mapping[tuple[State, Event], Next], state: State, event: Event) -> Next:
    """The state after an event. Raises LostRequest for what cannot happen."""
    found = table.get((state, event))
    if found is None:
        what = f"a request that is {state} cannot meet this: {event}"
        raise LostRequest(what, fix="report this fault of localguard's own")
    return found
