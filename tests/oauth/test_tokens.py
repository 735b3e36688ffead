"""The token endpoint: what is asked for, what of an answer is taken, and what a refusal means."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.errors import SignInFault
from localguard.oauth.client import Client
from localguard.oauth.faults import Refused, Unreachable
from localguard.oauth.provider import Provider
from localguard.oauth.tokens import (
    ACCESS_TOKEN,
    ID_JAG,
    ID_TOKEN,
    Tokens,
    exchange,
    exchange_code,
    jwt_bearer,
    refresh,
    revoke,
)
from localguard.oauth.wire import Answer, Wire
from tests.oauth.site import Reply, Site, said

CLIENT = Client("me")
GIVEN = {"access_token": "a.b-c", "token_type": "Bearer", "expires_in": 60}


@pytest.fixture
def provider(op: Site) -> Provider:
    op.at["/token"] = said(GIVEN)
    return Provider(op.url, None, f"{op.url}/token", revocation_endpoint=f"{op.url}/revoke")


def _code(wire: Wire, provider: Provider) -> Tokens:
    given = {"code": "c", "verifier": "v", "redirect_uri": "http://127.0.0.1:1/callback"}
    return exchange_code(wire, provider, CLIENT, **given, resource="https://r", now=lambda: 100.0)


def test_a_code_becomes_tokens(op: Site, wire: Wire, provider: Provider) -> None:
    """RFC 6749 section 4.1.3, RFC 7636 section 4.5, RFC 8707 section 2.2."""
    more = {"refresh_token": "r", "id_token": "i.j.k", "scope": "openid  email"}
    op.at["/token"] = said(GIVEN | more)
    assert _code(wire, provider) == Tokens("a.b-c", "r", "i.j.k", 160.0, ("openid", "email"))
    assert op.forms("/token") == [
        {
            "grant_type": "authorization_code",
            "code": "c",
            "code_verifier": "v",
            "redirect_uri": "http://127.0.0.1:1/callback",
            "resource": "https://r",
            "client_id": "me",
        }
    ]


@pytest.mark.parametrize(
    ("lasts", "ends"),
    [
        (60, 160.0),
        (60.5, 160.5),
        ("61", 161.0),
        (0, 100.0),
        (-9, 100.0),
        (None, None),
        ("soon", None),
        ([], None),
        ("nan", None),
        ("1e999", None),
    ],
)
def test_how_long_a_token_lasts_is_read_from_whatever_is_sent(
    op: Site, wire: Wire, provider: Provider, lasts: object, ends: float | None
) -> None:
    op.at["/token"] = said(GIVEN | {"expires_in": lasts})
    assert _code(wire, provider).expires_at == ends


def test_a_token_for_ever_still_has_a_sane_end(op: Site, wire: Wire, provider: Provider) -> None:
    op.at["/token"] = said(GIVEN | {"expires_in": 1e300})
    ends = _code(wire, provider).expires_at
    assert ends is not None
    assert math.isfinite(ends)


@pytest.mark.parametrize(
    "changes",
    [
        {"access_token": None},
        {"access_token": ""},
        {"access_token": 7},
        {"access_token": "a b"},
        {"access_token": "a\r\nX-Evil: 1"},
        {"access_token": "ä"},
        {"access_token": "a" * 70_000},
        {"token_type": None},
        {"token_type": "mac"},
        {"token_type": "DPoP"},
        {"token_type": "N_A"},
        {"refresh_token": 7},
        {"id_token": "x\n"},
    ],
)
def test_an_answer_that_is_not_of_the_form_is_a_fault(
    op: Site, wire: Wire, provider: Provider, changes: dict[str, object]
) -> None:
    """A token goes into a header as it is: no end of a line in it, whatever a provider sends."""
    op.at["/token"] = said(GIVEN | changes)
    with pytest.raises(SignInFault, match="cannot be used"):
        _code(wire, provider)


def test_a_refusal_with_a_status_of_200_is_a_refusal(
    op: Site, wire: Wire, provider: Provider
) -> None:
    """GitHub answers so."""
    op.at["/token"] = said({"error": "bad_verification_code"})
    with pytest.raises(Refused) as error:
        _code(wire, provider)
    assert error.value.error == "bad_verification_code"


def test_no_object_is_a_fault(op: Site, wire: Wire, provider: Provider) -> None:
    op.at["/token"] = Reply(b"access_token=a&token_type=bearer")
    with pytest.raises(SignInFault, match="JSON"):
        _code(wire, provider)


def test_what_is_not_given_anew_is_carried_over(op: Site, wire: Wire, provider: Provider) -> None:
    """A refresh without a new refresh token or ID token leaves the old ones in force."""
    old = Tokens("old", "r1", "id1", 1.0, ("a", "b"))
    new = refresh(wire, provider, CLIENT, old, resource="https://r", now=lambda: 0.0)
    assert new == Tokens("a.b-c", "r1", "id1", 60.0, ("a", "b"))
    asked = {"grant_type": "refresh_token", "refresh_token": "r1", "resource": "https://r"}
    assert op.forms("/token") == [asked | {"client_id": "me"}]


def test_a_rotated_token_replaces_the_old_one(op: Site, wire: Wire, provider: Provider) -> None:
    op.at["/token"] = said(GIVEN | {"refresh_token": "r2", "id_token": "id2", "scope": "a"})
    new = refresh(wire, provider, CLIENT, Tokens("old", "r1", "id1"), scopes=("a", "b"))
    assert (new.refresh, new.id_token, new.scope) == ("r2", "id2", ("a",))
    assert op.forms("/token")[0]["scope"] == "a b"


def test_a_token_that_was_revoked_is_told_from_a_provider_that_is_ill(
    op: Site, wire: Wire, provider: Provider
) -> None:
    """Identity.md 1: invalid_grant = signed out; 5xx = keep."""
    op.at["/token"] = said({"error": "invalid_grant"}, 400)
    with pytest.raises(Refused) as error:
        refresh(wire, provider, CLIENT, Tokens("a", "r"))
    assert error.value.error == "invalid_grant"
    op.at["/token"] = said({"error": "invalid_grant"}, 502)
    with pytest.raises(Unreachable):
        refresh(wire, provider, CLIENT, Tokens("a", "r"))


def test_without_a_refresh_token_nothing_is_asked(op: Site, wire: Wire, provider: Provider) -> None:
    with pytest.raises(ValueError, match="no refresh token"):
        refresh(wire, provider, CLIENT, Tokens("a"))
    assert op.asked == []


def test_a_token_is_revoked(op: Site, wire: Wire, provider: Provider) -> None:
    """RFC 7009 section 2.1; the answer has no content."""
    op.at["/revoke"] = Reply()
    revoke(wire, provider, CLIENT, "r")
    assert op.forms("/revoke") == [
        {"token": "r", "token_type_hint": "refresh_token", "client_id": "me"}
    ]


def test_a_revocation_that_is_refused_or_impossible_is_said(
    op: Site, wire: Wire, provider: Provider
) -> None:
    """Canaille refuses public clients with 401."""
    op.at["/revoke"] = said({"error": "invalid_client"}, 401)
    with pytest.raises(Refused):
        revoke(wire, provider, CLIENT, "r")
    with pytest.raises(SignInFault, match="no way to revoke"):
        revoke(wire, Provider(op.url, None, f"{op.url}/token"), CLIENT, "r")


def test_a_token_is_traded(op: Site, wire: Wire, provider: Provider) -> None:
    """RFC 8693 section 2."""
    op.at["/token"] = said(GIVEN | {"issued_token_type": ACCESS_TOKEN})
    traded = exchange(
        wire, provider, CLIENT, subject_token="s", audience="x", scopes=("a",), now=lambda: 0.0
    )
    assert traded == Tokens("a.b-c", expires_at=60.0, issued_type=ACCESS_TOKEN)
    assert op.forms("/token") == [
        {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": "s",
            "subject_token_type": ID_TOKEN,
            "audience": "x",
            "scope": "a",
            "client_id": "me",
        }
    ]


def test_an_assertion_is_had_and_traded(op: Site, wire: Wire, provider: Provider) -> None:
    """ID-JAG: leg 1 gives an assertion that is no access token, leg 2 a token for it."""
    first = {"access_token": "j.w.t", "token_type": "N_A", "issued_token_type": ID_JAG}
    op.at["/token"] = said(first)
    leg = exchange(
        wire, provider, CLIENT, subject_token="s", requested_type=ID_JAG, resource="https://r"
    )
    assert leg.access == "j.w.t"
    op.at["/token"] = said(GIVEN)
    assert jwt_bearer(wire, provider, CLIENT, assertion=leg.access).access == "a.b-c"
    asked = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "j.w.t"}
    assert op.forms("/token")[1] == asked | {"client_id": "me"}


@pytest.mark.parametrize("issued", [None, ACCESS_TOKEN])
def test_a_trade_for_something_else_than_was_asked_for_is_a_fault(
    op: Site, wire: Wire, provider: Provider, issued: str | None
) -> None:
    op.at["/token"] = said(GIVEN | {"issued_token_type": issued})
    with pytest.raises(SignInFault, match="another type"):
        exchange(wire, provider, CLIENT, subject_token="s", requested_type=ID_JAG)


class Saying(Wire):
    """A wire with one answer, for what no server can be asked a hundred times."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._content = content

    def post_form(self, *_: object, **__: object) -> Answer:
        return Answer(200, {}, self._content)


