"""A server with a URL, as a pair of pipes: lines go in, lines come out.

Messages go out side by side, each as a request of its own; what has to keep its order does. Nothing
follows `initialize` before its answer was taken in, nor `notifications/initialized` before the
server has that. Notifications follow each other, answers and cancellations wait for nobody.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

import anyio
import orjson
from anyio.abc import TaskGroup

from localguard.remote.connection import Cut
from localguard.remote.flight import LISTEN, PROBE, Flight
from localguard.remote.legacy import INITIALIZE, INITIALIZED, Legacy
from localguard.remote.modern import Modern
from localguard.remote.ports import METHOD_NOT_FOUND, Ears, Id, Lost, Message, Unanswered
from localguard.remote.reading import Flow, Reading
from localguard.remote.sender import Sender
from localguard.remote.theirs import while_theirs

CANCELLED: Final = "notifications/cancelled"
BACKLOG: Final = 1024 * 1024
"""Bytes that may wait for the server before whoever feeds it is paused."""
SETTLING: Final = 2.0
"""Seconds for the server to take in `notifications/initialized`."""
LANE: Final = 10.0
"""Seconds that a notification waits for those before it."""
AT_ONCE: Final = 128
"""Requests that are on their way at a time, beside subscriptions; the others wait."""
LEAVING: Final = 0.5
"""Seconds for the server to hear that its session is over."""


class RemoteServer:
    """One server, for one client. Has the surface of a reader and of a writer of the relay's."""

    def __init__(self, sender: Sender, ears: Ears, on_slow: Callable[[bool], None]) -> None:
        """`on_slow` is told when the server falls behind its client and when it has caught up."""
        self._sender = sender
        self._ears = ears
        self._on_slow = on_slow
        self._flow = Flow()
        reading = Reading(sender, ears, self._flow)
        self._legacy = Legacy(sender, reading, ears)
        self._modern = Modern(sender, reading, ears)
        self._open: dict[Id, Flight] = {}
        self._early: list[Flight] = []
        self._group: TaskGroup | None = None
        self._after: tuple[anyio.Event | None, float | None] = (None, None)
        self._lane = anyio.Lock(fast_acquire=True)
        self._room = anyio.Semaphore(AT_ONCE, fast_acquire=True)
        self._size = 0
        self._slow = False
        self._closed = False
        self._out_of_reach = False
        self._settled: anyio.Event | None = None

    def write(self, data: bytes) -> None:
        """Take a line. Never blocks, never raises."""
        if self._closed:
            return
        message = orjson.loads(data)
        if message.get("method") == CANCELLED and not self._passes_on(message):
            return
        holder = self._sender.holder()
        flight = Flight(
            message, data.rstrip(b"\n"), lambda line, _: self._answer(flight, line), holder
        )
        flight.on_sent = lambda: self._weigh(-len(data))
        self._order(flight)
        if flight.id is not None:
            self._open[flight.id] = flight
        self._weigh(len(data))
        if self._group is None:
            self._early.append(flight)
        else:
            self._group.start_soon(self._carry, flight)

    async def drained(self) -> None:
        """Return when the server has taken everything."""
        while self._size:
            await self._settling()

    async def answered(self) -> None:
        """Return when no request waits for its answer."""
        while any(_waits(flight) for flight in self._open.values()):
            await self._settling()

    def pause(self) -> None:
        """Hear no more, so that the server feels it."""
        self._flow.pause()

    def resume(self) -> None:
        """Hear again."""
        self._flow.resume()

    def close(self) -> None:
        """Take no more lines."""
        self._closed = True

    async def run(self) -> None:
        """Carry lines until `stop`."""
        async with anyio.create_task_group() as group:
            self._group = group
            group.start_soon(self._legacy.listen)
            early, self._early = self._early, []
            for flight in early:
                group.start_soon(self._carry, flight)

    async def stop(self) -> None:
        """End everything that is on its way, and the session, in at most LEAVING seconds."""
        self._closed = True
        self._flow.resume()
        if self._group is not None:
            self._group.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            with anyio.move_on_after(LEAVING):
                await self._legacy.leave()
            await self._sender.close()

    def _passes_on(self, message: Message) -> bool:
        """End a request that is taken back; whether the server is told of it in words.

        It is where its answer may come on another stream (2025-11-25 basic/utilities/cancellation);
        for 2026-07-28 the end of the stream is the cancellation.
        """
        params = message.get("params")
        flight = self._open.get(params.get("requestId", "")) if isinstance(params, dict) else None
        if flight is None or flight.answered:
            return False
        if flight.modern or not flight.sent:
            flight.scope.cancel()
            return False
        return True

    def _order(self, flight: Flight) -> None:
        """What a message waits for, and what waits for it."""
        flight.after, flight.patience = self._after
        if flight.method in (INITIALIZE, INITIALIZED):
            flight.done = anyio.Event()
            self._after = flight.done, SETTLING if flight.method == INITIALIZED else None

    def _answer(self, flight: Flight, line: bytes) -> None:
        self._ears.line(line, flight.id)
        if flight.done is not None:
            # The stream that it came by may stay open for a while.
            flight.done.set()
        self._tell_settled()

    async def _carry(self, flight: Flight) -> None:
        try:
            with flight.scope:
                await self._carried(flight)
        except Unanswered as fault:
            self._failed(flight, fault)
        except Cut as cut:
            words = f"{cut.what} within its answer"
            self._failed(flight, self._sender.fault(words, "repeat the call", unknown=True))
        except Exception as error:  # noqa: BLE001 -- a fault of our own, which must end no other
            words = f"was not understood, by a fault of localguard's own ({type(error).__name__})"
            ours = self._sender.fault(words, "report this", unknown=True)
            self._ears.trouble(ours.explain())
            self._failed(flight, ours)
        finally:
            self._over(flight)

    async def _carried(self, flight: Flight) -> None:
        if flight.after is not None and not flight.after.is_set():
            with anyio.move_on_after(flight.patience):
                await flight.after.wait()
        if flight.id is None:
            await self._told(flight)
        elif flight.method == LISTEN:
            await self._subscribed(flight)
        else:
            async with self._room:
                await self._side(flight).ask(flight)
        self._reached()

    async def _subscribed(self, flight: Flight) -> None:
        """Have a subscription answered, for as long as whose it is stays signed in."""
        ask = partial(self._side(flight).ask, flight)
        if not await while_theirs(self._sender, flight.holder, ask):
            what = "is not listened to any more: whose subscription it was is not signed in"
            raise self._sender.fault(what, "sign in, subscribe again, and list anew")

    def _side(self, flight: Flight) -> Legacy | Modern:
        return self._modern if flight.modern else self._legacy

    async def _told(self, flight: Flight) -> None:
        if flight.method == CANCELLED:
            await self._cancel(flight)
            return
        if not flight.method:
            await self._legacy.tell(flight)
            return
        with anyio.move_on_after(LANE) as waiting:
            await self._lane.acquire()
        try:
            await self._side(flight).tell(flight)
        finally:
            if not waiting.cancelled_caught:
                self._lane.release()

    async def _cancel(self, flight: Flight) -> None:
        cancelled = self._open.get(flight.params.get("requestId", ""))
        try:
            await self._legacy.tell(flight)
        finally:
            if cancelled is not None:
                cancelled.scope.cancel()

    def _failed(self, flight: Flight, fault: Unanswered) -> None:
        if fault.unreachable and not self._out_of_reach:
            self._out_of_reach = True
            self._ears.trouble(fault.explain(), unreachable=True)
        if flight.id is None or flight.answered:
            return
        flight.answered = True
        code = METHOD_NOT_FOUND if flight.method == PROBE else None
        self._ears.lost(Lost(flight.id, fault.explain(), fault.unknown, code))

    def _reached(self) -> None:
        if self._out_of_reach:
            self._out_of_reach = False
            self._ears.trouble("the server is reached again")

    def _over(self, flight: Flight) -> None:
        if flight.id is not None and self._open.get(flight.id) is flight:
            del self._open[flight.id]
        flight.left()
        if flight.done is not None:
            flight.done.set()
        self._tell_settled()

    def _weigh(self, size: int) -> None:
        self._size += size
        slow = self._size > BACKLOG
        if slow is not self._slow:
            self._slow = slow
            self._on_slow(slow)
        self._tell_settled()

    async def _settling(self) -> None:
        """Wait for something to have been sent or answered."""
        if self._settled is None:
            self._settled = anyio.Event()
        await self._settled.wait()

    def _tell_settled(self) -> None:
        if self._settled is not None:
            settled, self._settled = self._settled, None
            settled.set()


def _waits(flight: Flight) -> bool:
    return not flight.answered and flight.method != LISTEN
