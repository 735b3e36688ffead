"""The benchmark runs. What it measures is for people: no test here knows a duration."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
def test_the_benchmark_compares_localguard_with_no_guard_at_all(tmp_path: Path) -> None:
    """Promise: anyone can measure what a guard costs, with nothing but Python."""
    unmeasured = {name: os.environ[name] for name in os.environ if "COVERAGE" not in name}
    figures = tmp_path / "figures.json"
    command = [sys.executable, "scripts/bench", "--quick", "--only", "latency", "--json"]
    ran = subprocess.run(
        [*command, str(figures)],
        check=False,
        cwd=PROJECT,
        env=unmeasured,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    tables = json.loads(figures.read_text("utf-8"))["tables"]
    assert tables
    for table in tables:
        subjects = [row[0] for row in table["rows"]]
        assert {"direct", "localguard"} <= set(subjects)
        assert all(row[1] > 0 for row in table["rows"])
