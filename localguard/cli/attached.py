"""A command that talks to the running guards: connected, done, and gone again."""

from collections.abc import Awaitable, Callable

import anyio

from localguard.cli.exits import Exit
from localguard.config.paths import Places
from localguard.console.guards import Guards
from localguard.console.hub import Hub
from localguard.errors import LocalguardError

PATIENCE = 10.0
"""Seconds for all guards that run to be heard: what a command leaves out would seem not to be."""

Do = Callable[[Hub], Awaitable[int]]


def attached(where: Places, do: Do) -> int:
    """Do something with all guards that run; its exit code, or that of Ctrl-C.

    Raises what `do` raises.
    """
    try:
        found = anyio.run(_attached, where.run, do)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    if isinstance(found, LocalguardError):
        raise found
    return found


async def _attached(run: str, do: Do) -> int | LocalguardError:
    """What comes out, or what is raised: a task group would put that into a group of its own."""
    guards = Guards(run, together=PATIENCE)
    async with anyio.create_task_group() as group:
        await group.start(guards.run)
        found = await _done(guards, do)
        group.cancel_scope.cancel()
    return found


async def _done(hub: Hub, do: Do) -> int | LocalguardError:
    try:
        return await do(hub)
    except LocalguardError as fault:
        return fault
