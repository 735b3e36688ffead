"""SIGKILL of guards at random moments, two hundred in all, ten at a time in one home.

Whenever it comes: no process stays behind, what the server saw and what the client was told stood
in the log before, the chains are whole, and the next guard works.
"""

import random
import sys
import time
from dataclasses import dataclass

import pytest

from tests.relay.process_trees import marked, wait_unmarked
from tests.ways.load import MIXED, Load
from tests.ways.stage import Stage
from tests.ways.wire import PATIENCE

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
    pytest.mark.slow,
]

SERIES, BATCHES, TOGETHER = 4, 5, 10
IDS = 10_000
"""Ids of one guard: no other uses them, so that the log cannot mean another guard's call."""


@dataclass
class Doomed:
    """A guard under load that is to be killed, at a moment or after so many answers."""

    load: Load
    moment: float
    answers: int | None

    def is_due(self) -> bool:
        """Whether its time has come. Raises AssertionError when it does not work until then."""
        said = self.load.wire.complaints()
        assert not self.load.wire.ended, said
        if self.answers is not None and self.load.answers >= self.answers:
            return True
        assert self.answers is None or time.monotonic() < self.moment, said
        return time.monotonic() >= self.moment


def doomed(stage: Stage, number: int, chance: random.Random) -> Doomed:
    """A guard that is loaded from its first moment on. Every third dies while it starts."""
    wire = stage.guard()
    info = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "load"}}
    wire.request("initialize", info)
    wire.notify("notifications/initialized")
    load = Load(wire, first=number * IDS, seed=number, window=chance.choice([24, 64]))
    if number % 3 == 0:
        return Doomed(load, time.monotonic() + chance.uniform(0, 2), None)
    return Doomed(load, time.monotonic() + PATIENCE, chance.randrange(200))


def kill_all(guards: list[Doomed]) -> None:
    """Load all of them, and kill each when it is due."""
    waiting = list(guards)
    while waiting:
        for guard in list(waiting):
            guard.load.step(0.001)
            if guard.is_due():
                guard.load.wire.process.kill()
                waiting.remove(guard)
    for guard in guards:
        guard.load.wire.exit()


@pytest.mark.parametrize("series", range(SERIES))
def test_a_guard_that_is_killed_at_any_moment_leaves_nothing_behind(
    stage: Stage, series: int
) -> None:
    """Promise: kill -9 in 200 rounds: no orphan, no call without its record, no broken chain."""
    stage.gone = stage.killed = True
    stage.home.write("all", MIXED)
    # Who is killed reports no coverage, but would start more slowly.
    plain = {n: text for n, text in stage.home.environment.items() if "COVERAGE" not in n}
    stage.home.environment = plain
    chance = random.Random(series)
    guards: list[Doomed] = []
    for batch in range(BATCHES):
        numbers = range(1 + batch * TOGETHER, 1 + (batch + 1) * TOGETHER)
        guards += (fresh := [doomed(stage, number, chance) for number in numbers])
        kill_all(fresh)
        wait_unmarked(str(stage.folder))
    assert [guard.load.strays for guard in guards] == [[]] * len(guards)
    told = {id_ for guard in guards for id_ in guard.load.refused}
    recorded = {r["request_id"] for kind in ("held", "refused") for r in stage.home.records(kind)}
    assert told <= recorded
    check_next(stage)


def check_next(stage: Stage) -> None:
    """The next guard works, and ends as if nothing had been."""
    wire = stage.ready()
    assert wire.call("echo", text="next")["result"]["content"][0]["text"] == "next"
    assert wire.finish() == 0
    assert marked(str(stage.folder)) == []
    assert stage.home.records("stop")[-1]["reason"] == "the client closed"
