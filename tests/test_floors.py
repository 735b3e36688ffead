"""The shape of the house: what is pure loads nothing, and every file stays readable."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
MODULES = sorted((PROJECT / "localguard").rglob("*.py"))
EVENTFUL = {"anyio", "asyncio", "logging", "mcp", "pydantic", "socket"}
# Homebrew's folder is the same everywhere; ana and bob are the people of the tests.
MACHINE_PATH = re.compile(
    rb"(?<![\w.~])/(?:root|work|workspace|(?:home|Users)(?!/(?:linuxbrew|ana|bob)\b))/\w"
)


def name_of(path: Path) -> str:
    """The dotted name of a module of localguard, from its file."""
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_policy_loads_nothing_that_waits_or_reaches_out() -> None:
    """Promise: policy is pure. Seen in a clean interpreter, so indirect imports count."""
    names = [name_of(path) for path in MODULES if "policy" in path.parts]
    program = f"import sys, {', '.join(names)}; print(*sys.modules)"
    unmeasured = {name: os.environ[name] for name in os.environ if "COVERAGE" not in name}
    found = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env=unmeasured,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not EVENTFUL.intersection(found.stdout.split())


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_says_what_lives_there(path: Path) -> None:
    """Style: a reader learns from the first lines whether this is the right file."""
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_fits_in_one_reading(path: Path) -> None:
    """Style: 300 lines at most."""
    assert len(path.read_text("utf-8").splitlines()) <= 300


def test_no_file_names_a_folder_of_someones_machine() -> None:
    """Promise: the project builds anywhere, and tells nothing about where it was written."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    named = [PROJECT / name for name in listed.stdout.splitlines()]
    files = [path for path in named if path.is_file()]
    assert files
    assert not [path.name for path in files if MACHINE_PATH.search(path.read_bytes())]
