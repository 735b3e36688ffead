"""What the figures were taken on, and how busy it was meanwhile."""

import os
import platform
import re
import time
from dataclasses import dataclass
from pathlib import Path


def name() -> str:
    """The processor, the cores and the system."""
    return f"{_processor()}, {os.cpu_count()} CPUs, {platform.system()} {platform.release()}"


def priority() -> int:
    """The nice value of the benchmark, and so of all it starts."""
    return os.nice(0) if hasattr(os, "nice") else 0


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        found = re.search(r"^model name\s*:\s*(.+)$", listed.read_text("utf-8"), re.MULTILINE)
        if found:
            return found.group(1)
    return platform.processor() or platform.machine()


@dataclass(frozen=True, slots=True)
class Busyness:
    """A moment: the load, and the ticks of all cores so far."""

    when: float
    load: tuple[float, float, float] | None
    ticks: tuple[int, ...]

    @staticmethod
    def now() -> "Busyness":
        """This moment."""
        load = os.getloadavg() if hasattr(os, "getloadavg") else None
        return Busyness(time.monotonic(), load, _ticks())

    def until(self, later: "Busyness") -> dict[str, str | float | None]:
        """What happened in between; the shares are percent of all cores' time."""
        spent = [new - old for old, new in zip(self.ticks, later.ticks, strict=True)]
        whole = sum(spent) or 1
        idle, steal = (round(100 * spent[n] / whole, 1) for n in (3, 7)) if spent else (None, None)
        return {
            "seconds": round(later.when - self.when, 1),
            "load before": _shown(self.load),
            "load after": _shown(later.load),
            "idle %": idle,
            "steal %": steal,
        }


def _ticks() -> tuple[int, ...]:
    """In the order of proc(5), /proc/stat: user nice system idle iowait irq softirq steal."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return ()
    return tuple(map(int, stat.read_text("ascii").split("\n", 1)[0].split()[1:9]))


def _shown(load: tuple[float, float, float] | None) -> str:
    return "?" if load is None else " ".join(f"{value:.1f}" for value in load)
