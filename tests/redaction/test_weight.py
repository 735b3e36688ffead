"""What redaction loads, and when."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
from localguard.redaction.redactor import Redactor
from localguard.redaction.registered import Secrets
kinds = frozenset(sys.argv[1:])
Redactor(kinds, Secrets()).text("+49 30 901820 ana@example.com 4111 1111 1111 1111 password=x")
print(*(name for name in sys.modules if "phonenumbers" in name or "redaction." in name))
"""


@pytest.mark.parametrize(
    ("kind", "loads", "not_loaded"),
    [
        ("email", "emails", {"phonenumbers", "formats", "named", "cards", "ibans", "phones"}),
        ("card", "cards", {"phonenumbers", "formats", "named", "emails", "ibans", "phones"}),
        ("iban", "ibans", {"phonenumbers", "formats", "named", "emails", "cards", "phones"}),
        ("secret", "formats", {"phonenumbers", "emails", "ibans", "cards", "phones"}),
        ("phone", "phones", {"formats", "named", "emails", "ibans", "cards"}),
    ],
)
def test_a_kind_loads_its_own_finder_and_no_other(
    kind: str, loads: str, not_loaded: set[str]
) -> None:
    """Promise: what no rule asks for costs nothing. Seen in a clean interpreter."""
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM, kind],
        env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = {name.removeprefix("localguard.redaction.") for name in found.stdout.split()}
    assert loads in names
    assert not not_loaded & names
