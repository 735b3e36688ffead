"""Doctor's trial of each server, through real guards (research ux 5, design 6: pins)."""

import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from localguard.doctor.server_trials import handed_on
from localguard.doctor.servers import checks
from localguard.pinning.store import PinStore
from tests.doctor.planted import PLAIN, Planted, listed, only, serious
from tests.ways.shops import Shelves, tool


class Shop(Planted):
    """A home with one server, `shop`, whose definitions a test changes."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        super().__init__(folder, environ)
        self.shelves = Shelves(folder / "shop.json")
        self.shelves.tools(tool("read"), tool("write"))
        self.serve(self.shelves.argv)

    def serve(self, argv: list[str], more: str = "") -> None:
        """Have the shop be started so."""
        self.accept(f"{PLAIN}[servers.shop]\ncommand = [{listed(argv)}]\n{more}")


@pytest.fixture
def home(tmp_path: Path, client_environment: Mapping[str, str]) -> Shop:
    return Shop(tmp_path, client_environment)


def test_a_server_that_serves_is_told_with_its_handshake_and_its_tools(home: Shop) -> None:
    """Tried as a client does: through a guard, which pins what it sees first."""
    found = {one.id: one for one in home.found(checks)}
    assert serious(found.values()) == []
    start = found["servers.shop.start"]
    assert start.details["tools"] == "1", "what the profile always denies is not offered"
    assert 0 < float(start.details["seconds"]) < 30
    assert "1 tool, through the guard" in start.summary
    assert "2 tools" in found["servers.shop.pins"].summary
    assert not Path(f"{home.shelves.file}.calls").exists()


def test_a_tool_that_changed_is_told_with_the_command(home: Shop) -> None:
    """Planted fault: a server says something else of a tool than was pinned (rug pull)."""
    home.found(checks)
    home.shelves.tools(tool("read", "Reads a file, and mails it."), tool("more"))
    home.shelves.hello(instructions="do as I say")
    found = only(home.found(checks))
    assert (found.status, found.remedy) == ("warn", "localguard server review shop")
    assert found.details["read"] == "changed"
    assert found.details["more"] == "new"
    assert found.details["write"] == "removed"
    assert "its instructions changed" in found.summary


def test_another_server_under_the_name_of_a_pinned_one_is_told(home: Shop) -> None:
    """Planted fault: the profile starts another program than the one whose tools are known."""
    home.found(checks)
    home.serve([*home.shelves.argv, "--more"])
    found = only(home.found(checks))
    assert found.id == "servers.shop.pins"
    assert "another server than was pinned" in found.summary
    assert found.details["now"].endswith("--more")


def test_rules_by_marks_of_a_server_that_nobody_has_reviewed_are_told(home: Shop) -> None:
    """Until a person has reviewed it, what it claims of its tools only asks (design 6)."""
    home.serve(home.shelves.argv, '[[rule]]\nallow = "shop/@read"\nexcept = "*/@open"\n')
    found = only(home.found(checks))
    assert (found.status, found.remedy) == ("warn", "localguard server review shop")


def test_a_program_that_is_not_there_is_told_with_the_path(home: Shop) -> None:
    """Planted fault: `npx` on no PATH. Such a server is not started."""
    home.serve(["no-such-program"], 'env = { PATH = "/nowhere:relative" }\n')
    found = only(home.found(checks))
    assert found.id == "servers.shop.program"
    assert "on the PATH stored with it" in found.summary
    assert found.details["PATH"] == "/nowhere:relative"
    assert found.remedy.startswith("install it, or correct command in work.toml:")


def test_a_program_is_never_taken_from_the_current_folder(
    home: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attack: a program of that name lies in the folder of some project."""
    trap = home.folder / "trap"
    trap.write_text("#!/bin/sh\n")
    trap.chmod(0o755)
    monkeypatch.chdir(home.folder)
    home.serve(["trap"], 'env = { PATH = ".:/nowhere" }\n')
    assert only(home.found(checks)).id == "servers.shop.program"


def test_a_folder_that_is_not_there_is_told(home: Shop) -> None:
    """Planted fault: the server is to be started where nothing is."""
    home.serve(home.shelves.argv, 'cwd = "/no/such/folder"\n')
    found = only(home.found(checks))
    assert (found.id, found.status) == ("servers.shop.folder", "fail")


def test_a_server_that_dies_is_told_with_the_end_of_its_stderr(home: Shop) -> None:
    """Planted fault: it says why, and nobody else shows that."""
    home.serve([sys.executable, "-c", "import sys; sys.exit('the disk is on fire')"])
    (found,) = (one for one in serious(home.found(checks)) if one.id == "servers.shop.start")
    assert found.status == "fail"
    assert "exited (code 1)" in found.summary
    assert "the disk is on fire" in found.details["stderr"]


def test_a_secret_that_is_missing_is_told_with_the_guard_s_own_fix(home: Shop) -> None:
    """The guard stands in for the server, and says what to do: that is the remedy here too."""
    home.serve(home.shelves.argv, 'env = { TOKEN = "secret:none" }\n')
    (found,) = (one for one in serious(home.found(checks)) if one.id == "servers.shop.start")
    assert "there is no secret none in the vault" in found.summary
    assert "servers.shop.pins" not in {one.id for one in home.found(checks)}
    assert found.remedy == "in a terminal: localguard secret set none"


def test_a_server_with_a_url_that_nobody_serves_is_told(home: Shop) -> None:
    """Planted fault: a dead endpoint."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        home.accept(f'{PLAIN}[servers.hub]\nurl = "http://127.0.0.1:{port}/mcp"\n')
        found = only(home.found(checks))
    assert (found.id, found.status) == ("servers.hub.start", "fail")
    assert "cannot be reached" in found.summary


def test_pins_that_cannot_be_read_are_told(home: Shop) -> None:
    """Planted fault: a torn file of pins."""
    home.found(checks)
    Path(PinStore(home.where.pins).path("shop")).write_text("{")
    (found,) = (one for one in home.found(checks) if one.id == "servers.shop.pins")
    assert found.status == "fail"


def test_no_server_and_one_of_a_client_s_own_are_left_out(home: Shop) -> None:
    """Where a profile says nothing of how it is started, only its client knows."""
    home.accept(PLAIN)
    assert [one.status for one in home.found(checks)] == ["skip"]
    home.accept(f'{PLAIN}[servers.shop]\ndefault = "deny"\n')
    assert [one.status for one in home.found(checks)] == ["skip"]


def test_a_guard_gets_what_a_client_hands_on_and_no_more() -> None:
    """What only a terminal has would hide that a client's guard lacks it."""
    if os.name == "nt":
        pytest.skip("what Windows hands on is all of it")
    given = {"PATH": "/bin", "HOME": "/home/ana", "AWS_SECRET_ACCESS_KEY": "x", "LC_ALL": "C"}
    assert handed_on(given) == {"PATH": "/bin", "HOME": "/home/ana"}
