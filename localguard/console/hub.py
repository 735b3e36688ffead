"""What the console knows of all guards, and the one way to answer: the interface of its screens.

`Hub` is implemented by `console.guards` over the control endpoints and by a small fake in the
tests. Everything it gives is a value; whoever shows a text of a server makes it safe first.
"""

import sys
import time
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from localguard.control.messages import (
    ClosedView,
    GrantView,
    GuardView,
    Match,
    Reply,
    RequestView,
    Scope,
    Surface,
)

MONOTONIC: Final = time.perf_counter if sys.platform == "win32" else time.monotonic
"""The console's monotonic clock, in seconds: the one by which Textual stamps events."""


class Held(NamedTuple):
    """A request and the guard that holds it.

    `arrived` numbers requests in the order in which this console first saw them, the oldest first
    by the guards' clocks where several were there already. `seen_at` is the console's monotonic
    clock, in seconds, at which `view.left` was said.
    """

    guard: str
    view: RequestView
    arrived: int
    seen_at: float


class Closed(NamedTuple):
    """A request that was closed, with the guard that held it."""

    guard: str
    view: ClosedView


class Picture(NamedTuple):
    """All guards at one moment. `held` is in the order of arrival and never reordered.

    `troubles` are guards that cannot be talked to, and why (an older version, a refused hello).
    """

    guards: Sequence[GuardView] = ()
    held: Sequence[Held] = ()
    closed: Sequence[Closed] = ()
    grants: Sequence[GrantView] = ()
    troubles: Sequence[str] = ()


class Hub(Protocol):
    """All guards of this person."""

    def picture(self) -> Picture:
        """Everything as it is known now. A new object whenever anything has changed."""
        ...

    async def changed(self) -> None:
        """Return when the picture is another one than the last that was taken."""
        ...

    async def decide(
        self,
        held: Held,
        *,
        allow: bool,
        scope: Scope = "once",
        match: Match = "exact",
        kept: Sequence[str] = (),
        reason: str | None = None,
        arguments: str | None = None,
        receipt: str | None = None,
        surface: Surface = "console",
    ) -> Reply:
        """Answer a request as it was shown. Never raises: a guard that is gone is `Stale`."""
        ...

    async def stop(self, held: Held) -> Reply:
        """Stop an allowed call that is still `sending`."""
        ...
