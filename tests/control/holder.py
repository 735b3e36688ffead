"""A guard in a process of its own: `python -m tests.control.holder RUN ID [PID]`.

Serves an empty board until it is killed or its stdin ends; says `ready` on its stdout. `PID` is
what it claims to be.
"""

import os
import sys
from dataclasses import replace

import anyio
import anyio.to_thread

from localguard.control.endpoint import Endpoint
from localguard.control.faults import ControlFault
from localguard.control.server import serve_control
from tests.control.board import FakeBoard, guard_view, let_answer, request_view


def _tell(fault: ControlFault) -> None:
    os.write(1, f"{fault.explain()}\n".encode())


async def _main(run: str, name: str, pid: int) -> None:
    board = FakeBoard(guard=replace(guard_view(name), pid=pid))
    board.hold(request_view(f"{name}-1"))
    async with anyio.create_task_group() as group:
        endpoint: Endpoint | None = await group.start(
            serve_control, run, run, board, let_answer, _tell
        )
        if endpoint is not None:
            os.write(1, b"ready\n")
        await anyio.to_thread.run_sync(sys.stdin.read, abandon_on_cancel=True)
        group.cancel_scope.cancel()


if __name__ == "__main__":
    anyio.run(_main, sys.argv[1], sys.argv[2], int(sys.argv[3]))
