"""Small calls: what one costs, how many there are in a second; and a long list."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from scripts.benchmark.figures import DIRECT, Figure, added, added_ratio, plain, ratio, within
from scripts.benchmark.report import Column, Table
from scripts.benchmark.results import Result, quantile
from scripts.benchmark.setting import Setting
from scripts.benchmark.turns import CAN_PIN, Client, Values, one_core, started, take_turns
from scripts.benchmark.wire import SMALL

GAP = 0.02
"""Seconds between calls: caches are cold and cores asleep, as for a person."""

DEPTHS = (1, 16, 64)
LATENCY = (
    Column("p50", plain("p50"), spread=True),
    Column("p95", plain("p95")),
    Column("p99", plain("p99")),
    Column("p99/p50", within("p99", "p50")),
    Column("added p50", added("p50"), spread=True),
    Column("added x fd-bytes", added_ratio("p50", "fd-bytes")),
    Column("added x fd-parse", added_ratio("p50", "fd-parse"), spread=True),
    Column("added x fastmcp", added_ratio("p50", "fastmcp")),
)
LISTING = (
    Column("ms", plain("list"), spread=True),
    Column("x direct", ratio("list", DIRECT)),
    Column("x fd-parse", ratio("list", "fd-parse"), spread=True),
)


def latency(run: Setting) -> Iterator[Table]:
    """Round trips of a small tools/call, one at a time, under three regimes."""
    if CAN_PIN:
        yield _latency(run, "one core", run.rounds(30, 6), 200)
    yield _latency(run, "cores free", run.rounds(30, 6), 200)
    yield _latency(run, "20 ms apart", run.rounds(15, 3), 10, GAP)


def _latency(run: Setting, regime: str, rounds: int, calls: int, gap: float = 0.0) -> Table:
    result = Result(f"latency, {regime}", list(run.subjects))
    with in_regime(regime), started(run, result) as wires:
        time_calls(result, wires, rounds, calls, gap)
    title = f"tools/call of 100 bytes, {regime}, microseconds; {rounds} rounds of {calls} calls"
    return Table(title, result, LATENCY)


def time_calls(
    result: Result, clients: Mapping[str, Client], rounds: int, calls: int, gap: float = 0.0
) -> None:
    """Round trips of small calls, in turns."""

    def ask(name: str) -> Values:
        clients[name].timed("tools/call", SMALL, 5)  # the caches after the others' turns
        return _percentiles(clients[name].timed("tools/call", SMALL, calls, gap))

    take_turns(result, rounds, ask)


def _percentiles(times: Sequence[float]) -> Values:
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    return {name: quantile(times, share) * 1e6 for name, share in shares.items()}


def throughput(run: Setting) -> Iterator[Table]:
    """Small calls with several of them open."""
    if CAN_PIN:
        yield _throughput(run, "one core", run.rounds(9, 3))
    yield _throughput(run, "cores free", run.rounds(9, 3))


def _throughput(run: Setting, regime: str, rounds: int) -> Table:
    result = Result(f"throughput, {regime}", list(run.subjects))
    with in_regime(regime), started(run, result) as wires:

        def ask(name: str) -> Values:
            return {f"depth {depth}": wires[name].flood(1000, depth) for depth in DEPTHS}

        take_turns(result, rounds, ask)
    columns = [_depth(depth) for depth in DEPTHS]
    against: Figure = ratio("depth 16", "streams-json")
    columns.append(Column("at 16 x streams-json", against, spread=True))
    title = f"Calls of 100 bytes per second, {regime}; {rounds} rounds of 1,000"
    return Table(title, result, tuple(columns))


def _depth(depth: int) -> Column:
    return Column(f"{depth} open", plain(f"depth {depth}"), spread=depth == 16)


def listing(run: Setting) -> Iterator[Table]:
    """A `tools/list` of 1,000 tools."""
    result = Result("list of 1,000 tools", list(run.subjects))
    rounds = run.rounds(15, 4)
    regime = "one core" if CAN_PIN else "cores free"
    with in_regime(regime), started(run, result, (*run.server, "1000")) as wires:

        def ask(name: str) -> Values:
            times = wires[name].timed("tools/list", "{}", 3)
            return {"list": quantile(times, 0.5) * 1e3}

        take_turns(result, rounds, ask)
    title = f"tools/list of 1,000 tools, {regime}, ms; {rounds} rounds of 3"
    yield Table(title, result, LISTING)


def in_regime(regime: str) -> AbstractContextManager[None]:
    """Where processes that are started now will run."""
    return one_core() if regime == "one core" else nullcontext()
