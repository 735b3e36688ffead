"""A command that talks to the running guards: connected, done, and gone again."""

from collections.abc import Awaitable, Callable

import anyio

from localguard.cli.exits import Exit
from localguard.config.paths import Places
from localguard.console.guards import Guards
from localguard.console.hub import Hub

Do = Callable[[Hub], Awaitable[int]]


def attached(where: Places, do: Do) -> int:
    """Do something with all guards that run; its exit code, or that of Ctrl-C."""
    try:
        return anyio.run(_attached, where.run, do)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED


async def _attached(run: str, do: Do) -> int:
    guards = Guards(run)
    async with anyio.create_task_group() as group:
        await group.start(guards.run)
        code = await do(guards)
        group.cancel_scope.cancel()
    return code
