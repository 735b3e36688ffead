"""A person signs out: their tokens for servers end, and nobody else's."""

import pytest

from localguard.credentials.forgetting import Forgotten, forget_tokens
from localguard.errors import SignInFault
from localguard.oauth.wire import Wire
from localguard.policy.server_auth import OAuth
from localguard.vault.memory import MemoryVault
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
