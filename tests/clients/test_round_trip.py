"""From a client's own servers to guards and back, for every client on every system."""

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from localguard.clients.connecting import make
from localguard.clients.disconnecting import make as give_back
from localguard.clients.disconnecting import planned as way_back
from localguard.clients.edit import backups
from localguard.clients.editors import editor
from localguard.clients.entry import Ours, Wrapped
from localguard.clients.found import find_one
from localguard.clients.originals import FileOriginals, VaultOriginals
from localguard.clients.planning import Wanted, planned
from localguard.clients.registry import clients_folder
from localguard.config.build import read_profile
from localguard.config.choice import read_choice
from localguard.config.links import guarded
from localguard.vault.memory import MemoryVault
from tests.clients.acts import (
    AT,
    GUARD,
    SEARCH,
    carry_out,
    connect,
    disconnect,
    plan_connect,
    registry,
)
from tests.clients.homes import CASES, TEXTS, home
from tests.config.makers import key_of


@pytest.mark.parametrize(("name", "system"), CASES)
def test_what_is_connected_is_given_back_to_the_byte(
    tmp_path: Path, name: str, system: str
) -> None:
    """Issue 6: every client, every system. Nothing of it is left, not even in the profile."""
    at = home(tmp_path, name, system)
    before = at.texts
    accepted = read_choice(at.where, key_of(at.where)).accepted
    connection = connect(at)
    assert at.texts != before
    found = find_one(at.machine, at.client)
    for entry in found.entries:
        left = [(one.file.path, one.entry.key, one.entry.name) for one in connection.left]
        assert isinstance(entry.starts, Ours) or any(entry.name == one[2] for one in left)
    profile = read_profile(at.where, "work")
    assert profile.servers["pg"].command is not None
    assert profile.servers["pg"].command[0] == "uvx"
    assert profile.servers["pg"].env["PATH"] == SEARCH
    assert read_choice(at.where, key_of(at.where)).accepted["work"] == profile.digest
    assert all(disconnect(at))
    assert at.texts == before
    assert registry(at).entries == ()
    assert read_choice(at.where, key_of(at.where)).accepted == accepted
    assert not os.path.exists(at.where.servers_file("work"))
    originals = [one for one in os.listdir(clients_folder(at.where)) if one.endswith(".original")]
    assert originals == []


@pytest.mark.parametrize(("name", "system"), CASES)
def test_what_others_changed_since_stays_and_ours_goes_back(
    tmp_path: Path, name: str, system: str
) -> None:
    """A client that writes its file anew, or a person who adds a server meanwhile."""
    at = home(tmp_path, name, system)
    before = [file.read_text("utf-8") for file in at.files]
    connect(at)
    for file in at.files:
        more = b"# later\n" if at.client.format in ("toml", "yaml") else b"\n\n"
        file.write_bytes(file.read_bytes() + more)
    assert not any(disconnect(at))
    found = find_one(at.machine, at.client)
    assert not any(isinstance(one.starts, Ours) for one in found.entries)
    of = editor(at.client.format)
    for file, text in zip(at.files, before, strict=True):
        assert of.read(file.read_bytes().decode()) == of.read(text)


def test_the_same_server_of_two_clients_is_one_and_another_is_another(tmp_path: Path) -> None:
    """Claude Code has a `pg` for all, and another one in a project of its own."""
    at = home(tmp_path, "claude-code")
    connect(at)
    profile = read_profile(at.where, "work")
    assert sorted(profile.servers) == ["hub", "pg", "pg-claude-code"]
    assert profile.servers["pg-claude-code"].command == ("uvx", "other-mcp")
    assert profile.servers["hub"].headers == {"Authorization": "Bearer token-of-ana-0000"}
    rows = {(one.key, one.name): one.server for one in registry(at).entries}
    assert rows == {
        (("mcpServers",), "pg"): "pg",
        (("mcpServers",), "hub"): "hub",
        (("projects", "/home/ana/shop", "mcpServers"), "pg"): "pg-claude-code",
    }
    again = plan_connect(at)
    assert not again.plans


