"""What /proc tells of a subject's processes, the server itself left out."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
PRESENT = (PROC / "self/smaps_rollup").exists()


def guards(pid: int, server: str) -> list[int]:
    """The process and its descendants without those that run the program `server`."""
    found = [pid]
    for process in found:
        found.extend(child for child in _children(process) if child not in found)
    return [process for process in found if _program(process) != server]


def memory(pids: list[int]) -> tuple[float, float, float]:
    """MiB: resident, private, and the highest resident there ever was."""
    resident = private = highest = 0
    for pid in pids:
        rollup = (PROC / str(pid) / "smaps_rollup").read_text("ascii", "replace")
        status = (PROC / str(pid) / "status").read_text("ascii", "replace")
        resident += _sum(rollup, "Rss")
        private += _sum(rollup, "Private_Clean") + _sum(rollup, "Private_Dirty")
        highest += _sum(status, "VmHWM")
    return resident / 1024, private / 1024, highest / 1024


def wake_ups(pids: list[int]) -> int:
    """How often the threads of the processes have gone to sleep so far."""
    texts = (
        status.read_text("ascii", "replace")
        for pid in pids
        for status in (PROC / str(pid) / "task").glob("*/status")
    )
    return sum(_sum(text, "voluntary_ctxt_switches") for text in texts)


def _children(pid: int) -> Iterator[int]:
    for listed in (PROC / str(pid) / "task").glob("*/children"):
        yield from map(int, listed.read_text("ascii").split())


def _program(pid: int) -> str:
    words = (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    return os.fsdecode(words[0])


def _sum(text: str, field: str) -> int:
    return sum(map(int, re.findall(rf"^{field}:\s+(\d+)", text, re.MULTILINE)))
