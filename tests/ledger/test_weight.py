"""What the ledger loads, and when."""

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
from localguard.ledger.ledger import Ledger
from localguard.ledger.clients import client_session
book = Ledger(sys.argv[1], client_session())
book.reserve([])
print(*sys.modules)
"""


def test_sqlite_is_loaded_when_something_is_counted_and_not_before(tmp_path: Path) -> None:
    """Promise: a profile without limits and `seen` pays nothing. Seen in a clean interpreter."""
    found = subprocess.run(
        [sys.executable, "-S", "-c", PROGRAM, str(tmp_path)],
        env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"sqlite3", "pathlib", "subprocess", "ctypes"}.intersection(found.stdout.split())
