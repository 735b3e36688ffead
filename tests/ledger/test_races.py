"""Guards are processes: they race for one count, and they are killed in the middle of it."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ledger.makers import file_of, ledger, spend

PROJECT = Path(__file__).resolve().parents[2]
RACER = """
import sys
from pathlib import Path
from tests.ledger.makers import ledger, spend
book = ledger(Path(sys.argv[1]))
spend(book, "warm")
print("ready", flush=True)
sys.stdin.readline()
print(*[spend(book) for _ in range(int(sys.argv[2]))], flush=True)
"""
ENDLESS = """
import os, sys
from pathlib import Path
from tests.ledger.makers import ledger, spend
book = ledger(Path(sys.argv[1]))
number = 0
while True:
    assert spend(book) is not None
    number += 1
    os.write(1, b"%d\\n" % number)
"""
HOLDER = """
import sqlite3, sys
file = sqlite3.connect(sys.argv[2], isolation_level=None)
file.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.readline()
"""


def start(program: str, folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """A guard that does nothing but count."""
    unmeasured = {name: os.environ[name] for name in os.environ if "COVERAGE" not in name}
    return subprocess.Popen(
        [sys.executable, "-c", program, str(folder), *words],
        cwd=PROJECT,
        env=unmeasured,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


@pytest.mark.parametrize(("guards", "calls"), [(2, 1), (4, 50)])
def test_of_guards_that_race_each_unit_goes_to_exactly_one(
    tmp_path: Path, guards: int, calls: int
) -> None:
    """Promise: the last unit of a limit is given once. The sums they saw are all different."""
    racers = [start(RACER, tmp_path, str(calls)) for _ in range(guards)]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == b"ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write(b"go\n")
        racer.stdin.flush()
    sums = [float(word) for racer in racers for word in racer.communicate()[0].split()]
    assert sorted(sums) == list(range(1, guards * calls + 1))


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize("seed", range(8))
def test_a_guard_that_is_killed_leaves_its_calls_counted(tmp_path: Path, seed: int) -> None:
    """Promise: kill -9 at any moment breaks no file and frees no limit."""
    guard = start(ENDLESS, tmp_path)
    assert guard.stdout is not None
    for _ in range(random.Random(seed).randint(1, 200)):
        guard.stdout.readline()
    guard.send_signal(signal.SIGKILL)
    told = int((guard.communicate()[0].split() or [b"0"])[-1])
    book = ledger(tmp_path)
    found = spend(book, cost=0)
    assert found is not None
    assert found >= told
    assert book.trouble is None


def test_a_second_process_holding_the_file_counts_as_reached_and_passes(tmp_path: Path) -> None:
    """A guard that was stopped in its turn: others wait a moment, then refuse, then go on."""
    book = ledger(tmp_path)
    assert spend(book) == 1
    holder = start(HOLDER, tmp_path, str(file_of(tmp_path)))
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    assert spend(book) is None
    assert "another localguard process holds the counts" in (book.trouble or "")
    holder.communicate(b"\n")
    assert spend(book) == 2
    assert book.trouble is None
