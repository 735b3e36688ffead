"""`localguard clients`: what each client starts, and what is not as it was left."""

import io
import json
from pathlib import Path

from localguard.cli.clients import clients
from localguard.cli.exits import Exit
from localguard.clients.table import Machine
from tests.clients.acts import connect, registry
from tests.clients.homes import Home, home


def told(at: Home, *, as_json: bool = False) -> tuple[Exit, str]:
    out = io.StringIO()
    code = clients(at.machine, registry(at), as_json=as_json, out=out)
    return code, out.getvalue()


def test_each_client_is_listed_with_what_it_starts(tmp_path: Path) -> None:
    """No argument and no variable is shown: they may be secrets."""
    at = home(tmp_path, "claude-code")
    code, out = told(at)
    assert code is Exit.OK
    assert out.splitlines() == [
        "claude-code  Claude Code",
        f"  {at.files[0]}",
        "    pg  direct  uvx and 1 more words",
        "    hub  direct  https://hub.example.com/mcp",
        "    old  left alone  it is reached by sse, and localguard speaks Streamable HTTP",
        "    pg  direct  uvx and 1 more words  (/home/ana/shop)",
        "not here: claude-desktop, vscode, cursor, codex, gemini, zed, windsurf, lm-studio, goose",
        "Register with: localguard connect CLIENT, or localguard connect --all",
    ]


def test_what_is_not_as_it_was_left_is_told_with_the_repair(tmp_path: Path) -> None:
    """Exit code 1, for scripts."""
    at = home(tmp_path, "cursor")
    connect(at)
    at.files[0].write_text('{"mcpServers": {"pg": {"command": "uvx"}}}')
    code, out = told(at)
    assert code is Exit.FAILURE
    assert (
        "! Cursor starts pg itself again, around the guard. "
        "Fix: localguard connect cursor --server pg." in out.splitlines()
    )


def test_json_has_all_of_it(tmp_path: Path) -> None:
    """With a schema_version; a broken file has its fault."""
    at = home(tmp_path, "zed")
    at.files[0].write_text("{]")
    code, out = told(at, as_json=True)
    found = json.loads(out)
    assert code is Exit.OK
    (zed,) = [one for one in found["clients"] if one["installed"]]
    assert (zed["name"], zed["files"][0]["servers"]) == ("zed", [])
    assert zed["files"][0]["fault"].startswith(f"{at.files[0]}:1:2: ")
    assert found["schema_version"]


def test_a_machine_without_clients(tmp_path: Path) -> None:
    """It says so."""
    at = home(tmp_path / "x", "zed")
    out = io.StringIO()
    clients(Machine(str(tmp_path), {}, "linux"), registry(at), as_json=False, out=out)
    assert out.getvalue() == "No client that localguard knows is on this machine.\n"
