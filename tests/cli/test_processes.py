"""The commands as a person runs them: each in a process of its own, in a terminal's environment."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from localguard.config.json_schema import profile_schema_text
from localguard.config.paths import Places, places
from tests.audit.makers import decided, journal
from tests.config.makers import put

SHIPPED = Path(__file__).resolve().parents[2] / "profiles"
Run = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = pytest.mark.skipif(
    os.path.lexists(places().managed), reason="this machine has managed policy of its own"
)


@pytest.fixture
def where(client_environment: Mapping[str, str], tmp_path: Path) -> Places:
    """The places of a person who has copied two shipped profiles."""
    found = places({**client_environment, "LOCALGUARD_HOME": str(tmp_path / "guard")})
    (tmp_path / "guard").mkdir(mode=0o700)
    for name in ("readonly", "balanced"):
        put(found, name, (SHIPPED / f"{name}.toml").read_bytes())
    return found


@pytest.fixture
def run(where: Places, client_environment: Mapping[str, str]) -> Run:
    """Runs `localguard` with arguments, and 80 columns."""
    environment = {
        **client_environment,
        "LOCALGUARD_HOME": os.path.dirname(where.profiles),
        "COLUMNS": "80",
    }

    def once(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "localguard", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return once


def test_a_newcomer_takes_a_shipped_profile_into_use(run: Run) -> None:
    """Validate, test, use, ask: no note, and every test passed."""
    checked = run("profile", "validate", "readonly")
    assert (checked.returncode, checked.stderr) == (0, "")
    tested = run("profile", "test", "readonly")
    assert tested.returncode == 0
    assert tested.stdout.splitlines()[-1].endswith("tests passed")
    assert run("profile", "use", "readonly").returncode == 0
    asked = run("can", "files/read_text_file", "path=~/work/../.ssh/id_rsa")
    assert asked.returncode == 3
    assert "near miss read-files (allow): when.args.path does not hold" in asked.stdout
    assert run("can", "files/read_text_file", "path=~/work/plan.md").returncode == 0


def test_two_profiles_are_compared(run: Run) -> None:
    """With nothing known of tools yet."""
    found = run("profile", "diff", "readonly", "balanced")
    assert found.returncode == 0
    assert found.stdout.startswith('readonly -> balanced\n\nsettings\n  - default = "deny"\n')
    assert "No tools are known yet" in found.stdout
    assert json.loads(run("profile", "diff", "readonly", "balanced", "--json").stdout)["tools"] == 0


def test_the_past_is_judged_by_another_profile(run: Run, where: Places) -> None:
    """What was called is judged anew, and so it is known as a tool."""
    path = f"{where.home}/notes/a"
    facts = {"at": "2026-11-24T21:20:00+00:00", "marks": ["read"], "paths": {path: path}}
    arguments = {"path": path}
    record = decided(
        server="files", item="read_text_file", facts=facts, arguments=arguments, complete=True,
        decision="deny",
    )  # fmt: skip
    journal(Path(where.audit)).write(record)
    found = run("profile", "test", "readonly", "--last", "10")
    assert found.returncode == 0
    assert found.stdout.startswith("readonly: the last 1 call judged anew, 1 otherwise\n")
    assert "Of 1 known tool, 1 would" in run("profile", "diff", "readonly", "balanced").stdout
    explained = run("why", "7f3a-1")
    assert explained.returncode == 0
    assert "  note      work has changed since" in explained.stdout


def test_all_tools_are_asked_about_when_none_is_known(run: Run) -> None:
    """The way to it is told."""
    found = run("can", "--all", "--profile", "readonly")
    assert found.returncode == 0
    assert "localguard server test NAME" in found.stdout
    assert (
        json.loads(run("can", "--all", "--profile", "readonly", "--json").stdout)["servers"] == []
    )


@pytest.mark.parametrize("arguments", [(), ("--all", "files/read")])
def test_can_wants_a_call_or_all_of_them(run: Run, arguments: tuple[str, ...]) -> None:
    """2, as for every command line that cannot be understood."""
    found = run("can", *arguments)
    assert found.returncode == 2
    assert "can needs either a call or --all" in found.stderr


def test_the_schema_is_printed_for_editors(run: Run) -> None:
    """It is what lies beside the shipped profiles."""
    found = run("profile", "schema")
    assert (found.returncode, found.stdout) == (0, profile_schema_text())


def test_a_broken_config_denies_with_the_fix(run: Run, tmp_path: Path) -> None:
    """Fail closed: how the log is to be kept is unknown."""
    run("profile", "use", "readonly")
    (tmp_path / "guard" / "config.toml").write_text("[audit]\nx = 1\n")
    found = run("can", "files/read_text_file", "path=~/work/plan.md")
    assert found.returncode == 7
    assert 'config.toml:2: unknown key "x"' in found.stdout
