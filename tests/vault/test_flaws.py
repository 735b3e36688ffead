"""What of a vault does not open, told without a change to it."""

from pathlib import Path

from localguard.vault.memory import MemoryVault
from tests.vault.makers import asides, entry, vault_in


def test_a_whole_vault_has_no_flaws_and_one_without_entries_needs_no_key(tmp_path: Path) -> None:
    """Whoever looks at a vault that was never used makes no key for it."""
    assert vault_in(tmp_path).flaws() == {}
    assert not Path(tmp_path, "keys").exists()
    vault_in(tmp_path).put("secret/a", b"a")
    assert vault_in(tmp_path).flaws() == {}
    assert MemoryVault().flaws() == {}


def test_each_entry_that_does_not_open_is_named_and_none_is_set_aside(tmp_path: Path) -> None:
    """A torn one, one of another name and one that was put back; `get` would set each aside."""
    vault = vault_in(tmp_path)
    for name in ("secret/a", "secret/b", "secret/c", "secret/d"):
        vault.put(name, b"old")
    put_back = entry(tmp_path, "secret/c").read_bytes()
    vault.put("secret/c", b"new")
    entry(tmp_path, "secret/a").write_bytes(b"LGV1")
    entry(tmp_path, "secret/b").write_bytes(entry(tmp_path, "secret/d").read_bytes())
    entry(tmp_path, "secret/c").write_bytes(put_back)
    flaws = vault_in(tmp_path).flaws()
    assert list(flaws) == ["secret/a", "secret/b", "secret/c"]
    assert "cut off" in flaws["secret/a"]
    assert "exchanged" in flaws["secret/b"]
    assert "someone put it back" in flaws["secret/c"]
    assert asides(tmp_path) == []


def test_a_list_of_versions_that_does_not_open_is_one_of_them(tmp_path: Path) -> None:
    """Without it an entry that was put back is not found out."""
    vault_in(tmp_path).put("secret/a", b"a")
    Path(tmp_path, "vault/entries/serials.sealed").write_bytes(b"x")
    assert list(vault_in(tmp_path).flaws()) == ["index/serials"]
