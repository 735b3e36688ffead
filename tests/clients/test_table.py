"""The table of clients: where each has its files, on each system."""

from pathlib import Path

import pytest

from localguard.clients.entry import Ours, Program, Wrapped, read
from localguard.clients.found import find, find_one
from localguard.clients.our_entry import written
from localguard.clients.table import SYSTEMS, Client, Machine, client, table
from tests.clients.homes import CASES, FILES, home

PROGRAM = Program(("/opt/localguard",))


@pytest.mark.parametrize(("name", "system"), CASES)
def test_a_client_is_found_where_it_has_its_files(tmp_path: Path, name: str, system: str) -> None:
    """Issue 6: one table of our own, each row with a fixture home for each system."""
    at = home(tmp_path, name, system)
    found = find_one(at.machine, at.client)
    assert found.installed
    assert [Path(file.path) for file in found.files] == list(at.files)
    assert all(file.fault is None for file in found.files)
    assert {entry.name for entry in found.entries} >= {"pg"}
    others = [one.client.name for one in find(at.machine) if one.installed]
    assert others == [name]


@pytest.mark.parametrize(("name", "system"), CASES)
def test_where_nothing_is_nothing_is_found(tmp_path: Path, name: str, system: str) -> None:
    """A home without clients; the file that would be made is the first of the table's."""
    known = client(name)
    assert known is not None
    machine = Machine(str(tmp_path), {}, system)
    found = find_one(machine, known)
    assert not found.installed or (name, system) == ("claude-desktop", "darwin")
    paths = FILES.get((name, system)) or FILES[name, ""]
    assert [file.path for file in found.files] == [str(tmp_path / paths[0])]
    assert not found.entries


def test_every_row_says_where_it_is_from() -> None:
    """Sources are links, restart rules are sentences, no client's name stands twice."""
    assert len({one.name for one in table()}) == len(table()) == 10
    for one in table():
        assert one.source
        assert all(link.startswith("https://") for link in one.source)
        assert one.restart
        assert not one.restart.endswith(".")
        assert set(one.files) == set(SYSTEMS)
        assert all(one.files[system] for system in SYSTEMS)


def test_variables_move_the_files_of_those_clients_that_heed_them(tmp_path: Path) -> None:
    """CODEX_HOME, CLAUDE_CONFIG_DIR and XDG_CONFIG_HOME; a relative one counts for nothing."""
    chosen = {
        "CODEX_HOME": str(tmp_path / "codex"),
        "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"),
        "XDG_CONFIG_HOME": "relative",
    }
    machine = Machine("/home/ana", chosen, "linux")
    found = {one.name: one.user_files(machine)[0] for one in table()}
    assert found["codex"] == str(tmp_path / "codex/config.toml")
    assert found["claude-code"] == str(tmp_path / "claude/.claude.json")
    assert found["zed"] == "/home/ana/.config/zed/settings.json"


@pytest.mark.parametrize("known", table(), ids=lambda one: one.name)
def test_what_is_written_in_a_client_s_words_is_read_as_ours(known: Client) -> None:
    """The entry that we write is one that we know again."""
    value = written(known, PROGRAM, "pg")
    assert read(known, value, "/home/ana") == Ours("pg", ("/opt/localguard",))
    module = Program(("/usr/bin/python3", "-m", "localguard"), {"LOCALGUARD_HOME": "/x"})
    assert read(known, written(known, module, "pg"), "/home/ana") == Ours("pg", module.argv)


def test_a_built_in_tool_of_goose_is_no_server(tmp_path: Path) -> None:
    """It has nothing that could be started otherwise."""
    at = home(tmp_path, "goose")
    found = find_one(at.machine, at.client)
    assert [one.name for one in found.entries] == ["pg", "hub"]
    assert isinstance(found.entries[0].starts, Wrapped)
    assert found.entries[0].starts.passed == ("PGDSN",)
