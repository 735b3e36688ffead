"""The process group of a server: where there is no /proc, all that is known of its tree.

A descendant that leaves the group (setsid) is lost from sight. Same surface as `process_tree`.
"""

import sys

if sys.platform == "win32":
    raise ImportError("Windows has no process groups that can be signalled")

import contextlib
import os
import signal


class ProcessGroup:
    """The processes in the group of `leader`."""

    __slots__ = ("_leader",)

    def __init__(self, leader: int, mark: str) -> None:
        del mark
        self._leader = leader

    def living(self) -> list[int]:
        """The group's number while anybody is in it, the zombie of its leader included."""
        try:
            os.killpg(self._leader, 0)
        except (ProcessLookupError, PermissionError):
            # macOS answers EPERM for a group of nothing but zombies.
            return []
        return [self._leader]

    def send(self, signum: signal.Signals) -> None:
        """Signal every member."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._leader, signum)
