"""People and their consoles, as a guard knows them: who is let in, who may answer, who is called.

Served beside the relay and never waited for. Nothing is decided here.
"""

import os
import socket
from collections.abc import Callable, Iterator

import anyio

from localguard.config.paths import Places
from localguard.control.ancestry import Guarded, Party
from localguard.control.approver import judge_socket
from localguard.control.attention import Attention
from localguard.control.endpoint import find
from localguard.control.faults import ControlFault
from localguard.control.messages import Approver
from localguard.control.server import serve_control
from localguard.processes.table import look
from localguard.relay.board import Board

PULSE = 2.0
"""Seconds between two looks at how the guard looks, for consoles."""


class Attending:
    """The control endpoint of one guard, and the notification where nobody attends it."""

    def __init__(
        self, where: Places, client_pid: int, tell: Callable[[str], None], *, notify: bool
    ) -> None:
        self._where = where
        self._tell = tell
        self._notify = notify
        self._asked = anyio.Event()
        self._consoles = 0
        born = None if (client := look(client_pid)) is None else client.born
        self._own = (Party(os.getpid(), None, "guard"), Party(client_pid, born, "client"))

    def asked(self) -> None:
        """A call waits for a person."""
        self._asked.set()

    def attended(self, consoles: int) -> None:
        """So many consoles that may answer are attached."""
        self._consoles = consoles

    async def serve(self, board: Board) -> None:
        """Serve consoles, until cancelled."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._pulse, board)
            group.start_soon(self._call)
            await serve_control(
                self._where.run,
                os.path.dirname(self._where.config),
                board,
                self._judge,
                self._complain,
                attended=self.attended,
            )

    def _judge(self, connected: socket.socket) -> tuple[Approver, str | None]:
        return judge_socket(connected, Guarded(self._parties))

    def _parties(self) -> Iterator[Party]:
        """This guard and its client, and all other guards of the person: theirs are above them."""
        yield from self._own
        try:
            found = find(self._where.run).endpoints.values()
        except ControlFault:
            return
        for one in found:
            yield Party(one.pid, one.born, "guard")

    def _complain(self, fault: ControlFault) -> None:
        self._tell(f"localguard: {fault.explain()}")

    async def _pulse(self, board: Board) -> None:
        while True:
            await anyio.sleep(PULSE)
            if self._consoles:
                board.look()

    async def _call(self) -> None:
        """Call for a person when a call waits and no console is there."""
        attention = Attention(self._where.run)
        while self._notify:
            await self._asked.wait()
            self._asked = anyio.Event()
            if not self._consoles:
                # Why none is shown is of no use to anyone: the held answer says what to do.
                await attention.call()
