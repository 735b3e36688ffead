"""Since when a program runs, by its name: what a client read at its start it goes by until its end.

Only a hint: other programs may be called the same.
"""

import os
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Final

from localguard.processes.table import look

_SECONDS: Final = 5.0
_LISTING: Final = (
    ("tasklist", "/fo", "csv", "/nh")
    if sys.platform == "win32"
    else ("/bin/ps", "-axo", "pid=,comm=")
)


def oldest(programs: Collection[str]) -> float | None:
    """For how many seconds the oldest process of these names runs; None where none does.

    `programs` are names in lower case, without folders.
    """
    pids = (pid for pid, name in _running() if name.casefold() in programs)
    ages = [found.age for pid in pids if (found := look(pid)) is not None]
    return max(ages, default=None)


def read_ps(text: str) -> Iterator[tuple[int, str]]:
    """Numbers and names in what `ps -o pid=,comm=` prints; folders are left out."""
    for line in text.splitlines():
        pid, _, name = line.strip().partition(" ")
        if pid.isdecimal():
            yield int(pid), name.strip().rpartition("/")[2]


def read_tasklist(text: str) -> Iterator[tuple[int, str]]:
    """Numbers and names in what `tasklist /fo csv /nh` prints."""
    for line in text.splitlines():
        fields = line.strip('" \r').split('","')
        if len(fields) > 1 and fields[1].isdecimal():
            yield int(fields[1]), fields[0].removesuffix(".exe")


if sys.platform == "linux":

    def _running() -> Iterator[tuple[int, str]]:
        for pid in filter(str.isdecimal, os.listdir("/proc")):
            # A process may end at any moment.
            with (
                suppress(OSError),
                open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file,
            ):
                yield int(pid), file.read().strip()

else:

    def _running() -> Iterator[tuple[int, str]]:
        with suppress(OSError, subprocess.SubprocessError):
            ended = subprocess.run(  # noqa: S603 -- a fixed program
                _LISTING,
                capture_output=True,
                timeout=_SECONDS,
                check=True,
                stdin=subprocess.DEVNULL,
            )
            text = ended.stdout.decode("utf-8", "replace")
            yield from read_tasklist(text) if sys.platform == "win32" else read_ps(text)