@given(st.binary(max_size=60) | st.text(max_size=30).map(lambda text: f'{{"{text}": 1}}'.encode()))
def test_no_answer_makes_the_reading_stumble(content: bytes) -> None:
    provider = Provider("https://a", None, "https://a/token")
    with Saying(content) as wire, pytest.raises(SignInFault):
        jwt_bearer(wire, provider, CLIENT, assertion="x")


def test_no_token_is_in_a_repr() -> None:
    tokens = Tokens("s3cret-a", "s3cret-r", "s3cret-i", 1.0, ("a",))
    assert "s3cret" not in repr(tokens)


SHOWN = "rt-8f3c1d5e7a9b0c2d4e6f"
CONFIDENTIAL = Client("me", "hush-hush-hush-hush", "client_secret_post")


@pytest.mark.parametrize("status", [400, 401, 200])
@pytest.mark.parametrize(
    "words",
    [
        f"token {SHOWN} is not known",
        f"token {SHOWN[:14]}... is not known",
        f"refresh_token={SHOWN}&client_secret=hush-hush-hush-hush",
        "client_secret hush-hush-hush-hush is wrong",
        f"{'x' * 400}{SHOWN}",
    ],
)
def test_a_provider_that_repeats_what_it_was_sent_is_not_quoted(
    op: Site, wire: Wire, provider: Provider, status: int, words: str
) -> None:
    """Attack D: an error text with our token in it, which would reach the model and the log."""
    op.at["/token"] = said({"error": "invalid_grant", "error_description": words}, status)
    with pytest.raises(Refused, match="invalid_grant") as raised:
        refresh(wire, provider, CONFIDENTIAL, Tokens("a", SHOWN))
    told = raised.value.explain() + repr(raised.value)
    assert raised.value.error == "invalid_grant"
    assert not any(part in told for part in (SHOWN[:12], SHOWN[-12:], "hush-hush"))


def test_a_token_in_the_place_of_an_error_code_is_none(
    op: Site, wire: Wire, provider: Provider
) -> None:
    """Attack D: a code may be any word, and is told."""
    op.at["/token"] = said({"error": SHOWN}, 400)
    with pytest.raises(Refused) as raised:
        refresh(wire, provider, CLIENT, Tokens("a", SHOWN))
    assert SHOWN not in raised.value.explain()


def test_an_honest_reason_is_told(op: Site, wire: Wire, provider: Provider) -> None:
    """What repeats nothing secret helps."""
    words = "the refresh token of the client me has expired"
    op.at["/token"] = said({"error": "invalid_grant", "error_description": words}, 400)
    with pytest.raises(Refused, match=words):
        refresh(wire, provider, CONFIDENTIAL, Tokens("a", SHOWN))
