"""A person's sign-in, traded for tokens of servers; the person's own goes to nobody else."""

import base64
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import pytest

from localguard.credentials.minting import LONGEST, Minted, minted
from localguard.credentials.ports import Subject
from localguard.credentials.trade import Trade
from localguard.credentials.traded import TradedBearer
from localguard.errors import SignInFault
from localguard.oauth.client import Client
from localguard.oauth.faults import Unreachable
from localguard.oauth.provider import Provider
from localguard.oauth.tokens import ACCESS_TOKEN, ID_JAG, ID_TOKEN
from localguard.policy.server_auth import TokenExchange
from tests.credentials.authority import EXCHANGE, JWT_BEARER, Authority, authorities
from tests.credentials.web import Asked, Reply

SERVER = "https://notes.example.com/mcp"


@dataclass
class Traded:
    """Alice's provider, the issuer of the server, and what is traded there."""

    home: Authority
    away: Authority
    now: float = 1_000_000.0
    subjects: int = 0
    terms: TokenExchange = field(default_factory=TokenExchange)

    def signed_in(self) -> Subject:
        self.subjects += 1
        provider = Provider(self.home.origin, None, f"{self.home.origin}/token")
        return Subject(provider, Client("lg"), "alice.id.token", "alice-access")

    def trade(self, target: str | None = SERVER) -> Trade:
        secret_of = lambda name, issuer: f"{name} for {issuer}"  # noqa: E731
        return Trade("notes", self.terms, target, self.signed_in, secret_of)

    def bearer(self) -> TradedBearer:
        return TradedBearer(self.trade(), now=lambda: self.now)

    def asked(self, authority: Authority) -> list[Asked]:
        return [one for one in authority.asked if one.path == "/token"]


@pytest.fixture
def traded(authority: Authority) -> Generator[Traded]:
    with authorities(Authority()) as away:
        for one in (authority, away):
            one.clients["lg"] = None
            one.trades = {"alice-access": "", "alice.id.token": "", "jag.of.alice": ""}
        yield Traded(authority, away)


def test_the_access_token_is_traded_at_its_own_provider(traded: Traded) -> None:
    """RFC 8693 section 2.1, for the server's resource where the profile names no audience."""
    token = traded.bearer().token()
    (asked,) = traded.asked(traded.home)
    assert token in traded.home.access
    assert asked.fields == {
        "grant_type": EXCHANGE,
        "subject_token": "alice-access",
        "subject_token_type": ACCESS_TOKEN,
        "resource": SERVER,
        "client_id": "lg",
    }


def test_what_the_profile_asks_for_is_asked_for(traded: Traded) -> None:
    """Audience, resource and scopes are the profile's."""
    traded.terms = TokenExchange(audience="notes", resource="urn:notes", scopes=("a", "b"))
    traded.bearer().token()
    said = traded.asked(traded.home)[0].fields
    assert (said["audience"], said["resource"], said["scope"]) == ("notes", "urn:notes", "a b")
    traded.terms = TokenExchange(audience="notes")
    traded.bearer().token()
    assert "resource" not in traded.asked(traded.home)[1].fields


def test_another_issuer_sees_the_id_token_and_its_own_client(traded: Traded) -> None:
    """Promise: the access token is shown to its own provider alone, as is the client's secret."""
    issuer = traded.away.origin
    traded.away.clients["sts"] = f"code for {issuer}"
    traded.terms = TokenExchange(issuer=issuer, client_id="sts", client_secret="code")
    traded.bearer().token()
    (asked,) = traded.asked(traded.away)
    assert asked.fields["subject_token"] == "alice.id.token"
    assert asked.fields["subject_token_type"] == ID_TOKEN
    scheme, _, pair = asked.headers["authorization"].partition(" ")
    assert (scheme, base64.b64decode(pair)[:4]) == ("Basic", b"sts:")
    assert not traded.asked(traded.home)


def test_another_issuer_without_a_client_is_a_fault(traded: Traded) -> None:
    """The client of the sign-in is not shown elsewhere."""
    traded.terms = TokenExchange(issuer=traded.away.origin)
    with pytest.raises(SignInFault, match="names no client"):
        traded.bearer().token()
    assert not traded.asked(traded.away)


def test_an_assertion_takes_two_legs(traded: Traded) -> None:
    """draft-ietf-oauth-identity-assertion-authz-grant: the person's token stays at the provider."""
    traded.terms = TokenExchange("id-jag", traded.away.origin, scopes=("read",), client_id="lg")
    traded.home.trades["alice.id.token"] = "jag.of.alice"
    token = traded.bearer().token()
    (first,), (second,) = traded.asked(traded.home), traded.asked(traded.away)
    assert token in traded.away.access
    assert first.fields["requested_token_type"] == ID_JAG
    assert first.fields["subject_token"] == "alice.id.token"
    assert first.fields["audience"] == traded.away.origin
    assert first.fields["resource"] == second.fields["resource"] == SERVER
    assert second.fields["grant_type"] == JWT_BEARER
    assert second.fields["assertion"] == "jag.of.alice"
    assert "alice" not in str(second.fields).replace("jag.of.alice", "")


