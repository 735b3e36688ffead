"""The second provider does what the tests rest on: checked without localguard."""

from urllib.parse import urlencode

from tests.providers.by_hand import (
    CHALLENGE,
    CLIENT,
    SCOPES,
    claims,
    post,
    provider,
    refreshing,
    refused,
    signed_in,
)
from tests.providers.person import Person


def test_a_person_signs_in_by_another_implementation(canaille_issuer: str) -> None:
    """RS512, an audience that is a list, an auth_time that is no whole number."""
    told = claims(signed_in(canaille_issuer)["id_token"])
    assert (told["sub"], told["aud"]) == ("alice", [CLIENT])
    assert sorted(told["groups"]) == ["dev", "finance"]
    assert "none" in provider(canaille_issuer)["id_token_signing_alg_values_supported"]


def test_a_refresh_token_is_good_once(canaille_issuer: str) -> None:
    """RFC 9700 4.14.2, without the family."""
    token, url = signed_in(canaille_issuer)["refresh_token"], provider(canaille_issuer)
    post(url["token_endpoint"], **refreshing(token))
    assert refused(url["token_endpoint"], **refreshing(token)) == "invalid_grant"


def test_a_port_that_is_not_registered_is_refused(canaille_issuer: str) -> None:
    """RFC 8252 7.3 is not followed by all."""
    query = {
        "client_id": CLIENT,
        "response_type": "code",
        "redirect_uri": "http://127.0.0.1:1/callback",
        "scope": SCOPES,
        "code_challenge": CHALLENGE.decode(),
        "code_challenge_method": "S256",
        "nonce": "n",
    }
    url = f"{provider(canaille_issuer)['authorization_endpoint']}?{urlencode(query)}"
    assert Person().visit(url).status == 400
