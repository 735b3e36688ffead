"""The table of measurements; each gives tables."""

from collections.abc import Callable, Iterator

from scripts.benchmark.calls import latency, listing, throughput
from scripts.benchmark.memory import memory
from scripts.benchmark.payloads import payload
from scripts.benchmark.report import Table
from scripts.benchmark.setting import Setting
from scripts.benchmark.startup import startup

Scenario = Callable[[Setting], Iterator[Table]]

SCENARIOS: dict[str, Scenario] = {
    "startup": startup,
    "latency": latency,
    "listing": listing,
    "throughput": throughput,
    "payload": payload,
    "memory": memory,
}
