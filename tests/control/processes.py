"""Real processes for the tests of the control endpoint."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


@contextmanager
def holder(run: Path, name: str, pid: int = 4711) -> Iterator[subprocess.Popen[str]]:
    """A guard in a process of its own, serving."""
    process = python("-m", "tests.control.holder", str(run), name, str(pid))
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def python(*words: str) -> subprocess.Popen[str]:
    """A Python that knows this project, with pipes."""
    unmeasured = {name: os.environ[name] for name in os.environ if "COVERAGE" not in name}
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=PROJECT,
        env=unmeasured,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def files(run: Path) -> list[str]:
    """What lies in a run folder."""
    return sorted(entry.name for entry in run.iterdir())
