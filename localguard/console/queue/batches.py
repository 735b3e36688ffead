"""Which requests may be answered together, and in what they differ. Pure.

Only what is alike: the same tool of the same server for the same reason, nothing destructive and
nothing that cannot be seen whole.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from localguard.console.hub import Held
from localguard.console.queue.arguments import UNREAD, arguments_of, places
from localguard.console.queue.cautions import needs_code
from localguard.control.messages import RequestView
from localguard.policy.calls import Json

LEAST: Final = 2
MOST: Final = 50
"""Calls in one batch; nobody reads more."""


def objection(marks: Sequence[Held]) -> str | None:
    """Why these may not be answered together; None where they may."""
    if len(marks) < LEAST:
        return "mark at least two calls with space first"
    if len(marks) > MOST:
        return f"{len(marks)} calls are too many to look at together, {MOST} at most"
    found = (why for one in marks if (why := _alone(one.view)) is not None)
    if len({_scope(one) for one in marks}) > 1:
        unlike = "they are not alike: the same tool of one server, asked for by the same rule"
        return next(found, unlike)
    return next(found, None)


def _alone(view: RequestView) -> str | None:
    """Why a request is answered by itself, if it is."""
    if needs_code(view):
        return "one of them is destructive or hides something: answer it alone"
    if view.step_up is not None:
        return "one of them takes a sign-in of its own: answer it alone"
    return "one of them is on its way already" if view.state == "sending" else None


def _scope(held: Held) -> tuple[object, ...]:
    view = held.view
    who = (view.profile, view.client, view.identity, view.pin, view.rule, view.remembered_as)
    return (view.server, view.item, view.method, view.risk, view.state == "held", *who)


def differing(marks: Sequence[Held]) -> tuple[str, ...]:
    """The places of the arguments that are not the same in all of them."""
    found = [_places(one) for one in marks]
    names = dict.fromkeys(name for one in found for name in one)
    return tuple(name for name in names if not _alike([one.get(name, UNREAD) for one in found]))


def values(held: Held, names: Sequence[str]) -> Iterator[tuple[str, Json]]:
    """What one of them has in these places."""
    found = _places(held)
    for name in names:
        if name in found:
            yield name, found[name]


def _places(held: Held) -> dict[str, Json]:
    value = arguments_of(held.view)
    return {} if value is UNREAD else dict(places(value))


def _alike(values: Sequence[object]) -> bool:
    first = values[0]
    return all(type(one) is type(first) and one == first for one in values)
