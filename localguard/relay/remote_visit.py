"""One look at a server with a URL, without a client: asked for all that it lists, and left."""

from collections.abc import Collection

import anyio

from localguard.errors import ServerFault
from localguard.policy.pins import Account, Identity
from localguard.relay.frames import Id
from localguard.relay.remote_link import Loss, Opening
from localguard.relay.talk import PATIENCE, ROOM, Talk, account


def visit_remote(
    opening: Opening,
    identity: Identity,
    wishes: Collection[str],
    patience: float = PATIENCE,
    room: int = ROOM,
) -> Account:
    """What a server says of itself; see `visit.visit`. Raises ServerFault."""

    async def visited() -> Account | ServerFault:
        talk = Talk(patience, room, "check its URL, and look at its own log")
        link = opening(_Ears(talk), lambda _: None)
        talk.through(link)
        found: Account | ServerFault
        async with anyio.create_task_group() as group:
            group.start_soon(link.run)
            try:
                found = await account(talk, identity, wishes)
            except ServerFault as fault:
                found = fault
            await link.stop()
            group.cancel_scope.cancel()
        return found

    found = anyio.run(visited)
    if isinstance(found, ServerFault):
        raise found
    return found


class _Ears:
    """Hears a server for one visit."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    def line(self, line: bytes, answers: Id | None = None) -> None:  # noqa: ARG002
        """A message of the server's."""
        self._talk.line(line)

    def lost(self, lost: Loss) -> None:
        """An answer will not come."""
        self._talk.lost(lost.words)

    def met_again(self, answer: bytes) -> str | None:  # noqa: ARG002
        """What changes during a visit is looked at by the next one."""
        return None

    def trouble(self, words: str, *, unreachable: bool = False) -> None:
        """It is told with the answer that does not come."""
