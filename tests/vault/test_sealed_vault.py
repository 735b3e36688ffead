"""Entries of the vault: whole or not at all, for one name, and never older than the last."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.errors import VaultFault
from localguard.vault.sealed_file import Content, Unopened, VaultKey, opened, seal
from localguard.vault.vault import open_vault
from tests.vault.makers import FileSource, asides, entry, vault_in

PROJECT = Path(__file__).resolve().parents[2]
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes and signals")
TOKEN = "secret/token"
OTHER = "secret/other"
KEY = VaultKey("00" * 8, b"k" * 32)


def test_what_is_kept_is_had_back_by_another_process(tmp_path: Path) -> None:
    """Promise: guards and commands are many processes, and have one vault."""
    vault_in(tmp_path).put(TOKEN, b"one")
    vault_in(tmp_path).put("identity/ab.c_d-E", b"\0\xff")
    vault = vault_in(tmp_path)
    assert (vault.get(TOKEN), vault.get("identity/ab.c_d-E")) == (b"one", b"\0\xff")
    assert (vault.names("secret"), vault.names("identity")) == ((TOKEN,), ("identity/ab.c_d-E",))
    assert vault.get("secret/unknown") is None
    assert (vault.remove(TOKEN), vault.remove(TOKEN)) == (True, False)
    assert (vault.get(TOKEN), vault.names("secret")) == (None, ())


def test_names_that_differ_in_case_alone_are_two(tmp_path: Path) -> None:
    """Promise: also on volumes that fold the case of names."""
    vault = vault_in(tmp_path)
    vault.put("secret/Ab", b"1")
    vault.put("secret/aB", b"2")
    assert (vault.get("secret/Ab"), vault.get("secret/aB")) == (b"1", b"2")
    assert sorted(vault.names("secret")) == ["secret/Ab", "secret/aB"]
    files = {name.lower() for name in os.listdir(tmp_path / "vault/entries")}
    assert len(files) == len(os.listdir(tmp_path / "vault/entries"))


@pytest.mark.parametrize(
    "name", ["secret", "secret/", "other/x", "secret/a/b", "secret/../x", f"secret/{'a' * 101}"]
)
def test_what_is_no_name_reaches_no_file(tmp_path: Path, name: str) -> None:
    """Attack: a name that leads out of the folder."""
    with pytest.raises(ValueError, match="not a name"):
        vault_in(tmp_path).put(name, b"")


def test_nothing_is_asked_of_the_key_before_it_is_needed(tmp_path: Path) -> None:
    """Promise: who has no secret meets no keyring, and no prompt."""
    source = FileSource(tmp_path / "keys")
    vault = vault_in(tmp_path)
    assert vault.get(TOKEN) is None
    assert vault.names("secret") == ()
    assert vault.remove(TOKEN) is False
    assert source.reads == 0
    assert not source.folder.exists()


@posix
def test_only_its_owner_can_read_the_vault(tmp_path: Path) -> None:
    """Promise: 0600 in 0700, whatever the umask of the client was."""
    before = os.umask(0)
    try:
        vault_in(tmp_path).put(TOKEN, b"one")
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "vault").rglob("*.*")}
    assert modes == {0o600}
    for folder in (tmp_path / "vault", tmp_path / "vault/entries"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@posix
def test_an_entry_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    """Fail closed, with the command that mends it."""
    vault_in(tmp_path).put(TOKEN, b"one")
    entry(tmp_path, TOKEN).chmod(0o644)
    with pytest.raises(VaultFault) as raised:
        vault_in(tmp_path).get(TOKEN)
    assert "other users can read this. Fix: chmod go-rwx" in raised.value.explain()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:30])


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _changed(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[-20] ^= 1
    path.write_bytes(raw)


def _swapped(path: Path) -> None:
    shutil.copy(path.with_name("secret.other.sealed"), path)


def _foreign(path: Path) -> None:
    elsewhere = path.parents[2] / "elsewhere"
    elsewhere.mkdir()
    vault_in(elsewhere).put(TOKEN, b"evil")
    shutil.copy(entry(elsewhere, TOKEN), path)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_cut, "was changed, cut off, or exchanged"),
        (_cut_short, "is cut off, or is no entry at all"),
        (_emptied, "is cut off, or is no entry at all"),
        (_changed, "was changed, cut off, or exchanged"),
        (_swapped, "exchanged for that of another entry"),
        (_foreign, "was sealed with another key than this vault's"),
    ],
)
def test_file_truncated_or_swapped_is_said_once_and_kept_aside(
    tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    """Research identity 7.10: said, kept aside, never a loop, never the wrong value."""
    vault = vault_in(tmp_path)
    vault.put(TOKEN, b"one")
    vault.put(OTHER, b"two")
    damage(entry(tmp_path, TOKEN))
    broken = entry(tmp_path, TOKEN).read_bytes()
    with pytest.raises(VaultFault) as raised:
        vault.get(TOKEN)
    told = raised.value.explain()
    assert said in told
    assert "Fix: give it again: localguard secret set token." in told
    (aside,) = asides(tmp_path)
    assert aside in told
    assert (tmp_path / "vault/entries" / aside).read_bytes() == broken
    assert (vault.get(TOKEN), vault.names("secret")) == (None, (OTHER,))
    vault.put(TOKEN, b"three")
    assert (vault.get(TOKEN), vault.get(OTHER)) == (b"three", b"two")


def test_an_older_entry_that_was_put_back_is_told(tmp_path: Path) -> None:
    """Attack: a token that was revoked, or a binding from before, comes back out of a copy."""
    vault = vault_in(tmp_path)
    vault.put(TOKEN, b"old")
    old = entry(tmp_path, TOKEN).read_bytes()
    vault.put(TOKEN, b"new")
    entry(tmp_path, TOKEN).write_bytes(old)
    with pytest.raises(VaultFault, match="is older than the one that was written last"):
        vault_in(tmp_path).get(TOKEN)
    assert vault_in(tmp_path).get(TOKEN) is None


def test_a_removed_entry_that_was_put_back_is_told(tmp_path: Path) -> None:
    """Attack: what a person has removed is not there again because a file is."""
    vault = vault_in(tmp_path)
    vault.put(TOKEN, b"old")
    old = entry(tmp_path, TOKEN).read_bytes()
    vault.remove(TOKEN)
    entry(tmp_path, TOKEN).write_bytes(old)
    entry(tmp_path, TOKEN).chmod(0o600)
    with pytest.raises(VaultFault, match="someone put it back"):
        vault.get(TOKEN)
    vault.put(TOKEN, b"new")
    assert vault.get(TOKEN) == b"new"


def test_a_list_of_versions_that_does_not_open_is_said_once(tmp_path: Path) -> None:
    """Never a loop: what is lost is the memory of versions, and no entry."""
    vault = vault_in(tmp_path)
    vault.put(TOKEN, b"one")
    (tmp_path / "vault/entries/serials.sealed").write_bytes(b"nonsense")
    with pytest.raises(VaultFault, match="list of versions is cut off"):
        vault.get(TOKEN)
    assert vault.get(TOKEN) == b"one"


def test_key_lost_is_said_and_no_new_one_is_made(tmp_path: Path) -> None:
    """Research identity 7.10: a keyring that was reset is told from a first use."""
    vault_in(tmp_path).put(TOKEN, b"one")
    (key,) = (tmp_path / "keys").iterdir()
    kept = key.read_bytes()
    key.unlink()
    sealed = entry(tmp_path, TOKEN).read_bytes()
    for _ in range(2):
        vault = vault_in(tmp_path)
        with pytest.raises(VaultFault, match="lost"):
            vault.get(TOKEN)
        with pytest.raises(VaultFault, match="lost"):
            vault.put(OTHER, b"two")
    assert (entry(tmp_path, TOKEN).read_bytes(), asides(tmp_path)) == (sealed, [])
    assert list((tmp_path / "keys").iterdir()) == []
    # What is to go goes also without the key.
    assert vault_in(tmp_path).remove(TOKEN) is True
    entry(tmp_path, TOKEN).write_bytes(sealed)
    entry(tmp_path, TOKEN).chmod(0o600)
    key.write_bytes(kept)
    assert vault_in(tmp_path).get(TOKEN) == b"one"


def test_another_key_in_its_place_opens_nothing_and_breaks_nothing(tmp_path: Path) -> None:
    """A keyring from another backup has a key under the same name."""
    vault_in(tmp_path).put(TOKEN, b"one")
    (key,) = (tmp_path / "keys").iterdir()
    kept = key.read_bytes()
    key.write_bytes(b"x" * 32)
    with pytest.raises(VaultFault, match="another key than the one that this vault was made with"):
        vault_in(tmp_path).get(TOKEN)
    key.write_bytes(kept)
    assert vault_in(tmp_path).get(TOKEN) == b"one"


def test_entries_without_their_head_are_no_first_use(tmp_path: Path) -> None:
    """Never replaced in silence: without vault.json nobody knows which key they need."""
    vault_in(tmp_path).put(TOKEN, b"one")
    head = tmp_path / "vault/vault.json"
    text = head.read_text()
    head.unlink()
    for act in (vault_in(tmp_path).get, lambda name: vault_in(tmp_path).put(name, b"")):
        with pytest.raises(VaultFault) as raised:
            act(TOKEN)
        assert "localguard secret reset" in raised.value.explain()
    head.write_text("{}")
    head.chmod(0o600)
    with pytest.raises(VaultFault, match="not as localguard wrote it"):
        vault_in(tmp_path).get(TOKEN)
    head.write_text(text)
    assert vault_in(tmp_path).get(TOKEN) == b"one"


def test_no_secret_stands_in_the_head(tmp_path: Path) -> None:
    """vault.json is no place for the key."""
    vault_in(tmp_path).put(TOKEN, b"one")
    (key,) = (tmp_path / "keys").iterdir()
    assert key.read_bytes().hex() not in (tmp_path / "vault/vault.json").read_text()
    assert key.name in (tmp_path / "vault/vault.json").read_text()


def test_a_store_that_was_chosen_otherwise_is_said(tmp_path: Path) -> None:
    """A setting that changes does not leave the entries behind in silence."""
    vault_in(tmp_path).put(TOKEN, b"one")
    with pytest.raises(VaultFault) as raised:
        open_vault(str(tmp_path / "vault"), "passphrase").get(TOKEN)
    told = raised.value.explain()
    assert 'Fix: write store = "keyring", or give up' in told


def test_the_key_is_read_once_a_process(tmp_path: Path) -> None:
    """Promise: no keyring on the way of a call."""
    vault_in(tmp_path).put(TOKEN, b"one")
    vault = vault_in(tmp_path)
    for _ in range(3):
        vault.get(TOKEN)
        vault.put(TOKEN, b"two")
    source = vault._holder._source
    assert isinstance(source, FileSource)
    assert source.reads == 1


def test_a_vault_that_was_given_up_meanwhile_is_begun_anew(tmp_path: Path) -> None:
    """A guard that runs has the key of before, and writes nothing with it any more."""
    running = vault_in(tmp_path)
    running.put(TOKEN, b"one")
    (tmp_path / "vault").rename(tmp_path / "given up")
    assert running.get(TOKEN) is None
    running.put(TOKEN, b"two")
    assert vault_in(tmp_path).get(TOKEN) == b"two"
    assert len(list((tmp_path / "keys").iterdir())) == 2


def test_one_prompt_however_many_ask(tmp_path: Path) -> None:
    """A person who is away finds one window, not hundreds; and their late answer counts."""
    vault_in(tmp_path).put(TOKEN, b"one")
    source = FileSource(tmp_path / "keys", patience=0.02)
    answered = threading.Event()
    read = source.read
    vault = vault_in(tmp_path)
    vault._holder._source = source
    source.read = lambda head: (answered.wait(10), read(head))[1]  # type: ignore[method-assign]
    for _ in range(3):
        with pytest.raises(VaultFault, match="has not answered"):
            vault.get(TOKEN)
    source.patience = 10.0
    answered.set()
    assert vault.get(TOKEN) == b"one"
    assert source.reads == 1


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.vault.makers import vault_in
left = [int(sys.argv[2])]
def watch(event, args):
    if event in ("open", "os.rename", "os.remove") and "/vault" in str(args[0]):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
vault = vault_in(Path(sys.argv[1]))
sys.addaudithook(watch)
vault.put("secret/token", b"new" * 1000)
print("done")
"""


