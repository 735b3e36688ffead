"""Servers at a URL: what a small call costs, several at once, memory and start."""

from collections.abc import Iterator

from scripts.benchmark.calls import GAP, in_regime, time_calls
from scripts.benchmark.eras import LEGACY, MODERN, Era
from scripts.benchmark.figures import DIRECT, added, added_ratio, plain, ratio
from scripts.benchmark.http_setting import HttpSetting, served
from scripts.benchmark.memory import COLUMNS as MEMORY
from scripts.benchmark.memory import measure
from scripts.benchmark.report import Column, Table
from scripts.benchmark.results import Result
from scripts.benchmark.startup import BARE, timed_starts
from scripts.benchmark.turns import CAN_PIN, Values, take_turns, warm
from scripts.benchmark.wire import Broken

TOGETHER = 4
SLEEP = '{"name":"sleep","arguments":{"text":"slept","ms":1000}}'
"""A call that takes a second."""

LATENCY = (
    Column("p50", plain("p50"), spread=True),
    Column("p95", plain("p95")),
    Column("p99", plain("p99")),
    Column("added p50", added("p50"), spread=True),
    Column("added x mcp-remote", added_ratio("p50", "mcp-remote"), spread=True),
    Column("added x mcp-sdk", added_ratio("p50", "mcp-sdk"), spread=True),
)
PARALLEL = (
    Column("seconds", plain("together"), spread=True),
    Column("x direct", ratio("together", DIRECT)),
)
START = (
    Column("ms", plain("start"), spread=True),
    Column(f"x {BARE}", ratio("start", BARE)),
    Column("x mcp-remote", ratio("start", "mcp-remote"), spread=True),
    Column("x mcp-sdk", ratio("start", "mcp-sdk")),
)


def latency(run: HttpSetting) -> Iterator[Table]:
    """Round trips of a small tools/call in both eras, answered as JSON and as a stream."""
    for era in (LEGACY, MODERN):
        for answers in ("json", "sse"):
            if CAN_PIN:
                yield _latency(run, era, answers, "one core")
            yield _latency(run, era, answers, "cores free")
    yield _latency(run, LEGACY, "json", "20 ms apart", GAP)


def _latency(run: HttpSetting, era: Era, answers: str, regime: str, gap: float = 0.0) -> Table:
    rounds, calls = (run.rounds(15, 3), 10) if gap else (run.rounds(30, 4), 100)
    kind = f"{era.version}, {answers.upper()}, {regime}"
    result = Result(f"URL, {kind}", list(run.subjects))
    with (
        in_regime(regime),
        served(answers) as url,
        warm(result, lambda name: run.start(name, url, era)) as clients,
    ):
        time_calls(result, clients, rounds, calls, gap)
    title = f"tools/call of 100 bytes at a URL, {kind}, microseconds; {rounds} rounds of {calls}"
    return Table(title, result, LATENCY)


def parallel(run: HttpSetting) -> Iterator[Table]:
    """Calls that take a second each, all at once."""
    result = Result(f"URL, {TOGETHER} calls at once", list(run.subjects))
    rounds = run.rounds(5, 1)
    with served("sse") as url, warm(result, lambda name: run.start(name, url)) as clients:

        def ask(name: str) -> Values:
            seconds = clients[name].together(SLEEP, TOGETHER)
            if seconds < 1:
                raise Broken("it answers a call that takes a second in less")
            return {"together": seconds}

        take_turns(result, rounds, ask)
    title = f"{TOGETHER} calls of one second at once, at a URL, seconds; {rounds} rounds"
    yield Table(title, result, PARALLEL)


def memory(run: HttpSetting) -> Iterator[Table]:
    """All processes of a subject, after its first calls and after many."""
    result = Result("URL, memory", [name for name in run.subjects if name != DIRECT])
    with served("sse") as url:
        measure(run, result, lambda name: run.bridge(name, url), ())
    yield Table("Memory before a server at a URL, MiB resident and private", result, MEMORY)


def startup(run: HttpSetting) -> Iterator[Table]:
    """From the start of the subject to the server's answer to the first request."""
    rounds = run.rounds(20, 3)
    with served("sse") as url:
        result = timed_starts(run, "URL, start-up", rounds, lambda name: run.start(name, url))
    yield Table(f"Start-up before a server at a URL, ms; {rounds} rounds", result, START)
