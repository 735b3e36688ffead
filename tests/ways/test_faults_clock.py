"""The clock of the machine jumps by days while guards run: they notice nothing, the log shows it.

The time of day comes from a clock of the test's own, the monotonic clock is the true one. That is
what a clock that is set by hand, by NTP or after a suspend looks like to a program.
"""

import itertools
import json
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from tests.ways.load import MIXED, Load
from tests.ways.outage import passes
from tests.ways.stage import Stage
from tests.ways.wire import PATIENCE, Wire

CLOCKED = Path(__file__).resolve().parent / "clocked.py"
DAY = 86400
JUMPS = (0, 2, -2, 0, 1, -1)
FAR = (-20_700, 300_000)
"""Days to 1970, where a machine without a battery begins, and to a far future."""


class Clock:
    """The time of day of the guards that it starts."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._offset = stage.folder / "offset"
        self.set(0)

    def guard(self) -> Wire:
        """A guard in front of the scripted server, after its handshake."""
        run = ["run", "--name", "fake", "--", *self._stage.server()]
        wire = self._stage.start([sys.executable, str(CLOCKED), str(self._offset), *run])
        wire.handshake()
        return wire

    def set(self, days: int) -> None:
        """Let the clock be so many days ahead of the true one."""
        fresh = self._offset.with_suffix(".fresh")
        fresh.write_text(f"{days * DAY:+d}")
        fresh.replace(self._offset)


def offsets(records: Sequence[dict[str, object]]) -> list[int]:
    """The days by which the wall clock was ahead in record after record, each once in a row."""
    now = time.time()
    moments = [datetime.fromisoformat(str(record["t"])).timestamp() for record in records]
    return [days for days, _ in itertools.groupby(round((t - now) / DAY) for t in moments)]


def test_jumps_of_the_clock_under_load_change_nothing_but_the_records(stage: Stage) -> None:
    """Promise: +-2 days during a run: timeouts are monotonic, and records carry both clocks."""
    clock = Clock(stage)
    stage.home.write("all", MIXED)
    wire = clock.guard()
    load = Load(wire, first=1000, seed=7)
    for days in JUMPS:
        clock.set(days)
        load.run(200, PATIENCE)
    assert load.strays == []
    assert {ending for (_, ending) in load.ended} == {"answered", "refused", "cancelled"}
    assert wire.finish() == 0
    segments = [list(map(json.loads, p.read_bytes().splitlines())) for p in stage.home.segments()]
    for segment in segments:
        seconds = [record["m"] for record in segment]
        assert seconds == sorted(seconds)
    # Their names are of the wall, and so no longer in the order in which they were begun.
    segments.sort(key=lambda segment: float(segment[0]["m"]))
    assert offsets([record for segment in segments for record in segment]) == list(JUMPS)
    assert not stage.home.records("gap")
    assert [r["event"] for r in stage.home.records("server")] == ["started", "exited"]


def test_guards_of_other_days_share_one_log(stage: Stage) -> None:
    """Promise: a guard of the day after tomorrow and one of the day before yesterday both work."""
    clock = Clock(stage)
    for days in JUMPS + FAR:
        clock.set(days)
        wire = clock.guard()
        assert passes(wire)
        assert wire.finish() == 0
    named = {path.parent.name for path in stage.home.segments()}
    assert len(named) == len({*JUMPS, *FAR})


def test_the_hours_of_a_rule_follow_the_clock_of_the_machine(stage: Stage) -> None:
    """Promise: a rule's hours are those of the wall, also when it was set while the guard ran."""
    clock = Clock(stage)
    day = datetime.now().astimezone().replace(hour=12) + timedelta(days=1)
    rule = f'[[rule]]\nallow = "*"\nwhen.hours = "{day:%a}"\n'
    stage.home.write("all", f"version = 1\n{rule.lower()}")
    wire = clock.guard()
    for days in (0, 1, 2, 1, -1, 1):
        clock.set(days)
        assert passes(wire) is (days == 1)
    assert len(stage.calls()) == 3