@pytest.mark.parametrize("back", ["alice-access", "alice.id.token"])
def test_the_persons_own_token_never_goes_to_a_server(traded: Traded, back: str) -> None:
    """Attack, token passthrough: a provider that gives back what it got (design 11)."""
    traded.home.trades["alice-access"] = back
    with pytest.raises(SignInFault, match="own token back") as raised:
        traded.bearer().token()
    assert back not in raised.value.explain()


def test_a_token_of_another_kind_is_refused(traded: Traded) -> None:
    """RFC 8693 section 2.2.1: a refresh token is nothing to show to a server."""
    kind = "urn:ietf:params:oauth:token-type:refresh_token"
    said = {"access_token": "x", "token_type": "Bearer", "issued_token_type": kind}
    traded.home.fails["/token"] = [Reply(said=said)]
    with pytest.raises(SignInFault, match="another kind of token"):
        traded.bearer().token()


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        (TokenExchange("id-jag", "{away}", client_id="lg"), "no ID token to trade"),
        (TokenExchange("id-jag", client_id="lg"), "does not name the authorization server"),
    ],
)
def test_what_an_assertion_lacks_is_told(traded: Traded, terms: TokenExchange, told: str) -> None:
    """Promise: what happened, and what to do."""
    issuer = None if terms.issuer is None else traded.away.origin
    traded.terms = replace(terms, issuer=issuer)
    trade = replace(traded.trade(), signed_in=lambda: replace(traded.signed_in(), id_token=None))
    with pytest.raises(SignInFault, match=told) as raised:
        TradedBearer(trade).token()
    assert raised.value.fix


def test_it_is_kept_in_memory_until_shortly_before_its_end(traded: Traded) -> None:
    """Promise: one exchange for as long as the token is good."""
    bearer = traded.bearer()
    first = bearer.token()
    traded.now += 3560
    assert bearer.token() == first
    traded.now += 20
    assert bearer.token() != first
    assert traded.subjects == 2
    assert first not in repr(bearer)


def test_a_token_without_an_end_is_traded_anew_in_time(traded: Traded) -> None:
    """RFC 8693 section 2.2.1: expires_in is only recommended."""
    traded.home.lasts = None
    bearer = traded.bearer()
    first = bearer.token()
    traded.now += 299
    assert bearer.token() != first


def test_parallel_calls_trade_once(traded: Traded) -> None:
    """One exchange, all share."""
    bearer = traded.bearer()
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(lambda _: bearer.token(), range(16)))) == 1
    old = bearer.token()
    traded.now += 60
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(lambda _: bearer.renewed(old, "Bearer"), range(16)))) == 1
    assert traded.subjects == 2


def test_a_new_token_that_is_refused_is_told(traded: Traded) -> None:
    """Attack: a server that answers 401 to everything."""
    bearer = traded.bearer()
    with pytest.raises(SignInFault, match="made for it just now"):
        bearer.renewed(bearer.token(), "Bearer")
    assert traded.subjects == 1


@pytest.mark.parametrize(
    ("challenge", "told"),
    [
        ('Bearer error="insufficient_scope", scope="w"', r"more than the exchange gives \(w\)"),
        ('Bearer error="insufficient_user_authentication"', "fresher sign-in"),
    ],
)
def test_what_only_a_person_can_give_is_told(traded: Traded, challenge: str, told: str) -> None:
    """RFC 6750 section 3.1 and RFC 9470: nothing is traded again for it."""
    with pytest.raises(SignInFault, match=told):
        traded.bearer().renewed("x", challenge)
    assert traded.subjects == 0


def test_a_provider_out_of_reach_is_not_asked_by_each_call(traded: Traded) -> None:
    """Calls that wait in turn would each wait for the same silence."""
    traded.home.fails["/token"] = [Reply(503)] * 9
    bearer = traded.bearer()
    for _ in range(3):
        with pytest.raises(Unreachable):
            bearer.token()
    assert len(traded.asked(traded.home)) == 1


def test_variables_get_tokens_of_their_own(traded: Traded) -> None:
    """identity.md 4, ladder (b): minted at spawn, never longer than the token's life."""
    exchanges = {
        "A": TokenExchange(audience="a"),
        "B": TokenExchange(audience="b", scopes=("r",)),
    }
    given = minted("db", exchanges, traded.signed_in, str.__add__, now=lambda: traded.now)
    assert set(given.variables) == {"A", "B"}
    assert given.ends_at == traded.now + 3600
    assert not any(token in repr(given) for token in given.variables.values())
    assert given.end("db", traded.now) is None
    fault = given.end("db", traded.now + 3600)
    assert fault is not None
    assert "ended at" in fault.what
    assert fault.fix == "reconnect the server in the client"


def test_a_variable_that_cannot_be_had_starts_nothing(traded: Traded) -> None:
    """Fail closed: no server with half of its variables."""
    traded.home.trades.clear()
    with pytest.raises(SignInFault, match="invalid_grant"):
        minted("db", {"A": TokenExchange(audience="a")}, traded.signed_in, str.__add__)


def test_a_minted_token_that_lasts_for_long_is_refused(traded: Traded) -> None:
    """Others of the same user can read a variable: its short life is the defence."""
    traded.home.lasts = int(LONGEST) + 60
    with pytest.raises(SignInFault, match="24 hours"):
        minted("db", {"A": TokenExchange(audience="a")}, traded.signed_in, str.__add__)


def test_nothing_minted_never_ends() -> None:
    """A server without minted variables is asked about like any other."""
    assert Minted().end("db", 1e12) is None
