"""Which secrets profiles refer to, and whether the servers that they are for may have them."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from localguard.doctor.profiles import in_force
from localguard.doctor.secret_checks import wanted
from localguard.doctor.secret_needs import needs
from localguard.vault.bindings import binding_of_url
from localguard.vault.named import NamedSecrets
from tests.doctor.planted import PLAIN, Planted, only, serious
from tests.vault.makers import vault_in

PROFILE = f"""{PLAIN}
[identity]
issuer = "https://login.example.com"
client_id = "localguard"
client_secret = "secret:client"

[servers.words]
command = ["/bin/cat", "--token=secret:word"]

[servers.hub]
url = "https://hub.example.com/mcp"
headers = {{ X-Key = "secret:header" }}

[servers.api]
url = "https://api.example.com/mcp"
auth = "secret:token"

[servers.desk]
url = "https://desk.example.com/mcp"
auth = "oauth"
oauth = {{ issuer = "https://login.example.com", client_id = "us", client_secret = "secret:desk" }}
"""


@pytest.fixture
def home(tmp_path: Path, client_environment: Mapping[str, str]) -> Planted:
    return Planted(tmp_path, client_environment, PROFILE)


def test_every_place_that_can_refer_to_a_secret_is_known(home: Planted) -> None:
    """Words of a command, headers, tokens, and the secrets of clients at their providers."""
    profile = in_force(home.scene())
    assert profile is not None
    found = {one.secret: one for one in needs(home.scene(), profile)}
    assert {name: one.server for name, one in found.items()} == {
        "client": None,
        "word": "words",
        "header": "hub",
        "token": "api",
        "desk": "desk",
    }
    url = binding_of_url("hub", "https://hub.example.com/mcp")
    assert found["header"].binding == url
    assert found["word"].binding is not None
    assert found["desk"].binding is None, "its provider gets it, and no server"


def test_a_secret_of_another_address_is_told(home: Planted) -> None:
    """One host may serve many tenants, so a secret is bound to the whole address (RFC 8707)."""
    vault = partial(vault_in, home.base)
    secrets = NamedSecrets(vault())
    for name in ("client", "word", "header", "token", "desk"):
        secrets.set(name, "x" * 20)
    assert serious(wanted(home.scene(vault), opens=True)) == []
    elsewhere = binding_of_url("hub", "https://hub.example.com/other")
    secrets.set("header", "y" * 20, elsewhere)
    found = only(wanted(home.scene(vault), opens=True))
    assert found.remedy == "localguard secret allow header hub"
    assert serious(wanted(home.scene(vault), opens=False)) == []


def test_a_program_that_only_its_client_finds_is_told_by_the_name_of_its_server(
    home: Planted,
) -> None:
    """Without a stored PATH each client may find another one: what was bound is taken for it."""
    home.accept(f'{PLAIN}[servers.db]\ncommand = ["cat"]\nenv = {{ DSN = "secret:dsn" }}\n')
    vault = partial(vault_in, home.base)
    secrets = NamedSecrets(vault())
    secrets.set("dsn", "x" * 20, binding_of_url("db", "https://db.example.com"))
    assert serious(wanted(home.scene(vault), opens=True)) == []
    home.accept(f'{PLAIN}[servers.pg]\ncommand = ["cat"]\nenv = {{ DSN = "secret:dsn" }}\n')
    assert only(wanted(home.scene(vault), opens=True)).status == "fail"
