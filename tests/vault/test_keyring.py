"""The vault's key in a real Secret Service: research identity 7.9 and 7.10, by name."""

import base64
import json
import os
import re
import sys
import time
from pathlib import Path

import pytest

from localguard.errors import VaultFault
from localguard.vault.os_keyring import LONGEST, OsKeyring, probe, session_bus
from localguard.vault.vault import open_vault
from tests.providers.secret_service import SecretService

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a Secret Service is of Linux")

PATIENCE = 30.0
TOKEN = "secret/token"
PUT = """
import sys
from localguard.errors import VaultFault
from localguard.vault.vault import open_vault
try:
    open_vault(sys.argv[1], "keyring").put("secret/token", b"value")
except VaultFault as fault:
    print(fault.explain())
else:
    print("kept")
"""
ITEMS = """
import json, secretstorage
from contextlib import closing
with closing(secretstorage.dbus_init()) as bus:
    items = secretstorage.get_default_collection(bus).get_all_items()
    print(json.dumps([[i.get_label(), i.get_attributes(), i.get_secret().decode()] for i in items]))
"""
ALTERNATIVE = """
class Entry: pass
import pathlib
from keyring.backend import KeyringBackend
class PlaintextKeyring(KeyringBackend):
    priority = 9
    def get_password(self, service, username):
        pathlib.Path({witness!r}).write_text("asked")
    def set_password(self, service, username, password):
        pathlib.Path({witness!r}).write_text(password)
    def delete_password(self, service, username): pass
"""
Item = tuple[str, dict[str, str], str]


def items(service: SecretService) -> list[Item]:
    """What any program of the same user finds in the keyring."""
    listing = service.python(ITEMS)
    out, _ = listing.communicate(timeout=PATIENCE)
    return [(label, attributes, secret) for label, attributes, secret in json.loads(out)]


def put(service: SecretService, folder: Path, **more: str) -> str:
    """What a process says that uses the vault first."""
    process = service.python(PUT, str(folder / "vault"), **more)
    out, err = process.communicate(timeout=PATIENCE)
    assert err == ""
    return out.strip()


def test_newline_free_values_are_all_that_the_keyring_gets(
    secret_service: SecretService, tmp_path: Path
) -> None:
    """One item, one line of 44 characters, and nothing of the person in what anybody can read."""
    vault = open_vault(str(tmp_path / "vault"), "keyring")
    vault.put(TOKEN, b"line\n" * 1000)
    vault.put("identity/someone", b"x")
    assert open_vault(str(tmp_path / "vault"), "keyring").get(TOKEN) == b"line\n" * 1000
    ((label, attributes, secret),) = items(secret_service)
    assert re.fullmatch(r"[A-Za-z0-9+/]{43}=", secret)
    assert len(base64.b64decode(secret)) == 32
    assert "someone" not in f"{label}{attributes}"
    head = json.loads((tmp_path / "vault/vault.json").read_text())
    assert attributes["service"] == f"localguard-vault-{head['key_id']}"
    assert head["backend"] == "keyring.backends.SecretService.Keyring"
    for path in (tmp_path / "vault").rglob("*"):
        assert path.is_dir() or secret.encode() not in path.read_bytes()


class Odd:
    """A keyring that keeps nothing, or, with `sticky`, keeps what it is told to remove."""

    def __init__(self, *, sticky: bool) -> None:
        self.sticky = sticky
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.sticky:
            self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        assert self.sticky or (service, username) not in self.kept


@pytest.mark.parametrize("text", ["x" * LONGEST, "two\nlines", "\u00e4"])
def test_windows_length_is_held_in_code(text: str) -> None:
    """CredWrite takes 1,280 characters; and no newline may reach gnome-keyring."""
    odd = Odd(sticky=True)
    with pytest.raises(ValueError, match="one short line"):
        OsKeyring(odd).write("service", text)
    assert (odd.kept, LONGEST) == ({}, 1_280)


@pytest.mark.parametrize(
    ("sticky", "said"),
    [(False, "does not give back"), (True, "keeps what it was told to remove")],
)
def test_a_keyring_that_forgets_or_cannot_forget_is_not_used(sticky: bool, said: str) -> None:
    """The null backend takes everything and has nothing; what a person removes is to be gone."""
    with pytest.raises(VaultFault, match=said):
        probe(OsKeyring(Odd(sticky=sticky)), "service", "text")


def test_null_env_and_other_overrides_are_without_effect(
    secret_service: SecretService, tmp_path: Path
) -> None:
    """Attack: whoever starts a guard chooses its environment, and with it a backend of theirs."""
    config = Path(secret_service.environment["XDG_CONFIG_HOME"], "python_keyring")
    config.mkdir()
    (config / "keyringrc.cfg").write_text(
        "[backend]\ndefault-keyring=keyring.backends.null.Keyring\nkeyring-path=/tmp\n"
    )
    said = put(
        secret_service,
        tmp_path,
        PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring",
        KEYRING_PROPERTY_PREFERRED_COLLECTION="/org/freedesktop/secrets/collection/session",
        KEYRING_PROPERTY_SCHEME="KeePassXC",
    )
    assert said == "kept"
    ((_, attributes, _),) = items(secret_service)
    assert attributes["service"].startswith("localguard-vault-")
    assert open_vault(str(tmp_path / "vault"), "keyring").get(TOKEN) == b"value"


