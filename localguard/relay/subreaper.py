"""What a server's descendants leave behind comes to the guard.

A process that loses its parent becomes a child of the nearest subreaper above it (prctl(2),
PR_SET_CHILD_SUBREAPER). So a descendant of the server that leaves its parents stays below the
guard, where everyone who asks who has started it finds the guard. Linux only; elsewhere such a
descendant is a child of pid 1. Its children inherit none of this. Imports next to nothing, since it
is wanted before the server starts.
"""

import os
import sys
from typing import Final

_PR_SET_CHILD_SUBREAPER: Final = 36


def become_subreaper() -> str | None:
    """Adopt all that the descendants of this process leave behind; why not, None where it does.

    To be called before the server is started.
    """
    if sys.platform != "linux":
        return "this system does not give orphans to anyone but its first process"
    import ctypes  # noqa: PLC0415 -- 3 ms, and only here

    try:
        libc = ctypes.CDLL(None, use_errno=True)
        failed = libc.prctl(_PR_SET_CHILD_SUBREAPER, *map(ctypes.c_ulong, (1, 0, 0, 0)))
    except (OSError, AttributeError) as error:
        return f"prctl is not to be had ({error})"
    return os.strerror(ctypes.get_errno()) if failed else None
