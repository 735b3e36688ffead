"""The life of one guard: both pipes read and written, until the client, the server or a signal ends
it. Then everything open is answered, the server's tree is stopped, and the log is closed.
"""

import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.lowlevel
from anyio.abc import TaskGroup

from localguard.audit.records import ServerEvent, Stop
from localguard.relay import pipes
from localguard.relay.greeting import Greeting
from localguard.relay.lifecycle import EOF_PATIENCE, stop, wait_exit, wait_orphaned
from localguard.relay.recorder import Recorder
from localguard.relay.remote_link import Link
from localguard.relay.replacement import Replacement
from localguard.relay.session import Session
from localguard.relay.spawn import ServerProcess
from localguard.relay.throttle import Throttle
from localguard.relay.upstream import Upstream

LAST_WORDS = 0.5
"""Seconds for what an ended server had written to come through."""
HAND_OVER = 0.1
"""Seconds for what was still on its way when the end came."""
LISTING = 0.5
"""Seconds for the guard's own listing, which calls of a client that has closed may wait for."""
FIRST_WORD = 5.0
"""Seconds for a client to ask a server that has ended already, so that it can be told."""
_PAUSE = 0.01
FLUSH = 1.0
"""Seconds for the last answers to reach the client."""
GREETED = 10.0
"""Seconds for which the client is not read while a server that was started anew is greeted."""
_REPLACED = "the server is replaced"


@dataclass(frozen=True, slots=True)
class End:
    """Why a guard ends, and its exit code. `by_server` says that the reason tells what it did."""

    reason: str
    code: int
    by_server: bool = False

    @property
    def of_server(self) -> str:
        """What became of the server, to stand after "the server"."""
        return self.reason if self.by_server else f"was stopped ({self.reason})"


class Ending:
    """The first reason to end wins."""

    def __init__(self) -> None:
        self.end = End("stopped", 0)
        self._event = anyio.Event()

    def because(self, reason: str, code: int, *, by_server: bool = False) -> None:
        """End, unless there is a reason already."""
        if not self._event.is_set():
            self.end = End(reason, code, by_server)
            self._event.set()

    async def wait(self) -> End:
        """Return the reason once there is one."""
        await self._event.wait()
        return self.end


@dataclass(slots=True)
class Wire:
    """The guard's ends of the pipes, and the session between them."""

    session: Session
    greeting: Greeting
    client: Throttle
    to_client: pipes.Writer
    upstream: Upstream


Policies = Callable[[], AsyncIterator[None]]
"""Yields whenever a policy file may have changed."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a guard watches besides its pipes, and what it does besides.

    `terminal` says that a person typed its command.
    """

    policies: Policies
    parent: int
    terminal: bool
    replacement: Replacement
    chores: Sequence[Callable[[], Coroutine[Any, Any, None]]]


async def serve(connect: Callable[[Ending], Wire], around: Surroundings, recorder: Recorder) -> End:
    """Relay until something ends it; what that was."""
    ending = Ending()
    wire = connect(ending)
    pipes.on_fault(lambda: ending.because("localguard failed", 1))
    async with anyio.create_task_group() as carrying:
        end = await _served(ending, wire, around, recorder, carrying)
        await _finish(wire, recorder, end)
        carrying.cancel_scope.cancel()
    return end


async def _served(
    ending: Ending, wire: Wire, around: Surroundings, recorder: Recorder, carrying: TaskGroup
) -> End:
    """Watch everything until something ends it; `carrying` is for what goes on even then."""
    async with anyio.create_task_group() as group:
        group.start_soon(_orphaned, ending, around.parent)
        group.start_soon(_attend, ending, wire, around.replacement, recorder, carrying)
        group.start_soon(_signals, ending, around.terminal)
        group.start_soon(_refresh, wire.session, around.policies)
        for chore in around.chores:
            group.start_soon(chore)
        await anyio.lowlevel.checkpoint()
        # From here on each change is told; this is for one that came before.
        wire.session.refresh()
        end = await ending.wait()
        group.cancel_scope.cancel()
    return end


async def _orphaned(ending: Ending, parent: int) -> None:
    await wait_orphaned(parent)
    ending.because("the client died", 0)


async def _attend(
    ending: Ending,
    wire: Wire,
    replacement: Replacement,
    recorder: Recorder,
    carrying: TaskGroup,
) -> None:
    """Watch the server, and each that takes its place."""
    while True:
        if wire.upstream.link is not None:
            carrying.start_soon(_carry, wire.upstream.link)
        async with anyio.create_task_group() as watching:
            _watch(watching, ending, wire)
            watching.start_soon(_resume, wire, replacement)
            await replacement.due()
            watching.cancel_scope.cancel()
        await _replace(wire, replacement, recorder)


async def _carry(link: Link) -> None:
    try:
        await link.run()
    except Exception as error:  # noqa: BLE001 -- whoever waits for an answer is to get one
        pipes.blame(error)