@pytest.mark.parametrize("bus", [True, False])
def test_keyrings_alt_is_never_asked(
    secret_service: SecretService, tmp_path: Path, bus: bool
) -> None:
    """Attack: an installed backend writes plain text, and comes first or is the only one."""
    witness = tmp_path / "witness"
    site = tmp_path / "site"
    package = site / "keyrings_alt_like.dist-info"
    package.mkdir(parents=True)
    (site / "plaintext.py").write_text(ALTERNATIVE.format(witness=str(witness)))
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: keyrings.alt\nVersion: 5.0\n")
    (package / "entry_points.txt").write_text("[keyring.backends]\nfile = plaintext\n")
    more = {"PYTHONPATH": str(site)}
    if not bus:
        more["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={tmp_path}/none"
    said = put(secret_service, tmp_path, **more)
    assert (said == "kept") is bus
    assert not witness.exists()


def test_none(secret_service: SecretService, tmp_path: Path) -> None:
    """Without a keyring nothing is kept anywhere, and the fix says what to install or choose."""
    said = put(secret_service, tmp_path, DBUS_SESSION_BUS_ADDRESS=f"unix:path={tmp_path}/none")
    assert said.startswith("keyring: there is no keyring that can be used: ")
    assert "install gnome-keyring" in said
    assert '[vault] store = "passphrase"' in said
    assert [path.name for path in (tmp_path / "vault").iterdir()] == ["vault.json.lock"]


def test_locked_without_display(locked_service: SecretService, tmp_path: Path) -> None:
    """No prompt can be shown: said at once, and nothing is kept in plain text instead."""
    said = put(locked_service, tmp_path)
    assert said.startswith("keyring: the keyring is locked. Fix: unlock the keyring")
    assert [path.name for path in (tmp_path / "vault").iterdir()] == ["vault.json.lock"]


def test_locked_with_display(prompting_service: SecretService, tmp_path: Path) -> None:
    """A prompt that nobody answers: the deadline holds, and the process exits after it."""
    begun = time.monotonic()
    said = put(prompting_service, tmp_path)
    assert said.startswith("keyring: the keyring has not answered for 3 s")
    assert "look for a window that asks for its password" in said
    assert 3.0 <= time.monotonic() - begun < PATIENCE / 2


def test_key_lost(secret_service: SecretService, tmp_path: Path) -> None:
    """A keyring that was reset: said with the way out, and never a second key in silence."""
    assert put(secret_service, tmp_path) == "kept"
    ((_, attributes, _),) = items(secret_service)
    remove = (
        "from keyring.backends.SecretService import Keyring\nimport sys\n"
        "Keyring().delete_password(sys.argv[1], 'localguard')"
    )
    process = secret_service.python(remove, attributes["service"])
    assert process.communicate(timeout=PATIENCE) == ("", "")
    said = put(secret_service, tmp_path)
    assert said.startswith(f"keyring item {attributes['service']}: the keyring has no more the key")
    assert said.endswith("localguard secret reset.")
    assert items(secret_service) == []


@pytest.mark.slow
def test_8_processes_at_first_use_get_one_key(
    secret_service: SecretService, tmp_path: Path
) -> None:
    """Clients start each entry twice, and several at a time."""
    folder = str(tmp_path / "vault")
    started = [secret_service.python(PUT, folder) for _ in range(8)]
    said = [process.communicate(timeout=2 * PATIENCE) for process in started]
    assert said == [("kept\n", "")] * 8
    assert len(items(secret_service)) == 1
    assert open_vault(folder, "keyring").get(TOKEN) == b"value"


def test_the_bus_of_the_session_is_found_without_its_variable(
    secret_service: SecretService, tmp_path: Path
) -> None:
    """A client passes on six variables, and the bus is none of them."""
    uid = os.geteuid()
    socket = secret_service.address.partition("path=")[2].partition(",")[0]
    (tmp_path / str(uid)).mkdir()
    found = tmp_path / str(uid) / "bus"
    assert session_bus({}, uid, str(tmp_path)) is None
    found.symlink_to(socket)
    assert session_bus({}, uid, str(tmp_path)) is None
    found.unlink()
    os.link(socket, found)
    assert session_bus({}, uid, str(tmp_path)) == f"unix:path={found}"
    assert session_bus({"DBUS_SESSION_BUS_ADDRESS": "x"}, uid, str(tmp_path)) is None
    assert session_bus({}, uid + 1, str(tmp_path)) is None