@posix
@pytest.mark.parametrize("there", [True, False])
def test_kill_9_during_put_leaves_the_old_value_or_the_new_one(tmp_path: Path, there: bool) -> None:
    """Promise: at every system call that touches a file, and what follows works."""
    old = b"old" if there else None
    for step in range(60):
        folder = tmp_path / str(step)
        folder.mkdir()
        if there:
            vault_in(folder).put(TOKEN, b"old")
        ran = subprocess.run(
            [sys.executable, "-c", KILLED, str(folder), str(step)],
            cwd=PROJECT,
            capture_output=True,
            check=False,
        )
        assert vault_in(folder).get(TOKEN) in (old, b"new" * 1000), step
        vault_in(folder).put(TOKEN, b"after")
        assert vault_in(folder).get(TOKEN) == b"after"
        if ran.returncode == 0:
            break
        assert ran.returncode == -signal.SIGKILL, ran.stderr
    assert ran.returncode == 0
    assert step > 5


HELD = """
import sys
from pathlib import Path
from tests.vault.makers import vault_in
with vault_in(Path(sys.argv[1])).alone("identity/x", 5):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_process_is_alone_with_a_name(tmp_path: Path) -> None:
    """Promise: refresh and login are one process at a time, and who waits too long says so."""
    vault = vault_in(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HELD, str(tmp_path)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        late = pytest.raises(VaultFault, match=r"has held this for over 0\.05 s")
        with late, vault.alone("identity/x", 0.05):
            pass
        with vault.alone("identity/y", 0.05):
            vault.put("identity/x", b"who is alone is a matter of those who ask")
        other.kill()
    with vault.alone("identity/x", 5):
        assert vault.get("identity/x") is not None


def test_a_fingerprint_tells_values_apart_and_gives_none_away(tmp_path: Path) -> None:
    """Keyed: another vault has others, so nobody can try values against a printed list."""
    vault = vault_in(tmp_path)
    assert vault.fingerprint(b"x") == vault_in(tmp_path).fingerprint(b"x")
    assert vault.fingerprint(b"x") != vault.fingerprint(b"y")
    (tmp_path / "b").mkdir()
    assert vault_in(tmp_path / "b").fingerprint(b"x") != vault.fingerprint(b"x")


@given(st.binary(max_size=200), st.integers(0, 2**63), st.sampled_from(["secret/a", "client/b"]))
def test_what_was_sealed_opens_under_its_name_alone(value: bytes, serial: int, name: str) -> None:
    """NIST SP 800-38D: the name is authenticated with the value."""
    data = seal(KEY, name, Content(serial, value))
    assert opened(KEY, name, data) == Content(serial, value)
    with pytest.raises(Unopened):
        opened(KEY, f"{name}.", data)
    assert value.hex() not in repr(Content(serial, value)) or len(value) < 3
    assert "k" * 32 not in repr(KEY)


@given(st.data())
def test_no_changed_byte_passes(data: st.DataObject) -> None:
    """Attack: a file is edited, cut off or made longer."""
    sealed = seal(KEY, "secret/a", Content(1, b"value"))
    at = data.draw(st.integers(0, len(sealed) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    for other in (
        bytes([*sealed[:at], sealed[at] ^ bit, *sealed[at + 1 :]]),
        sealed[:at],
        sealed + sealed[: at + 1],
    ):
        with pytest.raises(Unopened):
            opened(KEY, "secret/a", other)
