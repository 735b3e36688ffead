"""A time that only goes forward and that all processes of the machine agree on.

Within one boot it follows a clock of the kernel that nobody can set and that goes on while the
machine sleeps; from one boot to the next it follows the wall clock. So a wall clock that is put
back frees no limit, and one that was wrong for a while locks nothing up. A wall clock that is put
forward while the machine is off cannot be told from a long pause.
"""

import sys
import time
from collections.abc import Callable
from typing import NamedTuple


class Moment(NamedTuple):
    """What the clocks of the machine say at once.

    `boot` names the time since the machine was started, empty where the system has no name for it;
    `ticks` are seconds since then, and `wall` is in seconds since 1970.
    """

    boot: str
    ticks: float
    wall: float


Clock = Callable[[], Moment]

if sys.platform == "linux":

    def _ticks() -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

elif sys.platform == "darwin":

    def _ticks() -> float:
        # On macOS this one goes on during sleep, which `time.monotonic` does not.
        return time.clock_gettime(time.CLOCK_MONOTONIC)

else:
    _ticks = time.monotonic


def boot() -> str:
    """The kernel's name for this boot (proc(5), random/boot_id), or an empty text."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except (OSError, ValueError):
        return ""


def machine_clock() -> Clock:
    """The clocks of this machine."""
    name = boot()
    return lambda: Moment(name, _ticks(), time.time())


def elapsed(before: Moment, now: Moment) -> float:
    """Seconds that have surely passed; never negative.

    Where the boot has no name, ticks that went back tell of another one. Ticks that did not go back
    may be of another boot too, and then more time has passed than this says.
    """
    if now.boot == before.boot and (now.ticks >= before.ticks or now.boot):
        return max(now.ticks - before.ticks, 0.0)
    return max(now.wall - before.wall, now.ticks, 0.0)
