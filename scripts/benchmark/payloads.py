"""Large payloads: how long they take, how much memory while they pass, and how much afterwards."""

from collections.abc import Callable, Iterator

from scripts.benchmark import processes
from scripts.benchmark.figures import DIRECT, plain, ratio
from scripts.benchmark.goals import LARGE
from scripts.benchmark.report import Column, Table
from scripts.benchmark.results import Result, quantile
from scripts.benchmark.setting import Setting
from scripts.benchmark.turns import Values, started, take_turns
from scripts.benchmark.wire import SMALL, Wire, blob, echo

SIZES = {"10 KB": 10_000, "1 MB": 1_000_000, "50 MB": LARGE}
SEVERAL = 100_000
"""Bytes that a turn passes at least: small payloads are asked for several times."""

COLUMNS = (
    Column("result ms", plain("result"), spread=True),
    Column("x direct", ratio("result", DIRECT), spread=True),
    Column("echo ms", plain("echo"), spread=True),
    Column("x direct", ratio("echo", DIRECT), spread=True),
    Column("before MiB", plain("before")),
    Column("result peak", plain("result peak")),
    Column("echo peak", plain("echo peak")),
    Column("after", plain("after")),
)


def payload(run: Setting) -> Iterator[Table]:
    """Results of a size, and echoes: requests and results of that size."""
    for title, size in SIZES.items():
        rounds = run.rounds(4, 1) if size == LARGE else run.rounds(15, 4)
        yield _payload(run, title, size, rounds)


def _payload(run: Setting, title: str, size: int, rounds: int) -> Table:
    result = Result(f"payload of {title}", list(run.subjects))
    with started(run, result) as wires:
        asks = {name: _asking(run, wire, size) for name, wire in wires.items()}
        take_turns(result, rounds, lambda name: asks[name]())
    return Table(f"Payload of {title}, cores free; {rounds} rounds", result, COLUMNS)


def _asking(run: Setting, wire: Wire, size: int) -> Callable[[], Values]:
    pids = processes.guards(wire.child.pid, run.server) if processes.PRESENT else []
    before = _resident("before", pids)

    def ask() -> Values:
        values = dict(before)
        for kind, params in (("result", blob(size)), ("echo", echo(size))):
            wire.timed("tools/call", SMALL, 5)  # the caches after the others' turns
            processes.forget_peak(pids)
            times = wire.timed("tools/call", params, max(1, SEVERAL // size))
            values[kind] = quantile(times, 0.5) * 1e3
            if pids:
                values[f"{kind} peak"] = processes.peak(pids)
        wire.timed("tools/call", SMALL, 5)  # what was kept of the last one is let go
        return values | _resident("after", pids)

    return ask


def _resident(measure: str, pids: list[int]) -> dict[str, float]:
    return {measure: processes.memory(pids)[0]} if pids else {}
