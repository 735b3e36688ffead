"""What a guard costs that nobody uses: there is one for each server of each open client."""

import re
import sys
from pathlib import Path

import pytest

from tests.ways.stage import Stage
from tests.ways.wire import Wire

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

REST = 3.0
"""Seconds, longer than any pulse that a console would notice."""
SWITCHES = re.compile(r"^(?:non)?voluntary_ctxt_switches:\s*(\d+)$", re.MULTILINE)


def wakings(wire: Wire) -> int:
    """How often any thread of the guard was given the processor (proc(5), status)."""
    tasks = Path(f"/proc/{wire.pid}/task").iterdir()
    counts = (SWITCHES.findall((task / "status").read_text()) for task in tasks)
    return sum(int(count) for found in counts for count in found)


@pytest.mark.slow
def test_a_guard_that_nobody_uses_sleeps(stage: Stage) -> None:
    """Promise: with no console and no call it never wakes up, so it costs no battery."""
    wire = stage.ready()
    wire.ask("tools/list")
    wire.call("echo")
    # What the last call has left to do: its record goes to disk, whoever watches is told.
    wire.step(REST)
    before = wakings(wire)
    wire.step(REST)
    assert wakings(wire) == before
