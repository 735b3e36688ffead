"""What reading profiles costs the start of a guard."""

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
ONLY_FOR_FAULTS = {"difflib", "shlex", "pwd", "grp"}
NEVER = {"platformdirs", "tempfile", "tomlkit", "pathlib", "json", "click", "anyio"}


def test_a_guard_loads_little_to_read_its_profile() -> None:
    """Promise: what only a fault needs is loaded by a fault. Seen in a clean interpreter."""
    found = subprocess.run(
        [sys.executable, "-S", "-c", "import localguard.config.active, sys; print(*sys.modules)"],
        env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not (ONLY_FOR_FAULTS | NEVER).intersection(found.stdout.split())
