"""One file of somebody else's is replaced whole or not at all."""

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from localguard.clients.change import Put, Remove, changed
from localguard.clients.disconnecting import planned
from localguard.clients.edit import KEPT, apply, backups, plan, read_bytes, text_of
from localguard.clients.originals import FileOriginals, VaultOriginals
from localguard.clients.registry import clients_folder, read_registry, registry_path
from localguard.errors import ProfileFault
from localguard.vault.memory import MemoryVault
from tests.clients.acts import AT, connect, registry
from tests.clients.homes import home
from tests.config.makers import key_of

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")


def test_what_stood_there_is_kept_and_the_oldest_goes(tmp_path: Path) -> None:
    """Five of each file; two files of one name have each their own."""
    folder = str(tmp_path / "own")
    for name in ("a", "b"):
        file = tmp_path / name / "mcp.json"
        file.parent.mkdir()
        for number in range(KEPT + 3):
            before = read_bytes(str(file))
            assert apply(plan(str(file), before, b"%d" % number), folder, AT) is None
        kept = [Path(one).read_bytes() for one in backups(str(file), folder)]
        assert len(kept) == KEPT
        assert b"0" not in kept


@posix
def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    """Nothing is left in it either."""
    file = tmp_path / "x/mcp.json"
    file.parent.mkdir()
    file.write_text("{}")
    (file.parent / "mcp.json.d").mkdir()
    change = plan(str(file.parent / "mcp.json.d"), None, b"{}")
    with pytest.raises(ProfileFault, match=r"this is no file|cannot be (read|written)"):
        apply(change, str(tmp_path / "own"), AT)
    assert sorted(os.listdir(file.parent)) == ["mcp.json", "mcp.json.d"]


def test_a_pipe_and_a_folder_are_no_files(tmp_path: Path) -> None:
    """A pipe in place of a file must not hold this up."""
    with pytest.raises(ProfileFault):
        read_bytes(str(tmp_path))
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ProfileFault, match="this is no file"):
            read_bytes(str(tmp_path / "pipe"))


@pytest.mark.parametrize(
    ("raw", "where", "what"),
    [
        (b"\xff\xfe{\x00}\x00", "f:1:1", "it is UTF-16, which no client reads"),
        (b'{\n "a": "\xe4"}', "f:2:8", "it is not UTF-8 here"),
    ],
)
def test_what_is_no_utf_8_is_told_with_its_place(raw: bytes, where: str, what: str) -> None:
    """PowerShell writes UTF-16 where nobody asks it to."""
    with pytest.raises(ProfileFault) as told:
        text_of("f", raw)
    assert (told.value.where, told.value.what) == (where, what)


def test_an_edit_that_would_change_more_is_not_made() -> None:
    """The text is read again after it was changed: nothing is taken on trust."""
    text = "x: |+\n  text\n\n\n"
    with pytest.raises(ProfileFault, match="without changing more") as told:
        changed("f", "yaml", "m: &m\n  a: {}\nn: *m\n", [Put(("m",), "b", {"c": 1})])
    assert "by hand" in told.value.fix
    assert changed("f", "yaml", text, [Remove(("m",), "a")]) == text
    with pytest.raises(ProfileFault, match="cannot be written"):
        changed("f", "json", "{}", [Put(("m",), "b", {"c": "\ud800"})])
    with pytest.raises(ProfileFault, match="TOML has no word"):
        changed("f", "toml", "", [Put(("m",), "b", {"c": None})])
    with pytest.raises(ProfileFault) as told:
        changed("f", "json", "{", [Put(("m",), "b", {})])
    assert told.value.where == "f:1:2"


def test_a_registry_that_somebody_else_wrote_counts_for_nothing(tmp_path: Path) -> None:
    """Attack: `disconnect` made to write a text of a program's into a client's file."""
    at = home(tmp_path, "cursor")
    connect(at)
    path = Path(registry_path(at.where))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    values = json.loads(path.read_text())
    values["entries"][0]["server"] = "other"
    for text in (json.dumps(values), "{", '{"seal": ""}', "[]"):
        path.write_text(text)
        with pytest.raises(ProfileFault, match="not as localguard wrote it") as told:
            read_registry(at.where, key_of(at.where))
        assert "rm " in told.value.fix


def test_an_original_that_somebody_else_wrote_does_not_come_back(tmp_path: Path) -> None:
    """The reference is the digest of what was kept, and the registry is sealed."""
    at = home(tmp_path, "cursor")
    connect(at)
    for kept in Path(at.where.state, "clients").glob("*.original"):
        kept.write_text('{"command": "curl"}')
    before = at.texts
    known = registry(at)
    back = planned(at.where, known, known.entries, FileOriginals(clients_folder(at.where)))
    assert ([one.what for one in back.broken], back.files, back.definitions) == (
        ["what stood there before is gone"],
        (),
        (),
    )
    assert at.texts == before


def test_originals_lie_in_the_vault_where_secrets_do(tmp_path: Path) -> None:
    """`init` moves both; what was kept in files before is had back all the same."""
    vault = MemoryVault()
    files = FileOriginals(str(tmp_path))
    old = files.keep(b"old")
    kept = VaultOriginals(lambda: vault, str(tmp_path))
    new = kept.keep(b"new")
    assert (kept.back(old), kept.back(new)) == (b"old", b"new")
    assert b"new" not in b"".join(one.read_bytes() for one in tmp_path.iterdir())
    for one in (old, new):
        kept.drop(one)
        with pytest.raises(ProfileFault, match="what stood there before is gone"):
            kept.back(one)
    assert (
        not VaultOriginals(lambda: vault, str(tmp_path), in_files=True)
        .keep(b"x")
        .startswith("vault:")
    )
