"""One look at a server, without a client: started, asked for all that it lists, and stopped."""

from collections.abc import Collection

import anyio

from localguard.policy.pins import Account, Identity
from localguard.relay import pipes
from localguard.relay.lifecycle import stop
from localguard.relay.spawn import ServerCommand, ServerProcess, spawn
from localguard.relay.talk import PATIENCE, ROOM, Talk, account


def visit(
    command: ServerCommand,
    identity: Identity,
    wishes: Collection[str],
    patience: float = PATIENCE,
    room: int = ROOM,
) -> Account:
    """What a server says of itself when it is started by a command.

    `wishes` are what the profile lets it ask for: `roots`, `sampling`, `elicitation`; `patience` is
    in seconds for each answer, `room` in bytes for all it says. Raises ServerFault.
    """

    async def visited() -> Account:
        talk = Talk(patience, room, "start its command in a terminal to see more")
        return await _visited(process, talk, identity, wishes)

    process = spawn(command)
    return anyio.run(visited)


async def _visited(
    process: ServerProcess, talk: Talk, identity: Identity, wishes: Collection[str]
) -> Account:
    writer = pipes.writer(process.stdin_fd, lambda _: None, talk.end)
    readers = (
        pipes.reader(process.stdout_fd, talk.line, talk.end),
        pipes.reader(process.stderr_fd, talk.error, lambda: None),
    )
    talk.through(writer)
    try:
        return await account(talk, identity, wishes)
    finally:
        writer.close()
        for reader in readers:
            reader.close()
        await stop(process)
        process.close_outputs()
