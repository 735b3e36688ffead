"""A person types `connect` and `disconnect`, and a client starts what was written."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.approving.terminal import Terminal

PROJECT = Path(__file__).resolve().parent.parent.parent
SERVER = PROJECT / "tests/servers/sdk_modern.py"
LOCALGUARD = Path(sys.executable).with_name("localguard")
BEFORE = f"""\
{{
\t// my servers
\t"mcpServers": {{
\t\t"pg": {{"command": "{sys.executable}", "args": ["{SERVER}"], "env": {{"KEY": "hunter22"}}}},
\t}},
}}
"""
HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "cursor-vscode", "version": "1"},
}


@pytest.fixture
def ana(tmp_path: Path) -> Path:
    """A home with Cursor and a profile."""
    file = tmp_path / ".cursor/mcp.json"
    file.parent.mkdir()
    file.write_text(BEFORE)
    profile = tmp_path / "lg/profiles/work.toml"
    profile.parent.mkdir(mode=0o700, parents=True)
    (tmp_path / "lg").chmod(0o700)
    profile.write_text('version = 1\n[[rule]]\nallow = "*"\n')
    profile.chmod(0o600)
    return tmp_path


@pytest.fixture
def terminal(ana: Path, client_environment: Mapping[str, str]) -> Iterator[Terminal]:
    """A terminal of theirs."""
    environment = {**client_environment, "LOCALGUARD_HOME": str(ana / "lg")}
    with Terminal(ana, environment, size=(160, 60)) as found:
        yield found


def started(entry: Mapping[str, Any], environment: Mapping[str, str]) -> list[str]:
    """The tools that a client gets by what its entry says."""
    messages = (
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
    )
    with subprocess.Popen(
        [entry["command"], *entry["args"]],
        env={**environment, **entry.get("env", {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as guard:
        assert guard.stdin is not None
        assert guard.stdout is not None
        for message in messages:
            guard.stdin.write(json.dumps(message) + "\n")
        guard.stdin.flush()
        answers = (json.loads(line) for line in guard.stdout)
        found = next(one for one in answers if one.get("id") == 2)
        guard.stdin.close()
    return [tool["name"] for tool in found["result"]["tools"]]


@pytest.mark.slow
def test_a_person_connects_a_client_and_has_it_back(
    ana: Path, terminal: Terminal, client_environment: Mapping[str, str]
) -> None:
    """Issue 6: shown, asked, done; the client reaches its server; taken back to the byte."""
    file, program = ana / ".cursor/mcp.json", str(LOCALGUARD)
    terminal.type([program, "profile", "use", "work"])
    terminal.until("work is now the active profile")
    terminal.type([program, "connect", "cursor", "--program", program])
    screen = terminal.until("Change these 2 files? [y/N]")
    assert "hunter22" not in screen
    assert file.read_text() == BEFORE
    terminal.type("y")
    terminal.until("The way back: localguard disconnect CLIENT")
    entry = json.loads(file.read_text().replace("\t// my servers", "").replace("},\n", "}\n"))
    assert "add" in started(entry["mcpServers"]["pg"], client_environment)
    assert "// my servers" in file.read_text()
    records = [
        json.loads(line)
        for path in (ana / "lg/audit").glob("*/*.jsonl")
        for line in path.read_text().splitlines()
    ]
    assert "connected" in [one["what"] for one in records if one["kind"] == "choice"]
    assert "pg" in [one["server"] for one in records if one["kind"] == "start"]
    terminal.type("clear")
    terminal.type([program, "disconnect", "cursor", "--yes"])
    terminal.until("it starts the servers again by itself")
    assert file.read_text() == BEFORE
    assert not os.path.exists(ana / "lg/profiles/work.servers.toml")