def _watch(group: TaskGroup, ending: Ending, wire: Wire) -> None:
    upstream = wire.upstream
    if upstream.process is not None:
        group.start_soon(_exited, ending, upstream.process, wire)
        group.start_soon(_cut_off, ending, upstream.process, upstream.silent, "output")
        group.start_soon(_cut_off, ending, upstream.process, upstream.deaf, "input")


async def _replace(wire: Wire, replacement: Replacement, recorder: Recorder) -> None:
    """No call gets lost between two servers: the client is not read meanwhile."""
    wire.client.hold(_REPLACED)
    wire.session.server_replaced("was stopped, since the profile defines it anew,")
    if wire.upstream.process is not None:
        await _stop(wire, wire.upstream.process, recorder)
    elif wire.upstream.link is not None:
        await wire.upstream.link.stop()
    wire.upstream.disconnect()
    await replacement.prepare(wire.session)
    replacement.begin(wire.session, wire.greeting, wire.upstream)
    if (process := wire.upstream.process) is not None:
        recorder.tell(ServerEvent(event="started", pid=process.pid))


async def _resume(wire: Wire, replacement: Replacement) -> None:
    with anyio.move_on_after(GREETED):
        await replacement.greeted.wait()
    wire.client.release(_REPLACED)


async def _exited(ending: Ending, process: ServerProcess, wire: Wire) -> None:
    code = await wait_exit(process)
    with anyio.move_on_after(LAST_WORDS):
        await wire.upstream.silent.wait()
    with anyio.move_on_after(FIRST_WORD):
        # Looked at, since a session knows no loop.
        while not wire.session.spoken:  # noqa: ASYNC110
            await anyio.sleep(_PAUSE)
    ending.because(*server_end(code), by_server=True)


async def _cut_off(ending: Ending, process: ServerProcess, closed: anyio.Event, which: str) -> None:
    """A server that closed one of its pipes can serve no more; mostly it is about to exit.

    Then `_exited` tells more of it.
    """
    await closed.wait()
    with anyio.move_on_after(LAST_WORDS):
        await wait_exit(process)
        return
    ending.because(f"closed its {which}", 1, by_server=True)


async def _signals(ending: Ending, terminal: bool) -> None:
    """A client's Ctrl-C reaches its whole terminal group; it is meant for the client alone."""
    watched = [signal.SIGTERM, signal.SIGINT]
    if hasattr(signal, "SIGHUP"):
        watched.append(signal.SIGHUP)
    with anyio.open_signal_receiver(*watched) as signals:
        async for number in signals:
            if number != signal.SIGINT or terminal:
                ending.because(f"signal {number.name}", 128 + number)


async def _refresh(session: Session, policies: Policies) -> None:
    async for _ in policies():
        session.refresh()


def server_end(code: int) -> tuple[str, int]:
    """How a server's end is told, and the exit code that the guard passes on."""
    if code < 0:
        return f"was ended by signal {-code}", 1
    return f"exited (code {code})", code or 1


async def _finish(wire: Wire, recorder: Recorder, end: End) -> None:
    """What the server still says while it is being stopped goes through."""
    with anyio.CancelScope(shield=True):
        wire.client.close()
        wire.session.gate.end()
        if wire.upstream.process is not None:
            await _stop(wire, wire.upstream.process, recorder)
        elif wire.upstream.link is not None:
            await _leave(wire, wire.upstream.link)
        wire.session.server_ended(end.of_server)
        with anyio.move_on_after(FLUSH):
            await wire.to_client.drained()
        recorder.tell(Stop(reason=end.reason, exit_code=end.code))
        wire.to_client.close()


async def _stop(wire: Wire, process: ServerProcess, recorder: Recorder) -> None:
    begun = anyio.current_time()
    await _hand_over(wire, process)
    wire.upstream.close_input()
    waited = anyio.current_time() - begun
    code = await stop(process, max(0.0, EOF_PATIENCE - waited))
    with anyio.move_on_after(HAND_OVER):
        await wire.upstream.silent.wait()
    recorder.tell(ServerEvent(event="exited", pid=process.pid, exit_code=code))


async def _leave(wire: Wire, link: Link) -> None:
    """The last calls leave and are answered, as those of a process that is told of its end."""
    with anyio.move_on_after(EOF_PATIENCE):
        # Looked at, since a session knows no loop.
        while wire.session.own:  # noqa: ASYNC110
            await anyio.sleep(_PAUSE)
        await link.answered()
    await link.stop()


async def _hand_over(wire: Wire, process: ServerProcess) -> None:
    """The last calls leave: those that the pipe has not taken, and those that await the listing."""
    with anyio.move_on_after(LISTING):
        # Looked at, since a session knows no loop.
        while wire.session.own and process.exit_code() is None:  # noqa: ASYNC110
            await anyio.sleep(_PAUSE)
    with anyio.move_on_after(HAND_OVER):
        await wire.upstream.drained()
