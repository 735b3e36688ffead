"""A key that is looked for until it is there."""

from pathlib import Path

from localguard.vault.held import HeldKey
from localguard.vault.keys import Keys


def test_a_key_is_had_as_soon_as_it_can_be_had(tmp_path: Path) -> None:
    """Promise: recovery without a restart, and until then the fix in every message."""
    folder = tmp_path / "vault"
    folder.write_text("in the way")
    held = HeldKey(Keys(str(folder)), "audit-hash")
    before = held.secret
    assert "Fix: " in str(held.fault())
    assert held.secret == before
    folder.unlink()
    assert held.fault() is None
    assert held.secret == Keys(str(folder)).key("audit-hash").secret != before


def test_a_key_that_is_had_is_kept(tmp_path: Path) -> None:
    """Promise: what was hashed by one key goes on to be, whatever becomes of its file."""
    held = HeldKey(Keys(str(tmp_path / "vault")), "audit-hash")
    assert held.fault() is None
    secret = held.secret
    for path in (tmp_path / "vault").iterdir():
        path.unlink()
    assert (held.fault(), held.secret) == (None, secret)
