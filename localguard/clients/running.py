"""The names of the programs that run now, to tell a person which client has to be ended first.

Only a hint: a client that writes its own file while it runs may undo what is written to it.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

_SECONDS: Final = 5.0
_LISTING: Final = (
    ("tasklist", "/fo", "csv", "/nh") if sys.platform == "win32" else ("/bin/ps", "-axo", "comm=")
)


def names() -> frozenset[str]:
    """The names of all programs that can be seen, in lower case; none where nobody tells them."""
    found = _of_proc() if sys.platform == "linux" else _listed()
    return frozenset(name.casefold() for name in found)


def read_listing(text: str) -> Iterator[str]:
    """The names in what `ps -o comm=` or `tasklist /fo csv` prints, without folders."""
    for line in text.splitlines():
        name = line.split('","')[0].strip('" ')
        yield name.replace("\\", "/").rpartition("/")[2].removesuffix(".exe")


def _of_proc() -> Iterator[str]:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        # A process may end at any moment.
        with suppress(OSError), open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as f:
            yield f.read().strip()


def _listed() -> Iterator[str]:
    with suppress(OSError, subprocess.SubprocessError):
        ended = subprocess.run(  # noqa: S603 -- a fixed program
            _LISTING, capture_output=True, timeout=_SECONDS, check=True, stdin=subprocess.DEVNULL
        )
        yield from read_listing(ended.stdout.decode("utf-8", "replace"))
