"""What a person picks in the panel of wider answers, as a value. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from localguard.config.fixed import Fixed, offers
from localguard.config.remembered import MATCHES, Match
from localguard.console.queue.arguments import arguments_of
from localguard.console.services import Choice, Fixing
from localguard.control.messages import RequestView, Scope

ALL: Final[tuple[Scope, ...]] = ("once", "minutes", "session", "switch", "always")

Offered = Sequence[Sequence[Fixed]]
"""For each argument that can be fixed the ways to do it, the narrowest first."""


@dataclass(frozen=True, slots=True)
class Picked:
    """What is picked so far. `ways` holds for each argument which way of fixing it is, if any."""

    allow: bool = True
    scope: Scope = "once"
    match: Match = "exact"
    ways: tuple[int | None, ...] = ()
    at: int = 0
    forever: bool = False

    def choice(self, offered: Offered) -> Choice:
        """The same as an answer."""
        match = "exact" if self.scope == "once" else self.match
        chosen = [
            ways[way] for ways, way in zip(offered, self.ways, strict=True) if way is not None
        ]
        fixed = tuple(Fixing(one.path, one.test, one.value) for one in chosen)
        return Choice(self.scope, self.allow, match, fixed if match == "some" else (), self.forever)


def opened(view: RequestView) -> Picked:
    """The narrowest answer there is; nothing of the last time."""
    return fitting(Picked(), view)


def offered(view: RequestView, scope: Scope) -> Offered:
    """What can be fixed of the arguments. Only what is written down can do more than keep them."""
    value = arguments_of(view)
    found = offers(value if isinstance(value, dict) else None)
    if scope == "always":
        return found
    return [ways[:1] for ways in found if len(ways[0].path) == 1]


def scopes(view: RequestView, *, allow: bool) -> tuple[Scope, ...]:
    """How long an answer to this request may hold."""
    return ALL if view.remembered_as is not None or not allow else ("once",)


def matches(view: RequestView, *, allow: bool) -> tuple[Match, ...]:
    """What it may cover; a yes to whatever a destructive tool is asked to do is not offered."""
    risky = allow and view.risk == "destructive"
    return tuple(one for one in MATCHES if not (risky and one == "tool"))


def fitting(picked: Picked, view: RequestView, before: Picked | None = None) -> Picked:
    """The same where it may be picked; what may not falls back to the narrowest."""
    if picked.scope not in scopes(view, allow=picked.allow):
        picked = replace(picked, scope="once")
    if picked.match not in matches(view, allow=picked.allow):
        picked = replace(picked, match="exact")
    number = len(offered(view, picked.scope))
    if before is None or before.scope != picked.scope:
        picked = replace(picked, ways=(0,) * number, at=0)
    return picked