def test_names_with_blanks_stay_in_the_client_and_become_plain_in_the_profile(
    tmp_path: Path,
) -> None:
    """Chats and allow-lists of the client know the entry by its name."""
    at = home(tmp_path, "claude-desktop")
    connect(at)
    row = next(one for one in registry(at).entries if one.name == "My Files")
    assert row.server == "My-Files"
    table = read_profile(at.where, "work").servers["My-Files"]
    assert table.command == ("npx", "-y", "fs", "/home/ana/My Work")


def test_one_of_two_is_given_back_alone(tmp_path: Path) -> None:
    """`disconnect --server`: the other one goes on being guarded."""
    at = home(tmp_path, "claude-desktop")
    before = at.texts
    connect(at)
    assert disconnect(at, "pg") == [False]
    assert [one.name for one in registry(at).entries] == ["My Files"]
    assert sorted(read_profile(at.where, "work").servers) == ["My-Files"]
    disconnect(at)
    assert at.texts == before


def test_a_file_that_was_made_goes_again(tmp_path: Path) -> None:
    """`connect --add` in a client that has none yet."""
    at = home(tmp_path, "cursor", profile='version = 1\n[servers.own]\ncommand = ["x"]\n')
    at.files[0].unlink()
    connect(at, add=True)
    found = find_one(at.machine, at.client)
    assert [(one.name, one.starts) for one in found.entries] == [("own", Ours("own", GUARD.argv))]
    assert stat.S_IMODE(at.files[0].stat().st_mode) == 0o600
    assert disconnect(at) == [True]
    assert at.texts == [None]
    assert list(read_profile(at.where, "work").servers) == ["own"]


def test_a_stale_preview_writes_nothing(tmp_path: Path) -> None:
    """Promise: what is written is what was shown."""
    at = home(tmp_path, "gemini")
    connection = plan_connect(at)
    at.files[0].write_text("{}")
    (stale,) = carry_out(at, connection)
    assert stale.path == str(at.files[0])
    assert "nothing was written" in stale.explain()
    assert at.texts == [b"{}"]
    assert registry(at).entries == ()


def test_a_link_is_followed_and_a_mode_is_kept(tmp_path: Path) -> None:
    """Dotfiles lie elsewhere; a file that only its owner reads stays so."""
    at = home(tmp_path, "codex")
    real = tmp_path / "dotfiles.toml"
    at.files[0].rename(real)
    at.files[0].symlink_to(real)
    real.chmod(0o640)
    connect(at)
    assert at.files[0].is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert b"/opt/localguard" in real.read_bytes()
    assert disconnect(at) == [True]
    assert real.read_text() == TEXTS["codex"]


def test_a_broken_file_is_told_of_and_left_alone(tmp_path: Path) -> None:
    """With its line and column; the other files of the client are done."""
    at = home(tmp_path, "vscode")
    at.files[0].write_text('{\n  "servers": {,}\n}')
    connection = connect(at)
    (broken,) = connection.broken
    assert broken.fault is not None
    assert broken.fault.where == f"{at.files[0]}:2:15"
    assert at.files[0].read_text() == '{\n  "servers": {,}\n}'
    assert len({one.path for one in registry(at).entries}) == 2


def test_five_backups_are_kept_where_no_server_reads(tmp_path: Path) -> None:
    """What stood there before may hold secrets: 0600, in a folder that is guarded."""
    at = home(tmp_path, "cursor")
    for _ in range(4):
        connect(at)
        disconnect(at)
    kept = backups(str(at.files[0]), clients_folder(at.where))
    assert 1 <= len(kept) <= 5
    assert all(stat.S_IMODE(os.stat(one).st_mode) == 0o600 for one in kept)
    assert all(one.startswith(at.where.own_folders[0]) for one in kept)


def test_a_registered_file_is_guarded_from_arguments(tmp_path: Path) -> None:
    """Design 6, line 8: a wrapped server does not write what the client starts."""
    at = home(tmp_path, "cursor")
    path = os.path.realpath(at.files[0])
    assert path not in guarded(at.where)
    connect(at)
    assert path in guarded(at.where)
    Path(at.where.state, "clients.json").write_text("{")
    assert path not in guarded(at.where)


