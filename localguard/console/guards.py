"""The hub over the control endpoints: all guards of this person, found, followed and answered.

It looks into the run folder twice a second, holds one connection to each guard, and clears away
what a killed one left. Holds no power of its own: whether an answer is taken is told by the guard.
"""

import time
from collections.abc import Sequence
from typing import Final

import anyio
import anyio.abc

from localguard.console.following import Following
from localguard.console.gathered import Gathered
from localguard.console.hub import MONOTONIC, Held, Picture
from localguard.console.together import Together
from localguard.control.endpoint import Endpoint, clear_if_dead, find, sweep
from localguard.control.faults import ControlFault
from localguard.control.handshake import Role
from localguard.control.messages import Decide, Match, Order, Reply, Scope, Stale, Stop, Surface

POLL: Final = 0.5
"""Seconds between two looks into the run folder."""
TOGETHER: Final = 1.0
"""Seconds in which the guards that are there at the start are waited for."""
_FOLDER: Final = ""
"""Whose trouble that of the folder is."""


class Guards:
    """All guards with an endpoint in the folder `run`; `run` has to run for anything to happen."""

    def __init__(self, folder: str, role: Role = "decide", *, together: float = TOGETHER) -> None:
        self._folder = folder
        self._role = role
        self._patience = together
        self._gathered = Gathered(MONOTONIC, time.time, self._wake)
        self._news = anyio.Event()
        self._followed: dict[str, Following] = {}

    async def run(
        self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Find and follow guards until cancelled; started once those that were there are shown."""
        found = self._look(swept=False)
        together = Together(found, self._gathered.arrive)
        async with anyio.create_task_group() as group:
            self._follow(found, group, together)
            with anyio.move_on_after(self._patience):
                await together.shown()
            together.show()
            task_status.started()
            while True:
                await anyio.sleep(POLL)
                self._gathered.lapse()
                self._follow(self._look(swept=True), group, together)

    def picture(self) -> Picture:
        """Everything as it is known now. A new object whenever anything has changed."""
        picture = self._gathered.picture()
        if self._news.is_set():
            self._news = anyio.Event()
        return picture

    async def changed(self) -> None:
        """Return when the picture is another one than the last that was taken."""
        await self._news.wait()

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
        return await self._order(
            held,
            Decide(
                ask=0,
                id=held.view.id,
                digest=held.view.digest,
                revision=held.view.revision,
                allow=allow,
                scope=scope,
                match=match,
                kept=tuple(kept),
                reason=reason,
                arguments=arguments,
                receipt=receipt,
                surface=surface,
            ),
        )

    async def stop(self, held: Held) -> Reply:
        """Stop an allowed call that is still `sending`."""
        return await self._order(held, Stop(ask=0, id=held.view.id))

    async def _order(self, held: Held, order: Order) -> Reply:
        following = self._followed.get(held.guard)
        if following is None:
            return Stale(ask=order.ask, id=order.id, why="the guard has ended")
        return await following.order(order)

    def _look(self, *, swept: bool) -> dict[str, Endpoint]:
        """The guards that are there and not followed yet."""
        try:
            if not swept:
                sweep(self._folder)
            found = find(self._folder)
        except ControlFault as fault:
            self._gathered.trouble(_FOLDER, fault.explain())
            return {}
        self._tell_troubles(found.faults)
        return {name: each for name, each in found.endpoints.items() if name not in self._followed}

    def _tell_troubles(self, faults: dict[str, ControlFault]) -> None:
        self._gathered.trouble(_FOLDER, None)
        for guard in self._gathered.troubled():
            if guard not in faults and guard not in self._followed:
                self._gathered.trouble(guard, None)
        for guard, fault in faults.items():
            if guard not in self._followed and not clear_if_dead(self._folder, guard):
                self._gathered.trouble(guard, fault.explain())

    def _follow(
        self, found: dict[str, Endpoint], group: anyio.abc.TaskGroup, together: Together
    ) -> None:
        for guard, endpoint in found.items():
            following = Following(self._folder, endpoint, self._gathered, self._role)
            self._followed[guard] = following
            group.start_soon(self._until_ended, following, together)

    async def _until_ended(self, following: Following, together: Together) -> None:
        await following.follow(together)
        del self._followed[following.guard]

    def _wake(self) -> None:
        self._news.set()
