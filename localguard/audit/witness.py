"""Where checkpoints are told, so that who rewrites the log is found out: syslog, or a file.

The file is for a place that its owner can only add to, such as a mounted log of another machine.
Each checkpoint is one line of it, or one message of the facility `auth`. Raises OSError. Knows the
text of a checkpoint, and no more of it.
"""

import os
import socket
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

SYSLOG: Final = "syslog"
FILE: Final = "file:"

SOCKETS: Final = ("/dev/log", "/var/run/syslog", "/var/run/log")
"""Where the syslog of Linux, macOS and the BSDs listens."""

_AUTH_NOTICE: Final = 4 * 8 + 5
_SECONDS: Final = 2.0

Witness = Callable[[str], None]


def witness(where: str, sockets: Sequence[str] = SOCKETS) -> Witness:
    """Return what tells a text to `where`. Raises ValueError for a place that is none."""
    if where == SYSLOG:
        return lambda text: _to_syslog(sockets, text)
    path = where.removeprefix(FILE)
    if path == where or not os.path.isabs(path):
        raise ValueError(f"no witness: {where!r}")
    return lambda text: _to_file(path, text)


def _to_file(path: str, text: str) -> None:
    line = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {text}\n".encode("utf-8", "backslashreplace")
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
    fd = os.open(path, flags, 0o600)
    try:
        if os.write(fd, line) != len(line):
            raise OSError(f"only a part of the line was written: {path}")
    finally:
        os.close(fd)


def _to_syslog(sockets: Sequence[str], text: str) -> None:
    """RFC 3164 as local daemons read it: priority, tag, text."""
    if sys.platform == "win32":
        raise OSError("Windows has no syslog: name a file")
    message = f"<{_AUTH_NOTICE}>localguard: {text}".encode("utf-8", "backslashreplace")
    place = next(filter(os.path.exists, sockets), sockets[0])
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.settimeout(_SECONDS)
        sender.connect(place)
        sender.send(message)
