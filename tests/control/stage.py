"""A control endpoint with a board of the tests' own, served in this process."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import anyio

from localguard.control.board import Judge
from localguard.control.client import Connection, connect
from localguard.control.endpoint import Endpoint
from localguard.control.faults import ControlFault
from localguard.control.handshake import Role
from localguard.control.joining import Seen
from localguard.control.listening import Listen, listen
from localguard.control.messages import Event
from localguard.control.server import serve_control
from tests.control.board import FakeBoard, let_answer


@asynccontextmanager
async def serving(
    run: Path, board: FakeBoard, judge: Judge = let_answer, listening_by: Listen = listen
) -> AsyncIterator[Endpoint]:
    """Serve a board until the block ends."""
    faults: list[ControlFault] = []
    async with anyio.create_task_group() as group:
        serve = partial(serve_control, listening_by=listening_by)
        endpoint: Endpoint | None = await group.start(
            serve, str(run), str(run), board, judge, faults.append
        )
        assert endpoint is not None, faults
        yield endpoint
        group.cancel_scope.cancel()


@asynccontextmanager
async def heard(
    endpoint: Endpoint, role: Role = "decide", seen: Seen | None = None
) -> AsyncIterator[tuple[Connection, list[Event]]]:
    """A console at an endpoint, and the events that it hears."""
    connection = await connect(endpoint, role, seen)
    events: list[Event] = []
    async with anyio.create_task_group() as group:
        group.start_soon(connection.listen, events.append)
        yield connection, events
        group.cancel_scope.cancel()


async def until(holds: Callable[[], object], patience: float = 10.0) -> None:
    """Return once something holds that others bring about."""
    with anyio.fail_after(patience):
        while not holds():  # noqa: ASYNC110
            await anyio.sleep(0.005)
