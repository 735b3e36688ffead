"""Lines that a person pastes into a terminal, read so that the wait can be ended from elsewhere.

It reads the descriptor and not the stream: a thread that sits in a buffered read breaks the end of
the program. A terminal's own line editing cuts a line at 4,096 characters (1,024 on macOS), which
the address of a redirect can exceed, so that editing is off meanwhile; Ctrl-C stays what it is.
"""

import os
import select
import sys
import threading
from contextlib import suppress
from typing import Any, Final

if sys.platform != "win32":
    import termios

_MAX_LINE: Final = 16_384
_SLICE: Final = 0.2
_ENDS: Final = frozenset(b"\r\n")
_RUBOUTS: Final = frozenset(b"\x08\x7f")
_END_OF_FILE: Final = 0x04


class TerminalLines:
    """Reads lines from a descriptor, which stays open. Whoever has read has to `close`."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._over = False
        self._lock = threading.Lock()
        self._before: list[Any] | None = None

    def line(self) -> str | None:
        """The next line without its end; None at the end of input or after `close`. Blocks."""
        self._take_whole_lines()
        read = bytearray()
        while not self._over:
            if not _readable(self._fd):
                continue
            byte = _byte(self._fd)
            if not byte or byte[0] == _END_OF_FILE:
                return None
            if byte[0] in _ENDS:
                return read.decode("utf-8", "replace")
            _take(read, byte)
        return None

    def close(self) -> None:
        """End the wait for a line, from any thread; the terminal is as it was before."""
        self._over = True
        with self._lock:
            # Here and not where lines are read: the program may end before that thread does.
            if sys.platform != "win32" and self._before is not None:
                termios.tcsetattr(self._fd, termios.TCSANOW, self._before)
                self._before = None

    def _take_whole_lines(self) -> None:
        """Have the terminal hand over what is typed at once, however long the line becomes."""
        with self._lock:
            if sys.platform != "win32" and not self._over and os.isatty(self._fd):
                during = termios.tcgetattr(self._fd)
                self._before = self._before or termios.tcgetattr(self._fd)
                during[3] &= ~termios.ICANON
                termios.tcsetattr(self._fd, termios.TCSANOW, during)


def _take(read: bytearray, byte: bytes) -> None:
    if byte[0] in _RUBOUTS:
        del read[-1:]
    elif len(read) < _MAX_LINE:
        read += byte


def _byte(fd: int) -> bytes:
    # One at a time: what follows the line is for whoever reads next.
    try:
        return os.read(fd, 1)
    except OSError:
        return b""


def _readable(fd: int) -> bool:
    """Whether a read returns at once; on Windows it has to be tried, and blocks."""
    readable = True
    if sys.platform != "win32":
        with suppress(OSError, ValueError):
            readable = bool(select.select([fd], [], [], _SLICE)[0])
    return readable
