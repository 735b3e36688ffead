"""Starts localguard with a wall clock that is ahead of the true one by what a file says.

Run as `python clocked.py OFFSET ARGUMENT...`; OFFSET is a file with a number of seconds, looked at
whenever the guard asks for the time of day. The monotonic clock stays the true one: so does the
kernel's when someone sets the time of day.
"""

import sys
import time
from pathlib import Path

from localguard.__main__ import main

OFFSET = Path(sys.argv.pop(1))

true_time, true_time_ns = time.time, time.time_ns


def wall() -> float:
    """Seconds since the epoch."""
    return true_time() + int(OFFSET.read_bytes())


def wall_ns() -> int:
    """The same in nanoseconds."""
    return true_time_ns() + int(OFFSET.read_bytes()) * 10**9


time.time, time.time_ns = wall, wall_ns
sys.exit(main())
