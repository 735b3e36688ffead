"""Killing a guard loses nothing that it had acted on."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from localguard.audit.chain import check
from localguard.audit.folders import segments
from tests.audit.makers import lines_of, records_of

PROJECT = Path(__file__).resolve().parents[2]
ROUNDS = 20
WRITER = """
import os, sys
from pathlib import Path
from tests.audit.makers import STARTED, decided, journal

log = journal(Path(sys.argv[1]))
log.write(STARTED)
number = 0
while True:
    log.write(decided(f"7f3a-{number}"))
    os.write(1, b"%d\\n" % number)
    number += 1
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_what_was_acknowledged_is_in_the_file_after_a_kill(tmp_path: Path, seed: int) -> None:
    """Promise: kill -9 at any moment; design section 10: in the kernel before anything leaves."""
    unmeasured = {name: os.environ[name] for name in os.environ if "COVERAGE" not in name}
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)],
        cwd=PROJECT,
        env=unmeasured,
        stdout=subprocess.PIPE,
    )
    assert writer.stdout is not None
    last = b""
    for _ in range(random.Random(seed).randint(1, 400)):
        last = writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    rest = writer.stdout.read().splitlines()
    writer.stdout.close()
    writer.wait(timeout=30)
    acknowledged = int(rest[-1] if rest else last)
    (path,) = segments(str(tmp_path))
    assert {flaw.kind for flaw in check(lines_of(path))} <= {"torn"}
    whole = [line for line in lines_of(path) if line.endswith(b"\n")]
    assert len(whole) >= acknowledged + 2
    if len(whole) == len(lines_of(path)):
        calls = [record.get("call") for record in records_of(path)]
        assert calls[1 : acknowledged + 2] == [f"7f3a-{n}" for n in range(acknowledged + 1)]
