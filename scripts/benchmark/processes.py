"""What /proc tells of a subject's processes, the server left out."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
PRESENT = (PROC / "self/smaps_rollup").exists()


def guards(pid: int, server: tuple[str, ...]) -> list[int]:
    """The process and its descendants, without the one that runs `server` and those below it."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        process = waiting.pop()
        if _command(process) != server:
            found.append(process)
            waiting.extend(_children(process))
    return found


def memory(pids: list[int]) -> tuple[float, float]:
    """MiB: resident, and private to the processes."""
    resident = private = 0
    for text in _texts(pids, "smaps_rollup"):
        resident += _sum(text, "Rss")
        private += _sum(text, "Private_Clean") + _sum(text, "Private_Dirty")
    return resident / 1024, private / 1024


def peak(pids: list[int]) -> float:
    """MiB: the highest that was resident since `forget_peak`."""
    return sum(_sum(text, "VmHWM") for text in _texts(pids, "status")) / 1024


def forget_peak(pids: list[int]) -> None:
    """Let the highest begin anew at what is resident now (proc(5), clear_refs)."""
    for pid in pids:
        (PROC / str(pid) / "clear_refs").write_text("5", "ascii")


def wake_ups(pids: list[int]) -> int:
    """How often the threads of the processes have gone to sleep so far."""
    texts = (text for pid in pids for text in _texts(_threads(pid), "status"))
    return sum(_sum(text, "voluntary_ctxt_switches") for text in texts)


def _threads(pid: int) -> list[int]:
    return [int(thread.name) for thread in (PROC / str(pid) / "task").iterdir()]


def _texts(pids: list[int], name: str) -> Iterator[str]:
    for pid in pids:
        with suppress(OSError):  # a process that has just ended
            yield (PROC / str(pid) / name).read_text("ascii", "replace")


def _children(pid: int) -> list[int]:
    texts = (listed.read_text("ascii") for listed in (PROC / str(pid) / "task").glob("*/children"))
    return [int(child) for text in texts for child in text.split()]


def _command(pid: int) -> tuple[str, ...]:
    try:
        words = (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return ()
    return tuple(os.fsdecode(word) for word in words[:-1])


def _sum(text: str, field: str) -> int:
    return sum(map(int, re.findall(rf"^{field}:\s+(\d+)", text, re.MULTILINE)))