def test_the_diff_shows_no_value_of_a_variable_or_header(tmp_path: Path) -> None:
    """Promise: no secret in a message."""
    for name in ("claude-desktop", "claude-code", "codex"):
        at = home(tmp_path / name, name)
        connection = plan_connect(at)
        shown = "\n".join(line for one in connection.plans for line in one.diff(connection.hidden))
        assert "hunter22" not in shown
        assert "token-of-ana" not in shown
        assert "***" in shown
        assert "hunter22" not in repr(connection)


def test_secrets_move_by_the_hook_of_init(tmp_path: Path) -> None:
    """What `init` gives: the profile says `secret:`, and the next client has the same server."""
    at = home(tmp_path, "claude-desktop")

    def moving(server: str, taken: Wrapped) -> Wrapped:
        moved = {name: f"secret:{server}-{name}" for name in taken.env if name == "PGDSN"}
        return replace(taken, env={**taken.env, **moved})

    wanted = Wanted("work", GUARD, SEARCH, moving=moving)
    before, vault, folder = at.texts, MemoryVault(), clients_folder(at.where)
    connection = planned(at.where, wanted, find_one(at.machine, at.client).files)
    originals, key = VaultOriginals(lambda: vault, folder), key_of(at.where)
    assert make(at.where, connection, key, originals, AT, backup=False) == ()
    assert read_profile(at.where, "work").servers["pg"].env["PGDSN"] == "secret:pg-PGDSN"
    # Nowhere in plain text, and had back all the same.
    files = (one for one in tmp_path.rglob("*") if one.is_file())
    assert not [one for one in files if b"hunter22" in one.read_bytes()]
    known = registry(at)
    back = way_back(at.where, known, known.entries, originals)
    assert give_back(at.where, back, key, originals, AT) == ()
    assert at.texts == before


def test_an_entry_of_ours_is_renewed_and_its_original_kept(tmp_path: Path) -> None:
    """A localguard that was installed elsewhere; a placeholder of the client's stays with it."""
    at = home(tmp_path, "vscode")
    before = at.texts
    connect(at)
    for file in at.files:
        file.write_bytes(file.read_bytes().replace(b"/opt/localguard/bin", b"/old/bin"))
    connect(at)
    text = at.files[0].read_text()
    assert "/old/bin" not in text
    assert '"PGDSN": "${input:dsn}"' in text
    disconnect(at)
    assert at.texts == before


def test_nothing_is_kept_that_no_way_back_needs(tmp_path: Path) -> None:
    """What stood in a client's file may hold secrets: it is kept as long as it is of use."""
    at = home(tmp_path, "claude-desktop")

    def kept() -> set[str]:
        names = os.listdir(clients_folder(at.where))
        return {one.removesuffix(".original") for one in names if one.endswith(".original")}

    connection = plan_connect(at)
    text = at.files[0].read_bytes()
    at.files[0].write_bytes(b"{}")
    carry_out(at, connection)
    assert kept() == set()
    at.files[0].write_bytes(text)
    connect(at)
    assert kept() == registry(at).references
    at.files[0].write_bytes(text.replace(b"uvx", b"uv"))
    connect(at)
    assert kept() == registry(at).references


def test_a_guard_that_somebody_wrote_by_hand_comes_back(tmp_path: Path) -> None:
    """It is renewed like one of ours, and is an original like any other."""
    at = home(tmp_path, "cursor", profile="version = 1\n[servers.pg]\ncommand = ['x']\n")
    text = b'{"mcpServers": {"pg": {"command": "localguard", "args": ["run", "pg"]}}}'
    at.files[0].write_bytes(text)
    connect(at)
    at.files[0].write_bytes(at.files[0].read_bytes() + b" ")
    disconnect(at)
    assert at.files[0].read_bytes() == text + b" "


def test_what_stands_beside_a_change_is_hidden_too(tmp_path: Path) -> None:
    """Attack: a model has one server connected, and reads the token of its neighbour in what is
    shown of that."""
    at = home(tmp_path, "claude-desktop")
    secret = "postgres://ana:hunter22@db/shop"
    assert secret in at.files[0].read_text()
    assert secret in plan_connect(at, "My Files").hidden
    connect(at, "My Files")
    originals = FileOriginals(clients_folder(at.where))
    back = way_back(at.where, registry(at), registry(at).entries, originals)
    assert secret in back.hidden
