"""What stands open for a person only as long as they are the one who is signed in.

A call asks for a token each time. A stream is asked for once and may stand for days, so that a
person who has signed out would go on hearing by a token that was revoked.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import anyio

from localguard.remote.sender import Sender

LOOK: Final = 2.0
"""Seconds between two looks at who is signed in, while a stream stands."""


async def while_theirs(sender: Sender, holder: object, work: Callable[[], Awaitable[None]]) -> bool:
    """Do what has to end with a sign-in; whether it came to its own end. Raises what it raises."""
    if not sender.has_bearer:
        await work()
        return True
    ended: list[Exception | None] = []
    async with anyio.create_task_group() as group:
        group.start_soon(_cancel_once, sender, holder, group.cancel_scope)
        try:
            await work()
            ended.append(None)
        except Exception as error:  # noqa: BLE001 -- raised below, as it was and in no group
            ended.append(error)
        group.cancel_scope.cancel()
    if ended and ended[0] is not None:
        raise ended[0]
    return bool(ended)


async def until_theirs(sender: Sender, holder: object) -> None:
    """Return once the same person is signed in again."""
    while sender.holder() != holder:  # noqa: ASYNC110 -- files tell of nothing
        await anyio.sleep(LOOK)


async def _cancel_once(sender: Sender, holder: object, scope: anyio.CancelScope) -> None:
    while sender.holder() == holder:  # noqa: ASYNC110 -- as above
        await anyio.sleep(LOOK)
    scope.cancel()
