"""A hundred thousand calls through one guard: each answered once, each recorded, nothing grows."""

import os
import sys
from collections import Counter
from collections.abc import Generator

import pytest

from tests.ways.load import MIXED, Load
from tests.ways.stage import Stage

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
    pytest.mark.slow,
]

LEGS = 5
CALLS = 20_000
"""Of one leg. A leg is a test of its own, since no test may last longer than a minute."""
MAY_GROW = 3 * 1024
"""KiB, after the first leg."""
MAY_OPEN = 2
"""Descriptors: a sync of the log may be under way when they are counted."""


class Run:
    """One guard and its load, over all legs."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        stage.home.write("all", MIXED)
        self.wire = stage.ready()
        # A call that is cancelled while the guard still lists the tools goes nowhere.
        self.wire.ask("tools/list")
        self.load = Load(self.wire, first=1000, seed=20261126)
        self.sizes: list[tuple[int, int]] = []

    def leg(self) -> None:
        """Make the calls of one leg, and measure."""
        self.load.run(CALLS, 50)
        self.sizes.append((self.wire.memory(), self.wire.descriptors()))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Generator[Run]:
    """The run that all legs share. Its guard is not measured for coverage, which would grow."""
    folder = tmp_path_factory.mktemp("endurance")
    stage = Stage(folder, {"PATH": os.environ["PATH"], "HOME": str(folder)})
    try:
        yield Run(stage)
    finally:
        stage.clear()


@pytest.mark.parametrize("leg", range(1, LEGS + 1))
def test_calls_without_end_make_nothing_grow(run: Run, leg: int) -> None:
    """Promise: 100,000 calls, 64 at a time, answered in any order; denials, asks, cancellations."""
    run.leg()
    assert run.load.strays == []
    assert run.load.ended.total() == leg * CALLS
    memory, descriptors = zip(*run.sizes, strict=True)
    assert memory[-1] - memory[0] < MAY_GROW
    assert descriptors[-1] - descriptors[0] <= MAY_OPEN


def test_each_of_the_calls_was_answered_once_and_recorded(run: Run) -> None:
    """Promise: what the client heard, what the server saw and what the log says are one story."""
    stage, ended = run.stage, run.load.ended
    stage.close()
    stage.check()
    seen = Counter(stage.calls())
    for tool in ("echo", "stir", "release", "settle"):
        assert ended[tool, "refused"] == 0
        assert seen[tool] == ended[tool, "answered"] > 0
    assert seen["hang"] == ended["hang", "cancelled"] > 0
    assert seen.keys().isdisjoint({"read_note", "drop_table"})
    kinds = Counter((record["kind"], record.get("item")) for record in stage.home.records())
    assert kinds["refused", "drop_table"] == ended["drop_table", "refused"] > 0
    asked = ended["read_note", "refused"] + ended["read_note", "cancelled"]
    assert kinds["held", "read_note"] == asked > 0
