"""How a running server comes to its end: waited for, or stopped with its whole process tree.

The order is that of MCP's stdio shutdown (2025-11-25, basic/lifecycle): end its stdin, ask, kill.
All patience together stays below the 2 s after which clients lose theirs. Knows no frames.
"""

from typing import Final

import anyio

from localguard.relay.exits import exited, wait_orphaned
from localguard.relay.spawn import ServerProcess

__all__ = ["stop", "wait_exit", "wait_orphaned"]

EOF_PATIENCE: Final = 1.0
TERM_PATIENCE: Final = 0.5
KILL_PATIENCE: Final = 0.3

# Only where the system does not announce an exit: while serving, and while stopping.
_IDLE_POLL: Final = 0.25
_STOP_POLL: Final = 0.02


async def wait_exit(process: ServerProcess) -> int:
    """The server's exit code, negative for a signal, once it has ended by itself or otherwise."""
    return await _exit_of(process, _IDLE_POLL)


async def stop(process: ServerProcess, patience: float = EOF_PATIENCE) -> int | None:
    """End the server and all of its descendants in less than 2 s; its exit code.

    `patience` are the seconds it has to end by itself once its stdin is closed. Cancelling does not
    stop the stopping. None means that the server outlived SIGKILL (it hangs in the kernel). Whoever
    watches the server's stdin has to let go of it before.
    """
    with anyio.CancelScope(shield=True):
        # A look at the tree while it is whole: who else belongs to it shows in who started whom.
        process.survivors()
        process.close_stdin()
        with anyio.move_on_after(patience):
            await _exit_of(process, _STOP_POLL)
        if process.exit_code() is None or process.survivors():
            process.terminate()
            with anyio.move_on_after(TERM_PATIENCE):
                await _emptied(process)
        with anyio.move_on_after(KILL_PATIENCE):
            await _killed(process)
    return process.release()


async def _exit_of(process: ServerProcess, pause: float) -> int:
    while (code := process.exit_code()) is None:
        await exited(process.pid, pause)
    return code


async def _killed(process: ServerProcess) -> None:
    # Again and again: what forks during one look at the tree is caught by the next.
    process.kill()
    while process.survivors():
        await anyio.sleep(_STOP_POLL)
        process.kill()
    await _exit_of(process, _STOP_POLL)


async def _emptied(process: ServerProcess) -> None:
    while pids := process.survivors():
        for pid in pids:
            await exited(pid, _STOP_POLL)
    await _exit_of(process, _STOP_POLL)
