"""A person signs out: their tokens for servers end, and nobody else's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from localguard.credentials.entries import Entry, write_entry
from localguard.credentials.fixed import secrets_of_issuers
from localguard.credentials.forgetting import Forgotten, forget_tokens
from localguard.errors import SignInFault, VaultFault
from localguard.oauth.wire import Wire
from localguard.policy.server_auth import OAuth
from localguard.vault.bindings import binding_of_url
from localguard.vault.memory import MemoryVault
from localguard.vault.named import NamedSecrets
from tests.credentials.authority import Authority, Resource
from tests.credentials.person import Person
from tests.credentials.signing_in import ALICE, BOB, SignIns
from tests.credentials.web import Reply


def secret_of(name: str, issuer: str) -> str:
    return f"{name} for {issuer}"


@pytest.fixture
def sign_ins(resource: Resource, vault: MemoryVault, authority: Authority) -> SignIns:
    authority.metadata["revocation_endpoint"] = f"{authority.origin}/revoke"
    authority.fails["/revoke"] = [Reply()]
    return SignIns(resource, vault, Person())


def test_a_persons_tokens_are_ended_and_gone(
    sign_ins: SignIns, authority: Authority, wire: Wire
) -> None:
    """RFC 7009: the refresh token, with which the issuer ends what came of it."""
    sign_ins.login()
    entry = sign_ins.kept()
    assert entry is not None
    (forgotten,) = forget_tokens(sign_ins.vault, ALICE, wire, secret_of)
    assert forgotten == Forgotten(sign_ins.resource.url, authority.origin)
    assert authority.asked[-1].path == "/revoke"
    assert authority.asked[-1].fields["token"] == entry.refresh
    with pytest.raises(SignInFault, match="not signed in"):
        sign_ins.bearer().token()


def test_other_peoples_tokens_stay(sign_ins: SignIns, wire: Wire) -> None:
    """One token per person."""
    sign_ins.login()
    sign_ins.vault.put("server/x", b"of another version")
    assert forget_tokens(sign_ins.vault, BOB, wire, secret_of) == ()
    assert forget_tokens(sign_ins.vault, None, wire, secret_of) == ()
    assert sign_ins.bearer().token()


@pytest.mark.parametrize(
    ("reply", "told"), [(Reply(503), "cannot serve"), (Reply(401, {"error": "x"}), "refuses")]
)
def test_a_token_that_cannot_be_ended_is_gone_all_the_same(
    sign_ins: SignIns, authority: Authority, wire: Wire, reply: Reply, told: str
) -> None:
    """Promise: what did not work is said, and nothing is kept for it."""
    sign_ins.login()
    authority.fails["/revoke"] = [reply]
    (forgotten,) = forget_tokens(sign_ins.vault, ALICE, wire, secret_of)
    assert forgotten.why_not is not None
    assert told in forgotten.why_not
    assert sign_ins.kept() is None


def test_an_issuer_without_a_way_to_end_is_told(
    resource: Resource, vault: MemoryVault, wire: Wire
) -> None:
    """RFC 8414: a revocation endpoint is optional."""
    SignIns(resource, vault, Person()).login()
    (forgotten,) = forget_tokens(vault, ALICE, wire, secret_of)
    assert forgotten.why_not == "the provider has no way to revoke a token"


def test_a_client_of_the_profile_proves_who_it_is(
    sign_ins: SignIns, authority: Authority, wire: Wire
) -> None:
    """RFC 7009 section 2.1: with the secret that is kept apart from the token."""
    authority.clients["lg"] = secret_of("code", authority.origin)
    sign_ins.auth = OAuth(authority.origin, "lg", "code")
    sign_ins.login()
    (forgotten,) = forget_tokens(sign_ins.vault, ALICE, wire, secret_of)
    assert forgotten.why_not is None
    assert authority.asked[-1].headers["authorization"].startswith("Basic ")


class Busy(MemoryVault):
    """A vault with one entry that another process has."""

    def __init__(self, busy: str = "") -> None:
        super().__init__()
        self.busy = busy

    @contextmanager
    def alone(self, name: str, seconds: float) -> Iterator[None]:
        if name == self.busy:
            raise VaultFault("another process has held this")
        with super().alone(name, seconds):
            yield


def other(url: str, issuer: str, access: str = "at") -> Entry:
    """A token for another server."""
    return Entry(issuer, f"{issuer}/token", "lg", "none", url, ALICE, access=access)


def test_all_are_gone_before_the_first_issuer_is_asked(
    sign_ins: SignIns, authority: Authority, wire: Wire
) -> None:
    """Attack: an issuer that never answers keeps the other tokens here."""
    sign_ins.login()
    held = list[int]()

    def looked(name: str, issuer: str) -> str:
        held.append(len(sign_ins.vault.names("server")))
        return secret_of(name, issuer)

    client = replace(other("https://b.example", authority.origin), secret_name="code")
    write_entry(sign_ins.vault, "server/b", client)
    forget_tokens(sign_ins.vault, ALICE, wire, looked)
    assert held == [0]


def test_a_token_that_another_process_has_is_told_to_be_here_still(
    resource: Resource, wire: Wire
) -> None:
    """Fail closed: nobody believes that it is gone, and the others go."""
    vault = Busy("server/a")
    issuer = resource.authority.origin
    write_entry(vault, "server/a", other("https://a.example", issuer))
    write_entry(vault, "server/b", other("https://b.example", issuer))
    kept, gone = forget_tokens(vault, ALICE, wire, secret_of)
    assert (kept.resource, kept.kept) == ("https://a.example", "another process has held this")
    assert (gone.resource, gone.kept) == ("https://b.example", None)
    assert list(vault.names("server")) == ["server/a"]


def test_an_issuer_out_of_reach_is_asked_once(wire: Wire) -> None:
    """A person who signs out waits for it once, not for each of its tokens."""
    vault, gone = MemoryVault(), "http://127.0.0.1:1"
    for name in ("a", "b"):
        entry = replace(
            other(f"https://{name}.example", gone), revocation_endpoint=f"{gone}/revoke"
        )
        write_entry(vault, f"server/{name}", entry)
    one, two = forget_tokens(vault, ALICE, wire, secret_of)
    assert one.revoked is two.revoked is False
    assert one.why_not == two.why_not
    assert not vault.names("server")


def test_what_has_ended_before_needs_no_issuer(wire: Wire) -> None:
    """An entry without tokens only holds what was demanded."""
    vault = MemoryVault()
    write_entry(vault, "server/a", other("https://a.example", "http://127.0.0.1:1", ""))
    (forgotten,) = forget_tokens(vault, ALICE, wire, secret_of)
    assert (forgotten.revoked, forgotten.why_not, forgotten.kept) == (None, None, None)


def test_the_secret_of_a_client_goes_where_it_went_before(authority: Authority) -> None:
    """Attack: an entry names a secret that was never given to its issuer."""
    secrets = NamedSecrets(MemoryVault())
    secrets.set("code", "s3cret-value", binding_of_url("notes", authority.origin))
    found = secrets_of_issuers(secrets)
    assert found("code", authority.origin) == "s3cret-value"
    with pytest.raises(VaultFault, match="not bound"):
        found("code", "https://evil.example")
