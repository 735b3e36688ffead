"""Serves the consoles of one guard: the board they see, and who of them may answer."""

import os
import socket
from collections.abc import Iterator

import anyio

from localguard.approvals.kept import Leave
from localguard.config.paths import Places
from localguard.control.ancestry import Guarded, Party
from localguard.control.approver import can_prove_terminal, described, judge_socket
from localguard.control.endpoint import find
from localguard.control.faults import ControlFault
from localguard.control.messages import Approver
from localguard.control.server import serve_control
from localguard.policy.pins import Definition
from localguard.processes.table import look
from localguard.relay.attending import Attended, Counted, Stirred
from localguard.relay.board import Board
from localguard.relay.receipts import Receipts
from localguard.relay.sight import Sight

PAUSE = 1.0
"""Seconds between two looks at a guard that is busy; at one that is not nobody looks."""


async def serve(attended: Attended, counted: Counted, stirred: Stirred) -> None:
    """Serve consoles, until cancelled."""
    board = _board(attended)
    parties = _Parties(attended.where, attended.client_pid)

    def judge(connected: socket.socket) -> tuple[Approver, str | None]:
        return judge_socket(connected, Guarded(parties))

    def complain(fault: ControlFault) -> None:
        attended.tell(f"localguard: {fault.explain()}")

    async with anyio.create_task_group() as group:
        group.start_soon(_follow, board, stirred)
        home = os.path.dirname(attended.where.config)
        await serve_control(attended.where.run, home, board, judge, complain, attended=counted)
        group.cancel_scope.cancel()


def _board(attended: Attended) -> Board:
    leaves = attended.leaves

    def told(item: str) -> tuple[Definition | None, Definition | None]:
        # The server of the moment has pins of its own.
        return attended.made.pins.told(item)

    return Board(
        attended.desk,
        attended.news,
        attended.recorder,
        sight=Sight(attended),
        told=told,
        grants=lambda: [one for one in leaves.listed() if isinstance(one, Leave)],
        who=described,
        terminals=can_prove_terminal,
        policy=attended.policy,
        receipts=Receipts(attended.checking),
    )


async def _follow(board: Board, stirred: Stirred) -> None:
    """Tell how the guard looks: at once after a rest, and in a burst of calls now and then."""
    while True:
        await stirred()
        board.look()
        await anyio.sleep(PAUSE)


class _Parties:
    """This guard and its client, and all other guards of the person: their clients are above them.

    Asked from a thread.
    """

    def __init__(self, where: Places, client_pid: int) -> None:
        client = look(client_pid)
        born = None if client is None else client.born
        self._own = (Party(os.getpid(), None, "guard"), Party(client_pid, born, "client"))
        self._run = where.run

    def __call__(self) -> Iterator[Party]:
        yield from self._own
        try:
            found = find(self._run).endpoints.values()
        except ControlFault:
            return
        for one in found:
            yield Party(one.pid, one.born, "guard")
