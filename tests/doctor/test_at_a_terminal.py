"""A person types `localguard doctor`: all of it, with the real clients' files and a real vault."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.approving.terminal import Terminal

LOCALGUARD = Path(sys.executable).with_name("localguard")
SERVER = Path(__file__).parents[1] / "servers/env_teller.py"
CURSOR = {"mcpServers": {"pg": {"command": sys.executable, "args": [str(SERVER)]}}}


@pytest.fixture
def ana(tmp_path: Path) -> Path:
    """A home with Cursor and a profile."""
    file = tmp_path / ".cursor/mcp.json"
    file.parent.mkdir()
    file.write_text(json.dumps(CURSOR))
    profile = tmp_path / "lg/profiles/work.toml"
    profile.parent.mkdir(mode=0o700, parents=True)
    (tmp_path / "lg").chmod(0o700)
    profile.write_text('version = 1\n[[rule]]\nask = "*"\n')
    profile.chmod(0o600)
    (tmp_path / "lg/config.toml").write_text('[vault]\nstore = "memory"\n')
    (tmp_path / "lg/config.toml").chmod(0o600)
    return tmp_path


@pytest.fixture
def environment(ana: Path, client_environment: Mapping[str, str]) -> Mapping[str, str]:
    """Theirs."""
    path = f"{LOCALGUARD.parent}{os.pathsep}{client_environment['PATH']}"
    home = {"HOME": str(ana), "LOCALGUARD_HOME": str(ana / "lg"), "PATH": path}
    return {**client_environment, **home}


@pytest.fixture
def terminal(ana: Path, environment: Mapping[str, str]) -> Iterator[Terminal]:
    """A terminal of theirs."""
    with Terminal(ana, environment, size=(120, 90)) as found:
        yield found


@pytest.mark.slow
def test_a_person_mends_what_a_client_dropped(
    ana: Path, terminal: Terminal, environment: Mapping[str, str]
) -> None:
    """Issue 6, 4: looked at, shown, agreed to, mended, looked at again; then a script agrees."""
    file, program = ana / ".cursor/mcp.json", str(LOCALGUARD)
    terminal.type("localguard profile use work")
    terminal.until("work is now the active profile")
    terminal.type([program, "connect", "cursor", "--program", program, "--yes"])
    terminal.until("The way back: localguard disconnect CLIENT")
    connected = file.read_text()
    file.write_text("{}")
    terminal.type("clear; localguard doctor --fix")
    screen = terminal.until("Mend it so? [y/N]")
    assert "✗ Cursor has no entry pg any more" in screen
    assert "→ localguard connect cursor --server pg" in screen
    assert file.read_text() == "{}"
    terminal.type("y")
    screen = terminal.until("1 repair made. Looked at again:")
    assert json.loads(file.read_text()) == json.loads(connected)
    found = subprocess.run(
        [LOCALGUARD, "doctor", "--json"], env=environment, capture_output=True, check=False
    )
    told = json.loads(found.stdout)
    failed = {id_: one["summary"] for id_, one in told["checks"].items() if one["status"] == "fail"}
    assert failed == {}
    assert found.returncode == 0
    assert told["checks"]["clients.cursor.files"]["summary"] == "Cursor: 1 server behind localguard"
    records = [
        json.loads(line)
        for path in (ana / "lg/audit").glob("*/*.jsonl")
        for line in path.read_text().splitlines()
    ]
    assert "mended" in [one["what"] for one in records if one["kind"] == "choice"]


@pytest.mark.slow
def test_a_script_mends_nothing(ana: Path, environment: Mapping[str, str]) -> None:
    """Without a terminal nobody is asked, and nothing is looked away from."""
    run = ana / "lg/run"
    run.mkdir(mode=0o755)
    run.chmod(0o755)
    found = subprocess.run(
        [LOCALGUARD, "doctor", "--fix", "--yes"],
        env=environment,
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )
    assert found.returncode == 1
    assert "nothing is mended: " in found.stderr
    assert run.stat().st_mode & 0o777 == 0o755
