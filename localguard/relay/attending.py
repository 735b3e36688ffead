"""Who attends a guard: consoles, served beside the relay, or a notification where there are none.

Loads next to nothing before the relay runs; what serves consoles (`consoles`) is loaded by a thread
once it does. Calls are judged and relayed whatever happens here.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, NamedTuple

import anyio
from anyio import to_thread

from localguard.approvals.desk import Desk
from localguard.approvals.leaves import Leaves
from localguard.config.paths import Places
from localguard.relay.call import Gate
from localguard.relay.desk_news import DeskNews
from localguard.relay.judging import PolicySource
from localguard.relay.made_server import MadeServer
from localguard.relay.receipts import Checking, NotChecked
from localguard.relay.recorder import Recorder


class Modes(NamedTuple):
    """What the person has chosen for all guards, and whether this one has a profile of its own.

    `observe` is for how many seconds its command asks that the profile be observed.
    """

    fixed: bool
    lockdown: bool
    silent: bool
    observe: int | None = None


@dataclass(frozen=True, slots=True)
class Attended:
    """All of a guard that consoles see and reach. `started` is in seconds since the epoch.

    `checking` tells what the receipt of an answer is worth.
    """

    where: Places
    guard: str
    client_pid: int
    started: float
    gate: Gate
    policy: PolicySource
    made: MadeServer
    desk: Desk
    news: DeskNews
    leaves: Leaves
    recorder: Recorder
    modes: Callable[[], Modes]
    tell: Callable[[str], None]
    checking: Checking = field(default_factory=NotChecked)


Counted = Callable[[int], None]
"""Told how many consoles that may answer are attached."""

Stirred = Callable[[], Coroutine[Any, Any, None]]
"""Returns once the guard may look another way than when this returned last."""

Serve = Callable[[Attended, Counted, Stirred], Coroutine[Any, Any, None]]


class Attending:
    """Has consoles served, and calls for a person where none is attached."""

    def __init__(self, *, notify: bool) -> None:
        self._notify = notify
        self._asked = anyio.Event()
        self._stir = anyio.Event()
        self._consoles = 0

    def asked(self) -> None:
        """A call waits for a person."""
        self._asked.set()

    def stirred(self) -> None:
        """The guard may look another way to a console than before."""
        self._stir.set()

    async def serve(self, attended: Attended) -> None:
        """Serve consoles, until cancelled."""
        try:
            loaded = await to_thread.run_sync(import_module, "localguard.relay.consoles")
            serve: Serve = loaded.serve
            async with anyio.create_task_group() as group:
                group.start_soon(self._call, attended.where.run)
                await serve(attended, self._counted, self._stirred)
        except Exception as error:  # noqa: BLE001 -- a fault of our own, which must end no call
            attended.tell(
                f"localguard: consoles are served no more ({error!r}). "
                "Fix: restart the client's server, and report this."
            )

    async def _stirred(self) -> None:
        await self._stir.wait()
        self._stir = anyio.Event()

    def _counted(self, consoles: int) -> None:
        self._consoles = consoles

    async def _call(self, folder: str) -> None:
        """Call for a person when a call waits and no console is there."""
        while self._notify:
            await self._asked.wait()
            self._asked = anyio.Event()
            if not self._consoles:
                loaded = await to_thread.run_sync(import_module, "localguard.control.attention")
                # Why none is shown is of no use to anyone: the held answer says what to do.
                await loaded.Attention(folder).call()
