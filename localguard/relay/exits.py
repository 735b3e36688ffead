"""How the end of another process is waited for: by the kernel where it tells, else by looking.

On Linux a pidfd becomes readable at the exit, on Windows a thread waits on the process handle;
neither wakes up while nothing happens. Knows pids, not what they are for.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from typing import Final

import anyio
import anyio.from_thread
import anyio.lowlevel

if sys.platform == "win32":
    from localguard.relay.job_object import wait_for_exit

_PARENT_POLL: Final = 1.0


async def exited(pid: int, pause: float) -> None:
    """Return at the exit of `pid`, or after `pause` seconds where the exit cannot be watched.

    A reason to look again, not a proof: the caller checks.
    """
    if sys.platform == "win32":
        await in_daemon_thread(lambda: wait_for_exit(pid))
    elif sys.platform == "linux":
        try:
            handle = os.pidfd_open(pid)
        except OSError:
            # Gone already, before Linux 5.3, forbidden by a sandbox, or no descriptor left.
            await anyio.sleep(pause)
        else:
            await _readable_once(handle)
    else:
        await anyio.sleep(pause)


async def wait_orphaned(parent_pid: int) -> None:
    """Return when the parent `parent_pid` of this process has died; pid 0 and 1 never do.

    The end of stdin is not enough: on Windows, and where the client's other children inherited its
    end of the pipe, the pipe stays open after the client.
    """
    if parent_pid <= 1:
        await anyio.sleep_forever()
    if sys.platform == "win32":
        await exited(parent_pid, _PARENT_POLL)
    else:
        # An orphan gets another parent, so a pid that was given away again fools nobody.
        while os.getppid() == parent_pid:
            await exited(parent_pid, _PARENT_POLL)


async def in_daemon_thread(block: Callable[[], None]) -> None:
    """Return when `block` has; a cancelled wait leaves a thread behind that holds up no exit."""
    done = anyio.Event()
    token = anyio.lowlevel.current_token()

    def run() -> None:
        block()
        # RuntimeError: the event loop has ended meanwhile.
        with contextlib.suppress(RuntimeError):
            anyio.from_thread.run_sync(done.set, token=token)

    threading.Thread(target=run, name="localguard-exit", daemon=True).start()
    await done.wait()


async def _readable_once(handle: int) -> None:
    try:
        await anyio.wait_readable(handle)
    finally:
        os.close(handle)
