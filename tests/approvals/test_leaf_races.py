"""Guards are processes: they race for one leave, and exactly one gets it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from localguard.approvals.answers import leave_of
from tests.approvals.makers import ANN
from tests.approvals.test_leaves import MATTER, Guard

PROJECT = Path(__file__).resolve().parents[2]
GUARDS = 8
ROUNDS = 50
RACER = """
import sys
from pathlib import Path
from tests.approvals.test_leaves import Guard
guard = Guard(Path(sys.argv[1]))
print("ready", flush=True)
for line in sys.stdin:
    print(guard.claim(), flush=True)
"""


def start(folder: Path) -> subprocess.Popen[str]:
    """A guard that does nothing but claim when it is told to."""
    unmeasured = {name: os.environ[name] for name in os.environ if "COVERAGE" not in name}
    return subprocess.Popen(
        [sys.executable, "-c", RACER, str(folder)],
        cwd=PROJECT,
        env=unmeasured,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def say(racer: subprocess.Popen[str], line: str) -> None:
    """Tell a guard to go."""
    assert racer.stdin is not None
    racer.stdin.write(line)
    racer.stdin.flush()


def hear(racer: subprocess.Popen[str]) -> str:
    """What a guard says."""
    assert racer.stdout is not None
    return racer.stdout.readline().strip()


@pytest.mark.slow
def test_of_guards_that_race_for_one_leave_exactly_one_gets_it(tmp_path: Path) -> None:
    """Promise: one yes is one call, over all guards of a person."""
    guard = Guard(tmp_path / "leaves")
    racers = [start(guard.path) for _ in range(GUARDS)]
    assert [hear(racer) for racer in racers] == ["ready"] * GUARDS
    for number in range(ROUNDS):
        guard.leaves.give(leave_of(f"g-{number}", MATTER, ANN, guard.now))
        for racer in racers:
            say(racer, "go\n")
        claimed = sorted(hear(racer) for racer in racers)
        assert claimed == sorted(["None"] * (GUARDS - 1) + [f"g-{number}"])
    for racer in racers:
        racer.communicate()
        assert racer.returncode == 0
    assert guard.claim() is None
    assert len(guard.files("used-")) == ROUNDS
