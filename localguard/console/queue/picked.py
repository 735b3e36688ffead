"""What a person picks in the panel of wider answers, as a value. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from localguard.config.fixed import Fixed
from localguard.config.remembered import Match, Wish
from localguard.console.services import Choice, Preview
from localguard.control.messages import RequestView, Scope

ALL: Final[tuple[Scope, ...]] = ("once", "minutes", "session", "switch", "always")


@dataclass(frozen=True, slots=True)
class Picked:
    """What is picked so far. `ways` holds for each argument which way of fixing it is, if any."""

    allow: bool = True
    scope: Scope = "once"
    match: Match = "exact"
    ways: tuple[int | None, ...] = ()
    at: int = 0
    forever: bool = False

    def choice(self, offered: Sequence[Sequence[Fixed]]) -> Choice:
        """The same as a wish."""
        fixed = tuple(
            ways[way] for ways, way in zip(offered, self.ways, strict=True) if way is not None
        )
        match = self.match if self.scope == "always" else "exact"
        wish = Wish(self.allow, match, fixed if match == "some" else (), self.forever)
        return Choice(self.scope, wish)


@dataclass(frozen=True, slots=True)
class Scoped:
    """What was decided in the panel, with the preview that was on the screen."""

    choice: Choice
    preview: Preview | None


def scopes(view: RequestView) -> tuple[Scope, ...]:
    """How long an answer to this request may hold."""
    return ALL if view.remembered_as is not None else ("once",)
