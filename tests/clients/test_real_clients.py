"""The real Claude Code, Codex and Gemini CLI read what was written, and reach the server by it.

None of them needs a sign-in for that. Each starts the guard from its own file; that the guard stood
between them is in the audit log.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from localguard.clients.connecting import make
from localguard.clients.entry import Program
from localguard.clients.found import find_one
from localguard.clients.originals import FileOriginals
from localguard.clients.planning import Wanted, planned
from localguard.clients.registry import clients_folder
from localguard.clients.table import Machine, client
from tests.clients.acts import AT, disconnect
from tests.clients.homes import Home
from tests.config.makers import choose_valid, key_of, places_in, put

PROJECT = Path(__file__).resolve().parent.parent.parent
PROGRAMS = PROJECT / ".tools/clients/node_modules/.bin"
SERVER = PROJECT / "tests/servers/sdk_modern.py"
PATIENCE = 120.0
pytestmark = pytest.mark.real


@pytest.fixture
def folder() -> Iterator[Path]:
    """A home of its own; Codex takes none that is below the folder for temporary files."""
    path = PROJECT / ".tools" / f"client-home-{os.getpid()}"
    path.mkdir(parents=True)
    yield path
    shutil.rmtree(path)


def installed(name: str) -> str:
    """The program of a client."""
    path = PROGRAMS / name
    if not path.exists():
        pytest.skip(f"{name} is not installed; scripts/test installs it")
    return str(path)


def registered(folder: Path, name: str, file: str, text: str) -> Home:
    """A home in which a client has one real server, and is registered with."""
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    state = folder / "localguard"
    state.mkdir(mode=0o700)
    where = places_in(state)._replace(home=str(folder))
    put(where, "work", 'version = 1\n[[rule]]\nallow = "*"\n')
    choose_valid(where, "work")
    known = client(name)
    assert known is not None
    at = Home(Machine(str(folder), {}, sys.platform), known, (path,), where)
    program = Program((sys.executable, "-m", "localguard"), {"LOCALGUARD_HOME": str(state)})
    wanted = Wanted("work", program, os.environ["PATH"])
    connection = planned(where, wanted, find_one(at.machine, known).files)
    originals = FileOriginals(clients_folder(where))
    assert make(where, connection, key_of(where), originals, AT) == ()
    return at


def environment(folder: Path) -> dict[str, str]:
    """What a terminal has; the home is the test's."""
    node = PROJECT / ".tools/npm/node_modules/.bin"
    path = os.pathsep.join((str(node), os.environ["PATH"]))
    return {"HOME": str(folder), "PATH": path, "TERM": "xterm", "USER": "ana"}


def said(folder: Path, *words: str) -> str:
    """What a client's program prints; Gemini CLI prints to stderr where nobody looks at stdout."""
    done = subprocess.run(
        words,
        env=environment(folder),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        stdin=subprocess.DEVNULL,
        check=True,
    )
    return done.stdout + done.stderr


def guarded(at: Home) -> int:
    """How many guards have recorded that they listed the server for a client."""
    records = [
        json.loads(line)
        for path in Path(at.where.audit).glob("*/*.jsonl")
        for line in path.read_text().splitlines()
    ]
    return len([one for one in records if one["kind"] == "start" and one["server"] == "pg"])


def server() -> dict[str, object]:
    return {"command": sys.executable, "args": [str(SERVER)]}


def as_before(at: Home, key: str) -> None:
    """The client may have written its file since: its server is what it was all the same."""
    disconnect(at)
    assert json.loads(at.files[0].read_text())[key]["pg"] == server()


def test_claude_code_lists_the_server_and_reaches_it(folder: Path) -> None:
    """`claude mcp list` starts each server and says whether it answers."""
    claude = installed("claude")
    text = json.dumps({"mcpServers": {"pg": server()}}, indent=2)
    at = registered(folder, "claude-code", ".claude.json", text)
    listed = said(folder, claude, "mcp", "list")
    assert f"pg: {sys.executable} -m localguard run pg" in listed
    assert "Connected" in listed
    told = said(folder, claude, "mcp", "get", "pg")
    assert f"LOCALGUARD_HOME={at.where.state.removesuffix('/state')}" in told
    assert guarded(at) >= 2
    as_before(at, "mcpServers")


def test_gemini_cli_lists_the_server_and_reaches_it(folder: Path) -> None:
    """In a folder that its person trusts; else it starts no server at all."""
    gemini = installed("gemini")
    text = json.dumps({"mcpServers": {"pg": server()}}, indent=2)
    at = registered(folder, "gemini", ".gemini/settings.json", text)
    trusted = {str(folder): "TRUST_FOLDER"}
    (folder / ".gemini/trustedFolders.json").write_text(json.dumps(trusted))
    wanted = f"pg: {sys.executable} -m localguard run pg (stdio) - Connected"
    # It gives a server five seconds, which is not always enough here.
    assert any(wanted in said(folder, gemini, "mcp", "list") for _ in range(5))
    assert guarded(at) >= 1
    as_before(at, "mcpServers")


def test_codex_reads_the_server_back_and_reaches_it(folder: Path) -> None:
    """`codex mcp` only reads; its app server starts each server and tells what it has."""
    codex = installed("codex")
    text = f"# mine\n[mcp_servers.pg]\ncommand = '{sys.executable}'\nargs = ['{SERVER}']\n"
    at = registered(folder, "codex", ".codex/config.toml", text)
    told = _first(said(folder, codex, "mcp", "get", "pg", "--json"))
    assert told["transport"]["command"] == sys.executable
    assert told["transport"]["args"] == ["-m", "localguard", "run", "pg"]
    assert told["tool_timeout_sec"] == 900
    (status,) = asked(folder, codex, "mcpServerStatus/list", {})["data"]
    assert (status["name"], status["serverInfo"]["name"]) == ("pg", "sdk-modern")
    assert "add" in status["tools"]
    assert guarded(at) >= 1
    disconnect(at)
    assert at.files[0].read_text() == text


def _first(text: str) -> Any:
    """The JSON that a text begins with; warnings may follow."""
    return json.JSONDecoder().raw_decode(text)[0]


def asked(folder: Path, codex: str, method: str, params: Mapping[str, object]) -> Any:
    """What Codex's app server answers to one request."""
    hello = {"clientInfo": {"name": "test", "title": "test", "version": "1"}}
    with subprocess.Popen(
        [codex, "app-server"],
        env=environment(folder),
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for message in (
            {"id": 1, "method": "initialize", "params": hello},
            {"method": "initialized"},
            {"id": 2, "method": method, "params": params},
        ):
            process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        try:
            for line in process.stdout:
                answer = json.loads(line)
                if answer.get("id") == 2:
                    return answer["result"]
        finally:
            process.stdin.close()
            process.terminate()
    raise AssertionError("Codex has ended without an answer")
