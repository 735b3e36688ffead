"""Which process is at the other end of a socket, by what the system itself says.

On Linux a pidfd holds on to the process, so that its pid cannot become another's while it is being
judged. Windows has no such thing: there the owner of a TCP connection is looked up, at best. What
cannot be told is pid 0, which is nobody.
"""

import errno
import os
import select
import socket
import struct
import sys
from dataclasses import dataclass
from typing import Final

from localguard.processes.table import look

_SO_PEERPIDFD: Final = 77
"""asm-generic/socket.h, Linux 6.5 and later; without a name in Python."""
_SOL_LOCAL: Final = 0
_LOCAL_PEERCRED: Final = 1
_LOCAL_PEERPID: Final = 2
"""sys/un.h of macOS."""
_INT: Final = struct.Struct("i")
_UCRED: Final = struct.Struct("iII")
"""struct ucred of unix(7): process, user, group. A user of -1 has no name in this namespace."""
_XUCRED: Final = struct.Struct("=IIh2x16I")
"""struct xucred of sys/ucred.h of macOS: version, user, number of groups, groups."""


@dataclass(frozen=True, slots=True)
class Peer:
    """The process at the other end: its user (None where the system does not tell) and its pid.

    `handle` is a pidfd, to be closed by `close`; without one `born` tells a reused pid apart.
    """

    uid: int | None
    pid: int
    born: str | None = None
    handle: int | None = None

    def is_gone(self) -> bool:
        """Whether that process has ended. Another one of its pid is not it."""
        if self.handle is not None:
            return _has_ended(self.handle)
        found = look(self.pid) if self.pid > 0 else None
        return found is None or found.born != self.born

    def close(self) -> None:
        """Let go of the process. To be called once."""
        if self.handle is not None:
            os.close(self.handle)


NOBODY: Final = Peer(None, 0)


def peer_of(sock: socket.socket) -> Peer:
    """The process at the other end of an accepted connection; `NOBODY` where it cannot be told."""
    try:
        return _peer(sock)
    except (OSError, struct.error, ValueError):
        return NOBODY


def _born(pid: int) -> str | None:
    found = look(pid) if pid > 0 else None
    return None if found is None else found.born


if sys.platform == "linux":

    def _peer(sock: socket.socket) -> Peer:
        pid, uid, _ = _UCRED.unpack(
            sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
        )
        if pid <= 0:
            # The process lives in another pid namespace and has no number here.
            return NOBODY
        return Peer(uid, pid, _born(pid), _handle(sock, pid))

    def _handle(sock: socket.socket, pid: int) -> int:
        """A pidfd. Raises OSError where the process has ended, and before Linux 5.3."""
        try:
            raw = sock.getsockopt(socket.SOL_SOCKET, _SO_PEERPIDFD, _INT.size)
        except OSError as error:
            if error.errno != errno.ENOPROTOOPT:
                raise
            # Before Linux 6.5: a pid of the moment of connecting, held on to from now on.
            return os.pidfd_open(pid)
        handle: int = _INT.unpack(raw)[0]
        os.set_inheritable(handle, False)
        return handle

    def _has_ended(handle: int) -> bool:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        return bool(poll.poll(0))

elif sys.platform == "win32":
    from localguard.processes import windows

    def _peer(sock: socket.socket) -> Peer:
        # An IPv4 connection over loopback: its other end is the local end of the peer's row.
        pid = windows.tcp_owner(sock.getpeername(), sock.getsockname())
        return NOBODY if pid is None else Peer(None, pid, _born(pid))

    def _has_ended(handle: int) -> bool:
        raise ValueError(f"{handle} is no handle: Windows has none such")

else:

    def _peer(sock: socket.socket) -> Peer:
        credentials = sock.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED.size)
        (pid,) = _INT.unpack(sock.getsockopt(_SOL_LOCAL, _LOCAL_PEERPID, _INT.size))
        return Peer(read_user(credentials), pid, _born(pid))

    def _has_ended(handle: int) -> bool:
        raise ValueError(f"{handle} is no handle: this system has none such")


def read_user(credentials: bytes) -> int | None:
    """The user of a struct xucred of macOS; None for a version that is not known."""
    version, uid, *_ = _XUCRED.unpack(credentials)
    return int(uid) if version == 0 else None
