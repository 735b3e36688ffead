"""The measurements; each gives tables."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack

from benchmark import processes
from benchmark.figures import Row, Table, median, quantile
from benchmark.subjects import DIRECT, FLOOR_JSON, PYTHON, SUBJECTS, Subject, real_server
from benchmark.turns import Bench, Times, turns
from benchmark.wire import ECHO, Wire

GAP = 0.02
"""Seconds between calls of a person who watches."""


def startup(bench: Bench) -> Iterator[Table]:
    """From the start of the process to the server's answer to `initialize`."""
    yield _startup(bench, "start-up before the bench server, ms", bench.server, 25)
    if (real := real_server()) is not None:
        yield _startup(bench, "start-up before server-everything (node), ms", real, 15)


def _startup(bench: Bench, title: str, server: tuple[str, ...], rounds: int) -> Table:
    times: Times = {"python -c pass": []}
    for order in bench.rounds(rounds, 4):
        begin = time.perf_counter()
        subprocess.run([PYTHON, "-c", "pass"], env=bench.env, check=True)
        times["python -c pass"].append(time.perf_counter() - begin)
        for subject in order:
            begin = time.perf_counter()
            with bench.wire(subject, server) as wire:
                wire.initialize()
                times.setdefault(subject.name, []).append(time.perf_counter() - begin)
    table = Table(title, ("subject", "min", "median", "x direct", "x python -c pass"))
    bare, direct = median(times["python -c pass"]), median(times[DIRECT.name])
    for name in ("python -c pass", *(subject.name for subject in SUBJECTS)):
        middle = median(times[name])
        row: Row = [name, min(times[name]) * 1e3, middle * 1e3, middle / direct, middle / bare]
        table.rows.append(row)
    return table


def latency(bench: Bench) -> Iterator[Table]:
    """Round trips of a small tools/call, one at a time, in three regimes."""
    if hasattr(os, "sched_setaffinity"):
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(allowed)})
        try:
            yield _latency(bench, "tools/call, everything on one core, us", (40, 8), 100, 0)
        finally:
            os.sched_setaffinity(0, allowed)
    yield _latency(bench, "tools/call, cores free, us", (40, 8), 100, 0)
    yield _latency(bench, "tools/call, 20 ms between calls, us", (20, 3), 10, GAP)


def _latency(bench: Bench, title: str, rounds: tuple[int, int], calls: int, gap: float) -> Table:
    def ask(wire: Wire) -> list[float]:
        times = []
        for _ in range(calls):
            if gap:
                time.sleep(gap)
            times.append(wire.timed("tools/call", ECHO) * 1e6)
        return times

    columns = ("subject", "p50", "p95", "p99", "added p50", "x floor's added", "p99 / p50")
    table = Table(title, columns)
    whole, added = turns(bench, rounds, ask)
    for subject in SUBJECTS:
        p50, p95, p99 = (quantile(whole[subject.name], share) for share in (0.5, 0.95, 0.99))
        more = added[subject.name]
        ratio = None if subject is DIRECT else more / added[FLOOR_JSON.name]
        table.rows.append([subject.name, p50, p95, p99, more, ratio, p99 / p50])
    return table


def listing(bench: Bench) -> Iterator[Table]:
    """`tools/list` with 1,000 tools, one at a time."""

    def ask(wire: Wire) -> list[float]:
        return [wire.timed("tools/list", "{}") * 1e3 for _ in range(3)]

    whole, _ = turns(bench, (15, 3), ask, (*bench.server, "1000"))
    table = Table("tools/list with 1,000 tools, ms", ("subject", "p50", "x direct", "x floor"))
    direct, floor = median(whole[DIRECT.name]), median(whole[FLOOR_JSON.name])
    for name, times in whole.items():
        middle = median(times)
        table.rows.append([name, middle, middle / direct, middle / floor])
    yield table


def throughput(bench: Bench) -> Iterator[Table]:
    """Small calls with several of them open."""
    depths = (1, 16, 64)
    rates: dict[tuple[str, int], list[float]] = {}
    with ExitStack() as stack:
        wires = {s.name: stack.enter_context(bench.wire(s)).ready() for s in SUBJECTS}
        for order in bench.rounds(7, 3):
            for subject in order:
                for depth in depths:
                    rate = wires[subject.name].flood(2000, depth)
                    rates.setdefault((subject.name, depth), []).append(rate)
    columns = ("subject", *(f"depth {depth}" for depth in depths))
    table = Table("throughput, cores free, calls per second", columns)
    for subject in SUBJECTS:
        table.rows.append([subject.name, *(median(rates[subject.name, d]) for d in depths)])
    yield table


def payload(bench: Bench) -> Iterator[Table]:
    """Large results: how long they take, and how much memory while they pass."""
    for title, size, many in (("10 KB", 10**4, 30), ("1 MB", 10**6, 15), ("50 MB", 5 * 10**7, 3)):
        params = f'{{"name":"blob","arguments":{{"text":"","size":{size}}}}}'

        def ask(wire: Wire, params: str = params) -> list[float]:
            return [wire.timed("tools/call", params) * 1e3]

        whole, _ = turns(bench, (many, 2 if size > 10**7 else 5), ask)
        table = Table(f"results of {title}, ms", ("subject", "median", "x direct", "peak MiB"))
        direct = median(whole[DIRECT.name])
        for subject in SUBJECTS:
            middle = median(whole[subject.name])
            table.rows.append(
                [subject.name, middle, middle / direct, _peak(bench, subject, params)]
            )
        yield table


def _peak(bench: Bench, subject: Subject, params: str) -> float | None:
    if subject is DIRECT or not processes.PRESENT:
        return None
    with bench.wire(subject) as wire:
        wire.ready().good("tools/call", params)
        return processes.memory(processes.guards(wire.child.pid, bench.server[0]))[2]


def memory(bench: Bench) -> Iterator[Table]:
    """Memory of the subject without the server, and how often it wakes up when nothing happens."""
    if not processes.PRESENT:
        return
    columns = (
        "subject",
        "idle",
        "private",
        "after 2,000 calls",
        "private",
        "wake-ups/s",
        "processes",
    )
    table = Table("memory, MiB resident, without the server", columns)
    seconds = 1.0 if bench.quick else 4.0
    for subject in SUBJECTS[1:]:
        with bench.wire(subject) as wire:
            wire.ready()
            pids = processes.guards(wire.child.pid, bench.server[0])
            idle = processes.memory(pids)
            before = processes.wake_ups(pids)
            time.sleep(seconds)
            woken = (processes.wake_ups(pids) - before) / seconds
            wire.flood(2000, 1)
            busy = processes.memory(pids)
            table.rows.append([subject.name, *idle[:2], *busy[:2], woken, len(pids)])
    yield table


SCENARIOS = {
    scenario.__name__: scenario
    for scenario in (startup, latency, listing, throughput, payload, memory)
}
