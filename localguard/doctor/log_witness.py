"""Whether the witness of the audit log can be told. Nothing is sent to it."""

import os
import socket
import sys
from collections.abc import Iterator, Sequence
from typing import Final

from localguard.audit.witness import FILE, SOCKETS, SYSLOG
from localguard.doctor.check import Finding
from localguard.doctor.findings import Findings

_LOG: Final = Findings("log")
_SECONDS: Final = 2.0


def witness(where: str | None, sockets: Sequence[str] = SOCKETS) -> Iterator[Finding]:
    """What is found of the place that checkpoints are told to."""
    if where is None:
        what = "no witness is told of the log: whoever can write to it and its key can rewrite it"
        yield _LOG.ok("witness", what, {"to have one": '[audit] witness = "syslog" in config.toml'})
    elif where == SYSLOG:
        yield _syslog(sockets)
    else:
        yield _file(where.removeprefix(FILE))


def _syslog(sockets: Sequence[str]) -> Finding:
    if (why := _unreachable(sockets)) is not None:
        what = f"the witness, syslog, cannot be told of the log: {why}"
        fix = 'start a syslog daemon, or name a file: [audit] witness = "file:/PATH"'
        return _LOG.warn("witness", what, fix)
    return _LOG.ok("witness", "the witness of the log, syslog, can be told")


def _unreachable(sockets: Sequence[str]) -> str | None:
    """Why no syslog listens; None where one does."""
    if sys.platform == "win32":
        return "Windows has none"
    place = next(filter(os.path.exists, sockets), sockets[0])
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asked:
            asked.settimeout(_SECONDS)
            asked.connect(place)
    except OSError as error:
        return f"{place}: {error.strerror or error}"
    return None


def _file(path: str) -> Finding:
    there = path if os.path.lexists(path) else os.path.dirname(path)
    if os.access(there, os.W_OK):
        return _LOG.ok("witness", f"the witness of the log can be told: {path}")
    what = f"the witness of the log cannot be told: {path} cannot be written"
    fix = "make it writable, or name another in config.toml: [audit] witness"
    return _LOG.warn("witness", what, fix)
