"""Memory without the server's, and how often a subject wakes up when nothing happens."""

import time
from collections.abc import Callable, Iterator, Mapping

from scripts.benchmark import processes
from scripts.benchmark.figures import DIRECT, plain
from scripts.benchmark.report import Column, Table
from scripts.benchmark.results import Result
from scripts.benchmark.setting import Command, Run, Setting
from scripts.benchmark.turns import Values, take_turns, warm
from scripts.benchmark.wire import Wire

COLUMNS = (
    Column("idle", plain("idle")),
    Column("private", plain("private")),
    Column("after 2,000 calls", plain("busy")),
    Column("private", plain("busy private")),
    Column("wake-ups/s", plain("wake-ups")),
    Column("processes", plain("processes")),
)


def memory(run: Setting) -> Iterator[Table]:
    """All processes of a subject, after its first calls and after many."""
    result = Result("memory", [name for name in run.subjects if name != DIRECT])
    measure(run, result, run.start, run.server)
    yield Table("Memory without the server's, MiB resident and private", result, COLUMNS)


def measure(run: Run, result: Result, start: Callable[[str], Wire], server: Command) -> None:
    """The memory of all subjects of the result; `server` is the process that is not theirs."""
    seconds = float(run.rounds(3, 1))
    if processes.PRESENT:
        for _ in range(run.rounds(3, 1)):
            with warm(result, start) as wires:
                _measure(result, wires, server, seconds)


def _measure(result: Result, wires: Mapping[str, Wire], server: Command, seconds: float) -> None:
    pids = {name: processes.guards(wire.child.pid, server) for name, wire in wires.items()}
    before = {name: processes.wake_ups(found) for name, found in pids.items()}
    time.sleep(seconds)
    woken = {name: processes.wake_ups(found) - before[name] for name, found in pids.items()}

    def ask(name: str) -> Values:
        idle, private = processes.memory(pids[name])
        wires[name].flood(2000, 1)
        busy, busy_private = processes.memory(pids[name])
        return {
            "idle": idle,
            "private": private,
            "busy": busy,
            "busy private": busy_private,
            "wake-ups": woken[name] / seconds,
            "processes": len(pids[name]),
        }

    take_turns(result, 1, ask)
