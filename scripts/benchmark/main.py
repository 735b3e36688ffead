"""The command: which measurements, and where the figures go."""

import argparse
import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmark.figures import machine
from benchmark.scenarios import SCENARIOS
from benchmark.subjects import PYTHON, prepare
from benchmark.turns import Bench
from benchmark.wire import Broken


def main(arguments: Sequence[str]) -> int:
    """Measure and print; the exit code."""
    options = _options(arguments)
    wanted = options.only.split(",") if options.only else list(SCENARIOS)
    before = machine(_python())
    print("; ".join(f"{key}: {value}" for key, value in before.items()), flush=True)
    tables = []
    with tempfile.TemporaryDirectory(prefix="localguard-bench-") as folder:
        bench = Bench(*prepare(Path(folder)), quick=options.quick)
        try:
            for name in wanted:
                for table in SCENARIOS[name](bench):
                    print(table.text(), flush=True)
                    tables.append(table.data())
        except Broken as broken:
            print(f"scripts/bench: {broken}")
            return 1
    load = machine("")["load"]
    print(f"\nload at the end: {load}")
    if options.json is not None:
        found = {"before": before, "load_after": load, "quick": options.quick, "tables": tables}
        options.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("scripts/bench", description="What localguard costs.")
    parser.add_argument("--quick", action="store_true", help="under a minute, figures are rough")
    parser.add_argument("--only", metavar="NAMES", help=f"some of {','.join(SCENARIOS)}")
    parser.add_argument("--json", metavar="FILE", type=Path, help="the figures for a program")
    options = parser.parse_args(arguments)
    if unknown := set((options.only or "").split(",")) - {"", *SCENARIOS}:
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    return options


def _python() -> str:
    program = "import platform; print(platform.python_version(), platform.python_compiler())"
    found = subprocess.run([PYTHON, "-c", program], capture_output=True, text=True, check=True)
    return found.stdout.strip()
