"""The guard's side: consoles are let in, told everything, and their orders carried to the board.

It waits for nobody: not for a console that does not read, not for one that does not prove itself,
and calls go on while thousands connect. Without a listener the guard goes on without consoles.
Never decides; what a peer may do is the judge's word, and what an order does the board's.
"""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Final

import anyio
import anyio.abc
import anyio.to_thread

from localguard.control.admission import Admission, Admitted, Visitor
from localguard.control.board import Board, Judge
from localguard.control.connection import Orders, Outbox
from localguard.control.endpoint import Endpoint, Published, publish
from localguard.control.faults import ControlFault
from localguard.control.feed import Feed
from localguard.control.fitting import opening, told
from localguard.control.frames import FRAME, Channel, NotFrames
from localguard.control.handshake import HELLO, Role
from localguard.control.listening import Listen, listen
from localguard.control.messages import GuardView, News
from localguard.processes.table import look

_BATCH: Final = 8
_PACE: Final = 0.002
"""Seconds between two batches of connections, so that calls have most of the loop."""
_SHORT_OF_FILES: Final = 0.1


async def serve_control(
    run: str,
    home: str,
    board: Board,
    judge: Judge,
    tell: Callable[[ControlFault], None],
    *,
    attended: Callable[[int], None] = lambda _: None,
    listening_by: Listen = listen,
    task_status: anyio.abc.TaskStatus[Endpoint | None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Serve consoles until cancelled, with the endpoint file in the folder `run`.

    `home` is the folder of localguard's own files. `attended` is told how many consoles that may
    answer are there, whenever that changes. Where nobody can connect, `tell` gets the
    fault, `task_status` None, and there is nothing to serve.
    """
    born = await anyio.to_thread.run_sync(_born)
    try:
        published = publish(run, board.snapshot().guard, home, born, listening_by)
    except ControlFault as fault:
        tell(fault)
        task_status.started(None)
        return
    server = _Server(published, board, judge, attended)
    unsubscribe = board.subscribe(server.on_news)
    try:
        task_status.started(published.endpoint)
        await server.run()
    finally:
        unsubscribe()
        published.withdraw()


def _born() -> str | None:
    own = look(os.getpid())
    return None if own is None else own.born


class _Server:
    """One listener and its consoles."""

    def __init__(
        self, published: Published, board: Board, judge: Judge, attended: Callable[[int], None]
    ) -> None:
        self._published = published
        self._attended = attended
        self._board = board
        self._feed = Feed(time.monotonic)
        self._admission = Admission(published.endpoint, judge)
        self._orders = Orders(board, judge)

    def on_news(self, news: News) -> None:
        """Tell every console."""
        event = self._feed.add(news)
        if isinstance(news, GuardView):
            self._published.follow(news)
        visitors = self._admission.visitors
        if not visitors:
            return
        frame = told(event)
        for scope, visitor in visitors.items():
            visitor.outbox.put(frame)
            if visitor.outbox.full:
                scope.cancel()

    async def run(self) -> None:
        """Accept until cancelled."""
        async with anyio.create_task_group() as group:
            while True:
                await anyio.wait_readable(self._published.listener)
                await anyio.sleep(self._accept(group))

    def _accept(self, group: anyio.abc.TaskGroup) -> float:
        """Take some of those who wait; for how long the others have to."""
        for _ in range(_BATCH):
            try:
                connected, _address = self._published.listener.accept()
            except BlockingIOError:
                return 0
            except OSError:
                return _SHORT_OF_FILES
            group.start_soon(self._serve, connected)
        return _PACE

    async def _serve(self, connected: socket.socket) -> None:
        channel = Channel(connected, HELLO)
        try:
            with anyio.CancelScope() as scope, suppress(NotFrames):
                admitted = await self._admission.admit(channel, scope)
                if admitted is not None:
                    await self._converse(channel, admitted, scope)
        finally:
            channel.close()

    async def _converse(
        self, channel: Channel, admitted: Admitted, scope: anyio.CancelScope
    ) -> None:
        # Nothing is awaited from here until the visitor is listed, so no news falls in between.
        outbox = Outbox(self._first(admitted))
        self._admission.visitors[scope] = Visitor(outbox, admitted.may_not)
        self._count()
        channel.allow(FRAME)
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._write, channel, outbox, group.cancel_scope)
                await self._obey(channel, outbox, admitted.hello.role)
                group.cancel_scope.cancel()
        finally:
            self._admission.visitors.pop(scope, None)
            self._count()

    def _count(self) -> None:
        visitors = self._admission.visitors.values()
        self._attended(sum(one.may_not is None for one in visitors))

    def _first(self, admitted: Admitted) -> Iterator[bytes]:
        hello, missed = admitted.hello, None
        if hello.seq is not None and hello.guard == self._published.endpoint.id:
            missed = self._feed.since(hello.seq)
        welcome = admitted.welcome(resumed=missed is not None)
        if missed is not None:
            return chain([welcome], map(told, missed))
        snapshot = self._board.snapshot()
        return chain([welcome], opening(snapshot, self._feed.seq))

    @staticmethod
    async def _write(channel: Channel, outbox: Outbox, scope: anyio.CancelScope) -> None:
        await outbox.empty_into(channel)
        scope.cancel()

    async def _obey(self, channel: Channel, outbox: Outbox, role: Role) -> None:
        with suppress(NotFrames):
            while (line := await channel.receive()) is not None and not outbox.full:
                reply = await self._orders.take(line, channel, role)
                if reply is not None:
                    outbox.put(reply)
