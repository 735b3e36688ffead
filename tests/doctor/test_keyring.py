"""Doctor's look at the keyring and the vault (research ux 5, identity 3, 7.9 and 7.10)."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from localguard.doctor.keyring import checks, is_plain
from localguard.vault.bindings import binding_of_command
from localguard.vault.head import Head, read_head, write_head
from localguard.vault.memory import MemoryVault
from localguard.vault.named import NamedSecrets
from tests.doctor.planted import PLAIN, Planted, only, serious
from tests.providers.secret_service import SecretService
from tests.vault.makers import asides, entry
from tests.vault.test_keyring import items

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a Secret Service is of Linux")

PATIENCE = 30.0
LOOK = """
import json, sys
from datetime import UTC, datetime
from localguard.clients.table import Machine
from localguard.config.paths import places
from localguard.doctor.check import Scene
from localguard.doctor.keyring import keyring
from localguard.vault.vault import open_vault
where = places({"HOME": "/home/ana", "LOCALGUARD_HOME": sys.argv[1]})
scene = Scene(
    where, Machine("/home/ana", {}), bytes, (), lambda: open_vault(where.vault, "keyring"),
    lambda: datetime.now(UTC),
)
print(json.dumps([[one.id, one.status, one.summary, one.remedy] for one in keyring(scene)]))
"""
NEEDY = f'{PLAIN}[servers.db]\ncommand = ["/bin/cat"]\nenv = {{ PGDSN = "secret:dsn" }}\n'


@pytest.fixture
def home(tmp_path: Path, client_environment: Mapping[str, str]) -> Planted:
    return Planted(tmp_path, client_environment)


def test_an_open_keyring_and_whole_entries_are_well(
    secret_service: SecretService, home: Planted
) -> None:
    """The probe writes, reads and removes: nothing of it is left in the keyring."""
    home.vault.put("secret/dsn", b"x")
    before = [(label, secret) for label, _, secret in items(secret_service)]
    found = home.found(checks)
    assert serious(found) == []
    assert [one.id for one in found] == ["keyring.backend", "keyring.entries"]
    assert found[0].details["backend"] == "keyring.backends.SecretService.Keyring"
    assert [(label, secret) for label, _, secret in items(secret_service)] == before


def looked(service: SecretService, home: Planted) -> list[list[str]]:
    """What another process finds, which ends whatever a keyring still holds up."""
    look = service.python(LOOK, str(home.base), HOME=str(home.folder))
    out, err = look.communicate(timeout=PATIENCE)
    assert err == ""
    found: list[list[str]] = json.loads(out)
    return found


def test_a_locked_keyring_is_told_with_the_way_to_unlock_it(
    locked_service: SecretService, home: Planted
) -> None:
    """Planted fault: no prompt can be shown. What would need the key is not looked at."""
    home.accept(NEEDY)
    ((id_, status, summary, remedy),) = looked(locked_service, home)
    assert (id_, status) == ("keyring.backend", "fail")
    assert summary == "the keyring is locked"
    assert remedy.startswith("unlock the keyring")


def test_a_keyring_that_nothing_needs_is_a_warning(
    locked_service: SecretService, home: Planted
) -> None:
    """Where no profile has a secret or a sign-in, every server runs without it."""
    found = looked(locked_service, home)
    assert [(id_, status) for id_, status, _, _ in found] == [
        ("keyring.backend", "warn"),
        ("keyring.entries", "ok"),
    ]


def test_a_prompt_that_nobody_answers_does_not_hold_the_doctor_up(
    prompting_service: SecretService, home: Planted
) -> None:
    """Promise: a deadline for all that may wait for a person, and the process ends after it."""
    home.accept(NEEDY)
    ((id_, status, summary, remedy),) = looked(prompting_service, home)
    assert (id_, status) == ("keyring.backend", "fail")
    assert "the keyring has not answered for 5 s" in summary
    assert remedy.startswith("look for a window that asks for its password")


@pytest.mark.usefixtures("secret_service")
def test_a_backend_that_the_environment_chooses_is_not_followed_and_told(home: Planted) -> None:
    """Attack: whoever starts a program chooses its environment (research identity 3)."""
    home.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    (backend, _) = home.found(checks)
    assert backend.status == "ok"
    told = backend.details["PYTHON_KEYRING_BACKEND"]
    assert told == "keyring.backends.null.Keyring, which localguard does not follow"


@pytest.mark.parametrize(
    ("backend", "plain"),
    [
        ("keyrings.alt.file.PlaintextKeyring", True),
        ("keyring.backends.null.Keyring", True),
        ("keyring.backends.fail.Keyring", True),
        ("keyring.backends.chainer.ChainerBackend", True),
        ("keyring.backends.SecretService.Keyring", False),
        ("keyring.backends.macOS.Keyring", False),
        ("keyring.backends.Windows.WinVaultKeyring", False),
        ("", False),
    ],
)
def test_backends_that_keep_no_secret_are_known_by_name(backend: str, plain: bool) -> None:
    """Research ux 5: plain text and null backends are refused by name."""
    assert is_plain(backend) is plain


@pytest.mark.usefixtures("secret_service")
@pytest.mark.parametrize(
    ("backend", "said"),
    [
        ("keyrings.alt.file.PlaintextKeyring", "which keeps no secret"),
        ("keyring.backends.macOS.Keyring", "and this machine has keyring.backends.Secret"),
    ],
)
def test_a_key_that_lies_elsewhere_is_told(home: Planted, backend: str, said: str) -> None:
    """Planted fault: vault.json names a backend that is not the one of this machine."""
    write_head(home.where.vault, Head("keyring", "ab" * 8, "cd" * 32, "2026", backend=backend))
    found = only(home.found(checks))
    assert (found.status, said in found.summary) == ("fail", True), found.summary
    assert "localguard secret reset" in found.remedy


@pytest.mark.usefixtures("secret_service")
def test_entries_that_were_cut_or_exchanged_are_named_and_left_alone(home: Planted) -> None:
    """Planted faults of research identity 7.10; a check changes nothing, so both are told again."""
    for name in ("secret/a", "secret/b", "secret/c"):
        home.vault.put(name, name.encode())
    one, other, cut = (entry(home.base, f"secret/{name}") for name in "abc")
    taken = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(taken)
    cut.write_bytes(cut.read_bytes()[:20])
    found = serious(home.found(checks))
    assert [(f.id, f.remedy) for f in found] == [
        (f"keyring.entry.secret/{name}", f"give it again: localguard secret set {name}")
        for name in "abc"
    ]
    assert "exchanged for that of another entry" in found[0].summary
    assert "cut off" in found[2].summary
    assert serious(home.found(checks)) == found
    assert asides(home.base) == []


@pytest.mark.usefixtures("secret_service")
def test_an_entry_that_was_put_back_is_told(home: Planted) -> None:
    """Attack: an older secret, or token, in place of the one that was written last."""
    home.vault.put("secret/a", b"old")
    path = entry(home.base, "secret/a")
    old = path.read_bytes()
    home.vault.put("secret/a", b"new")
    path.write_bytes(old)
    assert "someone put it back" in only(home.found(checks)).summary


@pytest.mark.usefixtures("secret_service")
def test_a_head_that_is_gone_is_told(home: Planted) -> None:
    """Planted fault: entries without the vault.json that says which key they need."""
    home.vault.put("secret/a", b"x")
    Path(home.where.vault, "vault.json").unlink()
    found = only(home.found(checks))
    assert "without it no entry of the vault opens" in found.summary


@pytest.mark.usefixtures("secret_service")
def test_a_store_that_is_not_the_one_of_the_vault_is_told(home: Planted) -> None:
    """config.toml says memory, and the vault was made with the keyring."""
    home.vault.put("secret/a", b"x")
    home.settings('[vault]\nstore = "memory"\n')
    assert only(home.found(checks)).id == "keyring.store"


def test_a_store_that_a_person_has_chosen_is_told(home: Planted) -> None:
    """The opt-ins of research identity 3: no keyring is asked."""
    home.settings('[vault]\nstore = "passphrase"\n')
    found = home.found(checks)
    assert [(one.id, one.status) for one in found] == [
        ("keyring.store", "ok"),
        ("keyring.entries", "skip"),
    ]
    assert read_head(home.where.vault) is None


@pytest.mark.usefixtures("secret_service")
def test_a_secret_that_is_not_there_is_told_with_the_command(home: Planted) -> None:
    """Planted fault: the profile refers to a secret that nobody has set."""
    home.accept(NEEDY)
    found = only(home.found(checks))
    assert (found.status, found.remedy) == ("fail", "localguard secret set dsn")
    assert found.summary.startswith("work.toml:")
    home.accept(PLAIN)
    home.edit(NEEDY.replace("secret:dsn", "secret:other"), "spare")
    assert only(home.found(checks)).status == "warn"


@pytest.mark.usefixtures("secret_service")
def test_a_secret_of_another_server_is_told_with_the_command(home: Planted) -> None:
    """Planted fault: a secret that is bound to what the server was before (design 6, bindings)."""
    home.accept(NEEDY)
    secrets, env = NamedSecrets(home.vault), {"PGDSN": "secret:dsn"}
    secrets.set("dsn", "postgres://x", binding_of_command("db", ["/bin/tac"], None, env))
    found = only(home.found(checks))
    assert (found.status, found.remedy) == ("fail", "localguard secret allow dsn db")
    secrets.allow("dsn", binding_of_command("db", ["/bin/cat"], None, env))
    assert serious(home.found(checks)) == []
    assert "postgres" not in repr(home.found(checks))


@pytest.mark.usefixtures("secret_service")
def test_a_secret_that_nobody_has_had_goes_to_the_first(home: Planted) -> None:
    """A secret without a binding is no fault: the first server of an accepted profile has it."""
    home.accept(NEEDY)
    NamedSecrets(home.vault).set("dsn", "postgres://x")
    assert serious(home.found(checks)) == []


def test_no_secret_is_kept_in_memory(home: Planted) -> None:
    """With store = "memory" no reference can ever be filled in."""
    home.accept(NEEDY)
    home.settings('[vault]\nstore = "memory"\n')
    scene = home.scene(MemoryVault)
    found = only(one for check in checks for one in check(scene))
    assert 'write store = "keyring"' in found.remedy
