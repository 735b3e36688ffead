"""The socket a guard listens on, and the way to connect to it: the one place that knows systems.

POSIX: a Unix socket (0600) in a private folder, whose path a system takes only up to about 100
bytes. Windows, whose Python has none: 127.0.0.1 at a port of the system's choice, which nobody else
can take over. Both look alike to everybody else.
"""

import errno
import os
import secrets
import socket
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple

import anyio

from localguard.control.faults import ControlFault, Unreachable
from localguard.control.folder import remove

LONGEST: Final = 90
"""Bytes of a socket's path; macOS takes 103, Linux 107."""
BACKLOG: Final = 128
_OWN_FOLDER: Final = "localguard-"
_RETRY: Final = 0.02
_LOOPBACK: Final = "127.0.0.1"


class Address(NamedTuple):
    """Where a guard listens: a Unix socket's path, or a port of 127.0.0.1."""

    unix: str | None
    port: int | None

    def __str__(self) -> str:
        return self.unix if self.unix is not None else f"{_LOOPBACK}:{self.port}"


class Listening(NamedTuple):
    """A listening socket that does not block, and where it is found."""

    socket: socket.socket
    address: Address


Listen = Callable[[str, str], Listening]
"""Begins to listen, in a folder and by a name where the way has use for them."""


if sys.platform == "win32":

    def listen(folder: str, name: str) -> Listening:
        """Listen for consoles. Raises ControlFault where the system does not let us."""
        return listen_on_port(folder, name)

else:

    def listen(folder: str, name: str) -> Listening:
        """Listen for consoles on `folder`/`name`, or in a private folder with a shorter path.

        Raises ControlFault where the system does not let us, as in some sandboxes.
        """
        try:
            path = _short_path(folder, name)
            return Listening(_bound(path), Address(path, None))
        except OSError as error:
            raise _no_listener(os.path.join(folder, name), error) from error


def listen_on_port(folder: str = "", name: str = "") -> Listening:
    """Listen on a port of 127.0.0.1. Raises ControlFault where the system does not let us."""
    del folder, name  # A port needs none.
    try:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    except OSError as error:
        raise _no_listener(_LOOPBACK, error) from error
    try:
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
        if exclusive is not None:
            listener.setsockopt(socket.SOL_SOCKET, exclusive, 1)
        listener.bind((_LOOPBACK, 0))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _no_listener(_LOOPBACK, error) from error
    listener.setblocking(False)
    return Listening(listener, Address(None, listener.getsockname()[1]))


async def reach(address: Address) -> socket.socket:
    """A socket connected to a guard; waits while many others want to connect.

    Raises Unreachable where nobody listens.
    """
    family = socket.AF_INET if address.unix is None else getattr(socket, "AF_UNIX", None)
    if family is None:
        raise Unreachable("this system has no Unix sockets", where=str(address))
    connected = socket.socket(family, socket.SOCK_STREAM)
    try:
        await _connect(connected, address)
    except OSError as error:
        connected.close()
        what = f"no guard answers ({error.strerror})"
        raise Unreachable(what, where=str(address), fix="restart the client's server") from error
    except BaseException:
        connected.close()
        raise
    return connected


def withdraw(address: Address, run: str) -> None:
    """Remove the socket of a guard that has ended, and the short folder that was made for it."""
    if address.unix is None:
        return
    with suppress(OSError):
        if not stat.S_ISSOCK(os.lstat(address.unix).st_mode):
            return
    remove(address.unix)
    folder = os.path.dirname(address.unix)
    if folder != run and os.path.basename(folder).startswith(_OWN_FOLDER):
        with suppress(OSError):
            os.rmdir(folder)


async def _connect(connected: socket.socket, address: Address) -> None:
    connected.setblocking(False)
    place = address.unix if address.unix is not None else (_LOOPBACK, address.port)
    # A Unix socket whose queue is full says so at once, and cannot be waited for.
    while (failed := connected.connect_ex(place)) == errno.EAGAIN:  # noqa: ASYNC110
        await anyio.sleep(_RETRY)
    if failed in {errno.EINPROGRESS, getattr(errno, "WSAEWOULDBLOCK", errno.EINPROGRESS)}:
        await anyio.wait_writable(connected)
        failed = connected.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if failed:
        raise OSError(failed, os.strerror(failed))


def _no_listener(where: str, error: OSError) -> ControlFault:
    what = f"this guard cannot listen for consoles ({error.strerror}), so nobody can be asked"
    fix = "start the client outside its sandbox, or let it use Unix sockets there"
    return ControlFault(what, where=where, fix=fix)


if sys.platform != "win32":

    def _bound(path: str) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(path)
            # Nobody can connect before it listens, so nobody could while others had rights.
            os.chmod(path, 0o600)
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            remove(path)
            raise
        listener.setblocking(False)
        return listener

    def _short_path(folder: str, name: str) -> str:
        path = os.path.join(folder, name)
        if len(os.fsencode(path)) <= LONGEST:
            return path
        for place in (f"/run/user/{os.geteuid()}", "/tmp"):  # noqa: S108 -- a folder of our own in it
            if os.access(place, os.W_OK | os.X_OK):
                own = os.path.join(place, f"{_OWN_FOLDER}{secrets.token_hex(8)}")
                os.mkdir(own, 0o700)
                return os.path.join(own, name)
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
