"""Those who have connected and proved nothing yet: few at once, whoever they are.

Where there are too many, the process that has most of them loses its oldest. A console has a few
connections at most, so thousands of another process never cost it one.
"""

import socket
import struct
import sys
from collections import Counter
from typing import Final

import anyio

MOST: Final = 32
_SOL_LOCAL: Final = 0
_LOCAL_PEERPID: Final = 2


class HalfOpen:
    """The connections before their proof; each ends through its cancel scope."""

    def __init__(self) -> None:
        self._owners: dict[anyio.CancelScope, int] = {}

    def __len__(self) -> int:
        return len(self._owners)

    def enter(self, scope: anyio.CancelScope, owner: int) -> None:
        """Take one more, at the cost of another where there are too many."""
        self._owners[scope] = owner
        if len(self._owners) > MOST:
            greedy, _ = Counter(self._owners.values()).most_common(1)[0]
            oldest = next(scope for scope, owner in self._owners.items() if owner == greedy)
            self.leave(oldest)
            oldest.cancel()

    def leave(self, scope: anyio.CancelScope) -> None:
        """One of them has proved itself, or is gone."""
        self._owners.pop(scope, None)


if sys.platform == "linux":

    def owner_of(connected: socket.socket) -> int:
        """The pid at the other end, as a hint only; 0 where it cannot be told (unix(7))."""
        try:
            told = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        except OSError:
            return 0
        pid: int = struct.unpack("3i", told)[0]
        return pid

elif sys.platform == "darwin":

    def owner_of(connected: socket.socket) -> int:
        """The pid at the other end, as a hint only; 0 where it cannot be told (sys/un.h)."""
        try:
            return connected.getsockopt(_SOL_LOCAL, _LOCAL_PEERPID)
        except OSError:
            return 0

else:

    def owner_of(connected: socket.socket) -> int:  # noqa: ARG001 -- Windows does not tell
        """0: the pid at the other end cannot be told."""
        return 0
