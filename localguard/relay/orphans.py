"""Collects what the guard adopted from its server's descendants (`subreaper`) and has ended.

Such a process is a zombie until it is collected. What the guard has started itself must not be:
whoever has started it waits for it, and learns of its exit only once.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Collection
from typing import Final

import anyio
from anyio import to_thread

PATIENCE: Final = 2.0
"""Seconds after which a zombie that nobody has collected is one that nobody waits for."""


async def collect_orphans(own: Callable[[], Collection[int]], patience: float = PATIENCE) -> None:
    """Collect what was adopted and has ended, until cancelled.

    `own` gives the pids that are waited for elsewhere, however late: the server's, the keeper's.
    Any other child is left alone for `patience` seconds after its end, for whoever waits for it.
    """
    if sys.platform == "linux":
        with anyio.open_signal_receiver(signal.SIGCHLD) as ends:
            # Some may have ended before the receiver was there.
            await _sweep(own, patience)
            async for _ in ends:
                await _sweep(own, patience)
    else:
        await anyio.sleep_forever()


async def _sweep(own: Callable[[], Collection[int]], patience: float) -> None:
    """Collect until no zombie is left but those of `own`."""
    while zombies := await to_thread.run_sync(_zombies, abandon_on_cancel=True) - set(own()):
        await anyio.sleep(patience)
        for pid in zombies & await to_thread.run_sync(_zombies, abandon_on_cancel=True):
            if pid not in own():
                _collect(pid)


def _collect(pid: int) -> None:
    if sys.platform == "linux":
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def _zombies() -> set[int]:
    """The children of this process that have ended and were not collected (proc(5))."""
    found = set()
    me = str(os.getpid())
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):
            if name.isdecimal() and _state_and_parent(name) == ("Z", me):
                found.add(int(name))
    return found


def _state_and_parent(pid: str) -> tuple[str, str] | None:
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            fields = file.readall().rpartition(b")")[2].split()
        return fields[0].decode("ascii"), fields[1].decode("ascii")
    except (OSError, IndexError):
        return None
