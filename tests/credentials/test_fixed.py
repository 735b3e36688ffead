"""`auth = "secret:NAME"`: a token that a person put into the vault."""

import pytest

from localguard.credentials.fixed import SecretBearer, secrets_of_clients
from localguard.errors import SignInFault, VaultFault
from localguard.policy.server_auth import StaticToken
from localguard.vault.memory import MemoryVault
from localguard.vault.named import NamedSecrets

URL = "https://api.example.com/tenants/a/mcp"
TOKEN = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"


@pytest.fixture
def named(vault: MemoryVault) -> NamedSecrets:
    return NamedSecrets(vault)


def bearer(named: NamedSecrets, url: str = URL) -> SecretBearer:
    return SecretBearer("notes", url, StaticToken("notes-token"), named.reveal)


def test_the_token_is_what_the_person_gave(named: NamedSecrets) -> None:
    """A line end that came along with a file is not part of it."""
    named.set("notes-token", f"{TOKEN}\n")
    assert bearer(named).token() == TOKEN


def test_no_secret_is_told_with_the_way_to_give_it(named: NamedSecrets) -> None:
    """Promise: what to do next."""
    with pytest.raises(VaultFault, match="no secret notes-token") as raised:
        bearer(named).token()
    assert "localguard secret set notes-token" in raised.value.fix


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com/tenants/b/mcp",
        "https://api.example.com/tenants/a/mcp/more",
        "https://api.example.com.evil.example/tenants/a/mcp",
        "http://localhost/tenants/a/mcp",
    ],
)
def test_it_is_bound_to_the_whole_address(named: NamedSecrets, url: str) -> None:
    """Attack: another tenant of one host, named in a profile that a model edited."""
    named.set("notes-token", TOKEN)
    assert bearer(named).token() == TOKEN
    with pytest.raises(VaultFault, match="bound to another server"):
        bearer(named, url).token()
    assert bearer(named, "HTTPS://API.example.com:443/tenants/a/mcp/").token() == TOKEN


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "pass word", "t\u00f6ken"])
def test_what_no_header_can_carry_is_refused(named: NamedSecrets, value: str) -> None:
    """RFC 6750 section 2.1 (attack: header injection)."""
    named.set("notes-token", value)
    with pytest.raises(SignInFault, match="cannot be a token") as raised:
        bearer(named).token()
    assert value not in raised.value.explain()


def test_a_refused_secret_is_told_and_a_new_one_is_taken(named: NamedSecrets) -> None:
    """Promise: no restart after `secret set`."""
    named.set("notes-token", TOKEN)
    held = bearer(named)
    with pytest.raises(SignInFault, match="notes refuses the secret notes-token") as raised:
        held.renewed(held.token(), "Bearer")
    assert TOKEN not in raised.value.explain()
    named.set("notes-token", "another-token-of-theirs")
    assert held.renewed(TOKEN, "Bearer") == "another-token-of-theirs"


def test_scopes_that_it_lacks_are_told(named: NamedSecrets) -> None:
    """RFC 6750 section 3.1: nothing can be renewed there."""
    named.set("notes-token", TOKEN)
    with pytest.raises(SignInFault, match="asks for more than notes-token gives: write"):
        bearer(named).renewed(TOKEN, 'Bearer error="insufficient_scope", scope="write"')


def test_the_secret_of_a_client_is_bound_to_its_issuer(named: NamedSecrets) -> None:
    """MCP basic/authorization: a client's secret is for the issuer that it was made at."""
    named.set("code", "s3cret")
    secret_of = secrets_of_clients("notes", named.reveal)
    assert secret_of("code", "https://as.example.com") == "s3cret"
    with pytest.raises(VaultFault, match="bound to another server"):
        secret_of("code", "https://evil.example")
