"""A newcomer types `localguard init` in a terminal, with published servers in two clients."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.approving.terminal import Terminal
from tests.cli.init_home import LOCALGUARD
from tests.providers.secret_service import SecretService

pytestmark = [pytest.mark.slow, pytest.mark.real]
TOKEN = "ghp_0123456789abcdefghijklmnopqrstuvwx12"
PATIENCE = 30.0


@pytest.fixture
def home(
    tmp_path: Path,
    pypi_server: Callable[[str], list[str]],
    npm_server: Callable[[str], list[str]],
) -> Path:
    """Cursor with two servers, Codex with one, and a token in plain text."""
    folder = tmp_path / "home"
    (folder / "work").mkdir(parents=True)
    git, files = pypi_server("git"), npm_server("filesystem")
    servers = {
        "git": {"command": git[0], "args": git[1:], "env": {"GITHUB_TOKEN": TOKEN}},
        "files": {"command": files[0], "args": [*files[1:], str(folder / "work")]},
    }
    _put(folder / ".cursor/mcp.json", json.dumps({"mcpServers": servers}, indent=2))
    clock = pypi_server("time")
    _put(folder / ".codex/config.toml", f"# mine\n[mcp_servers.time]\ncommand = '{clock[0]}'\n")
    return folder


@pytest.fixture
def terminal(
    home: Path, client_environment: Mapping[str, str], secret_service: SecretService
) -> Iterator[Terminal]:
    """A terminal on a desktop with a keyring."""
    bus = {"DBUS_SESSION_BUS_ADDRESS": secret_service.address}
    environment = {**client_environment, **bus, "HOME": str(home)}
    with Terminal(home, environment, size=(140, 60)) as found:
        yield found


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text)


def clients(home: Path) -> list[bytes]:
    """What stands in the clients' files."""
    return [(home / one).read_bytes() for one in (".cursor/mcp.json", ".codex/config.toml")]


def holding(home: Path, text: str) -> list[str]:
    """The files below the home in which a text stands."""
    found = [path for path in home.rglob("*") if path.is_file()]
    return [str(path) for path in found if text.encode() in path.read_bytes()]


def type_init(terminal: Terminal, *options: str) -> None:
    """The program lies in the environment of a project here, so it is named."""
    terminal.type([str(LOCALGUARD), "init", "--program", str(LOCALGUARD), *options])


def test_from_nothing_to_guarded_and_back(home: Path, terminal: Terminal) -> None:
    """Issue 6, section 5: one command, two keystrokes and an enter; then all of it undone."""
    before = clients(home)
    type_init(terminal)
    screen = terminal.until("Which policy?", "Number or name [balanced]:")
    assert "Cursor  ~/.cursor/mcp.json    2 servers: git, files" in screen
    assert clients(home) == before
    terminal.press("Enter")
    screen = terminal.until("Write 4 files and move 1 secret to the vault? [y/N]")
    assert "git: variable GITHUB_TOKEN becomes secret:git-github-token" in screen
    assert clients(home) == before
    terminal.type("y")
    terminal.until("files  reads", "git  reads", "Let these marks count?", "[y/N/l]")
    terminal.type("y")
    screen = terminal.until("localguard learn")
    assert "localguard server review" not in screen
    for shown in ("files is confirmed: 14 tools", "git is confirmed: 12 tools"):
        assert shown in screen
    for shown in ("git: 12 tools pinned", "files: 14 tools pinned", "time: 2 tools pinned"):
        assert shown in screen
    assert "git/localguard_self_test was denied: this call is made to be denied" in screen
    assert TOKEN not in screen
    assert holding(home, TOKEN) == []
    terminal.type("clear")
    type_init(terminal)
    terminal.until("Nothing is to be done: 3 servers of your clients")
    terminal.type("clear")
    terminal.type([str(LOCALGUARD), "disconnect", "--all", "--yes"])
    terminal.until("Codex: begin a new session.")
    assert clients(home) == before


def test_a_no_to_marks_leaves_them_to_a_review(terminal: Terminal) -> None:
    """Promise: the texts are one key away, and nothing counts that nobody said yes to."""
    type_init(terminal, "--client", "codex", "--template", "balanced")
    terminal.until("Write 3 files? [y/N]")
    terminal.type("y")
    terminal.until("time  reads  get_current_time, convert_time (2)", "[y/N/l]")
    terminal.type("l")
    terminal.until("tool convert_time", "inputSchema.title", "Let these marks count? [y/N/l]")
    terminal.type("n")
    terminal.until("localguard server review time")
    terminal.type("clear")
    terminal.type([str(LOCALGUARD), "server", "review", "time"])
    terminal.until("time  reads  get_current_time, convert_time (2)", "[y/N/l]")
    terminal.type("y")
    terminal.until("time is confirmed: 2 tools")
    terminal.type("clear")
    terminal.type([str(LOCALGUARD), "server", "review", "--all"])
    terminal.until("time: nothing to review, it is as it was confirmed")


@pytest.mark.parametrize("point", ["init.json", "active.toml", "clients.json"])
def test_killed_at_any_point_the_next_one_finishes(
    home: Path, terminal: Terminal, point: str
) -> None:
    """Promise: `kill -9` leaves nothing that the same command does not finish."""
    before = clients(home)
    type_init(terminal, "--yes")
    until = time.monotonic() + PATIENCE
    while not any(home.rglob(point)):
        assert time.monotonic() < until, f"{point} was never written"
        time.sleep(0)
    terminal.kill()
    type_init(terminal, "--yes")
    terminal.until("localguard learn", "time: 2 tools pinned")
    assert holding(home, TOKEN) == []
    assert not any(home.rglob("init.json"))
    terminal.type("clear")
    type_init(terminal, "--yes")
    terminal.until("Nothing is to be done")
    terminal.type("clear")
    terminal.type([str(LOCALGUARD), "disconnect", "--all", "--yes"])
    terminal.until("Codex: begin a new session.")
    assert clients(home) == before


def test_a_script_of_the_models_is_refused_once_somebody_has_chosen(
    home: Path, terminal: Terminal
) -> None:
    """The same rule as for connect: what is not typed by a person changes nothing."""
    type_init(terminal, "--client", "codex", "--yes")
    terminal.until("localguard learn")
    before = clients(home)
    terminal.type("clear")
    program = str(LOCALGUARD)
    command = f"{program} init --program {program} --yes"
    terminal.type(f"{command} < /dev/null > ~/out.txt 2> ~/err.txt; cat ~/err.txt")
    terminal.until("nothing is changed", "open a terminal of your own")
    assert clients(home) == before
