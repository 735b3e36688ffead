"""Another passphrase: the key stays, nothing is lost on the way, and nobody changes it unasked."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from localguard.errors import AuditFault, VaultFault
from localguard.vault.head import read_head
from localguard.vault.passphrase import PassphraseSource
from localguard.vault.passphrase_change import change_passphrase
from localguard.vault.sealed_vault import SealedVault
from tests.vault.test_passphrase import GOOD, Typist, vault

PROJECT = Path(__file__).resolve().parents[2]
NEW = "another horse, no battery"
KILLED = """
import os, signal, sys
from localguard.vault.passphrase_change import change_passphrase
typed = iter(sys.argv[2:])
change_passphrase(
    sys.argv[1], lambda _: next(typed), lambda: os.kill(os.getpid(), signal.SIGKILL)
)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A vault with one entry."""
    vault(tmp_path, Typist(GOOD, GOOD)).put("secret/a", b"one")
    return tmp_path


def opened(folder: Path, passphrase: str) -> bytes | None:
    return vault(folder, Typist(passphrase)).get("secret/a")


def nothing() -> None:
    """Nobody objects."""


def test_the_new_passphrase_opens_what_the_old_one_kept(folder: Path) -> None:
    """The key is wrapped anew, with a salt of its own (RFC 9106), and no entry is touched."""
    runs, before = vault(folder, Typist(GOOD)), read_head(str(folder / "vault"))
    assert runs.get("secret/a") == b"one"
    typist = Typist(GOOD, NEW, NEW)
    change_passphrase(str(folder / "vault"), typist, nothing)
    assert typist.asked == [
        "Passphrase of the vault, as it is now: ",
        "New passphrase of the vault (12 or more characters): ",
        "The same again: ",
    ]
    after = read_head(str(folder / "vault"))
    assert before is not None
    assert after is not None
    assert (after.key_id, after.check, after.made) == (before.key_id, before.check, before.made)
    assert after.salt != before.salt
    assert opened(folder, NEW) == b"one"
    with pytest.raises(VaultFault, match="not the passphrase"):
        opened(folder, GOOD)
    # A guard that runs has the key, and is asked nothing.
    runs.put("secret/b", b"two")
    assert vault(folder, Typist(NEW)).get("secret/b") == b"two"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("wrong horse battery", NEW, NEW), "not the passphrase"),
        ((GOOD, "short"), "less than 12"),
        ((GOOD, NEW, f"{NEW}!"), "differ"),
        ((GOOD, GOOD, GOOD), "that is the passphrase it has"),
    ],
)
def test_what_is_typed_wrong_changes_nothing(
    folder: Path, typed: tuple[str, ...], told: str
) -> None:
    """Fail closed, and said before anything is recorded."""
    acts = list[str]()
    with pytest.raises(VaultFault, match=told):
        change_passphrase(str(folder / "vault"), Typist(*typed), lambda: acts.append("changed"))
    assert not acts
    assert opened(folder, GOOD) == b"one"


def test_what_cannot_be_recorded_is_not_changed(folder: Path) -> None:
    """The old one still opens, and the lock is free."""

    def deaf() -> None:
        raise AuditFault("the audit log cannot be written")

    with pytest.raises(AuditFault):
        change_passphrase(str(folder / "vault"), Typist(GOOD, NEW, NEW), deaf)
    assert opened(folder, GOOD) == b"one"
    change_passphrase(str(folder / "vault"), Typist(GOOD, NEW, NEW), nothing)


@pytest.mark.skipif(sys.platform == "win32", reason="nobody is killed so on Windows")
def test_killed_in_the_middle_nothing_is_lost(folder: Path) -> None:
    """Promise: the old passphrase opens, or the new one; and it can be changed again."""
    place = str(folder / "vault")
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, place, GOOD, NEW, NEW], cwd=PROJECT, timeout=30, check=False
    )
    assert ran.returncode == -signal.SIGKILL
    assert opened(folder, GOOD) == b"one"
    change_passphrase(place, Typist(GOOD, NEW, NEW), nothing)
    assert opened(folder, NEW) == b"one"


def test_two_at_once_do_not_overwrite_each_other(folder: Path) -> None:
    """Whoever comes second finds another vault.json than the one that they unwrapped."""
    place = str(folder / "vault")

    class Slow(Typist):
        def __call__(self, question: str) -> str:
            if len(self.lines) == 1:
                change_passphrase(place, Typist(GOOD, NEW, NEW), nothing)
            return super().__call__(question)

    with pytest.raises(VaultFault, match="meanwhile"):
        change_passphrase(place, Slow(GOOD, f"{NEW}2", f"{NEW}2"), nothing)
    assert opened(folder, NEW) == b"one"


def test_a_vault_without_a_passphrase_has_none_to_change(tmp_path: Path) -> None:
    """It is told how the key is kept, and nobody is asked for anything."""
    place = str(tmp_path / "vault")
    with pytest.raises(VaultFault, match="empty"):
        change_passphrase(place, Typist(), nothing)
    vault(tmp_path, Typist(GOOD, GOOD)).put("secret/a", b"one")
    path = os.path.join(place, "vault.json")
    text = Path(path).read_text("ascii").replace('"passphrase"', '"keyring"')
    Path(path).write_text(text, "ascii")
    with pytest.raises(VaultFault, match='store = "keyring"'):
        change_passphrase(place, Typist(), nothing)


def test_its_source_reads_what_was_changed(folder: Path) -> None:
    """One format for both ways."""
    change_passphrase(str(folder / "vault"), Typist(GOOD, NEW, NEW), nothing)
    again = SealedVault(str(folder / "vault"), PassphraseSource(Typist(NEW)))
    assert again.get("secret/a") == b"one"
