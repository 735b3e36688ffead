"""The first provider does what the tests of signing in rest on: checked without localguard."""

import json
import threading
import urllib.request
from collections.abc import Callable
from http.client import RemoteDisconnected
from urllib.error import HTTPError

import pytest

from tests.providers.by_hand import (
    REDIRECT,
    claims,
    post,
    provider,
    redirected,
    refreshing,
    refused,
    signed_in,
)
from tests.providers.idp import PASSKEY_ACR, Idp
from tests.providers.person import Person

ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
ID_JAG = "urn:ietf:params:oauth:token-type:id-jag"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
RESOURCE = "https://mcp.example.test/mcp"


def test_a_person_signs_in_and_their_groups_are_in_the_id_token(idp: Idp) -> None:
    """OpenID Connect Core 3.1; RFC 8252 7.3: the port of a loopback redirect is free."""
    got = signed_in(idp.issuer)
    told = claims(got["id_token"])
    assert told["groups"] == ["dev", "finance"]
    assert (told["sub"], told["email"], told["email_verified"]) == (
        "alice", "alice@example.test", True
    )  # fmt: skip
    assert idp.requests("token:authorization_code:ok") == 1
    assert got["refresh_token"] in idp.minted("refresh_token")


def test_who_says_no_is_told_so_with_the_issuer(idp: Idp) -> None:
    """RFC 6749 4.1.2.1, RFC 9207."""
    answer = redirected(idp.issuer, Person(says="no"))
    assert (answer["error"], answer["iss"]) == ("access_denied", idp.issuer)


def test_a_refresh_token_used_twice_ends_its_family(idp: Idp) -> None:
    """RFC 9700 4.14.2: rotation, and what was stolen is worth nothing."""
    first, url = signed_in(idp.issuer), f"{idp.issuer}/token"
    second = post(url, **refreshing(first["refresh_token"]))
    assert refused(url, **refreshing(first["refresh_token"])) == "invalid_grant"
    assert refused(url, **refreshing(second["refresh_token"])) == "invalid_grant"
    assert idp.refreshes() == 1


def test_a_lost_group_and_a_leaver_show_at_the_next_refresh(idp: Idp) -> None:
    """What the tests of claims_max_age rest on."""
    first = signed_in(idp.issuer)
    idp.person("alice", groups=["dev"])
    second = post(f"{idp.issuer}/token", **refreshing(first["refresh_token"]))
    assert claims(second["id_token"])["groups"] == ["dev"]
    idp.person("alice", gone=True)
    again = refreshing(second["refresh_token"])
    assert refused(f"{idp.issuer}/token", **again) == "invalid_grant"


def test_a_step_up_says_when_and_how(idp: Idp) -> None:
    """OpenID Connect Core 2: auth_time and acr; an acr that is not met is absent."""
    asked = {"max_age": "0", "acr_values": PASSKEY_ACR, "prompt": "login consent", "nonce": "n"}
    told = claims(signed_in(idp.issuer, **asked)["id_token"])
    assert "auth_time" in told
    assert "acr" not in told
    idp.change(acr={"alice": PASSKEY_ACR})
    assert claims(signed_in(idp.issuer, **asked)["id_token"])["acr"] == PASSKEY_ACR


def test_a_token_of_a_resource_names_it(idp: Idp) -> None:
    """RFC 8707, RFC 9068."""
    got = signed_in(idp.issuer, scope="openid offline_access mcp:read", resource=RESOURCE)
    assert claims(got["access_token"])["aud"] == RESOURCE
    assert claims(got["access_token"])["scope"] == "mcp:read"


def test_a_device_is_signed_in_by_its_code(idp: Idp) -> None:
    """RFC 8628."""
    asked = post(f"{idp.issuer}/device/auth", client_id="localguard", scope="openid")
    poll = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "client_id": "localguard",
        "device_code": asked["device_code"],
    }
    assert refused(f"{idp.issuer}/token", **poll) == "authorization_pending"
    Person().visit(asked["verification_uri_complete"])
    assert claims(post(f"{idp.issuer}/token", **poll)["id_token"])["sub"] == "alice"


def test_a_sign_out_page_and_a_revoked_token(idp: Idp) -> None:
    """OpenID Connect RP-Initiated Logout 1.0, RFC 7009."""
    got, person = signed_in(idp.issuer), Person()
    form = {"token": got["refresh_token"], "client_id": "localguard"}
    post(f"{idp.issuer}/token/revocation", **form)
    again = refreshing(got["refresh_token"])
    assert refused(f"{idp.issuer}/token", **again) == "invalid_grant"
    page = person.visit(f"{idp.issuer}/session/end?id_token_hint={got['id_token']}")
    assert page.status == 200


def test_a_client_registers_itself(idp: Idp) -> None:
    """RFC 7591, as MCP servers' authorization servers do."""
    asked = {
        "client_name": "localguard",
        "application_type": "native",
        "token_endpoint_auth_method": "none",
        "redirect_uris": ["http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    }
    request = urllib.request.Request(
        f"{idp.issuer}/reg", json.dumps(asked).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        registered = json.load(answer)
    assert redirected(idp.issuer, Person(), client_id=registered["client_id"])["code"]


def test_a_client_is_known_by_its_document(idp: Idp) -> None:
    """draft-ietf-oauth-client-id-metadata-document."""
    here = "https://localguard.example.test/client.json"
    about = {
        "client_id": here,
        "client_name": "localguard",
        "application_type": "native",
        "token_endpoint_auth_method": "none",
        "redirect_uris": [REDIRECT],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    }
    idp.change(documents={here: about})
    assert redirected(idp.issuer, Person(), client_id=here)["code"]


def test_a_sign_in_is_traded_for_a_token_of_another_audience(idp: Idp) -> None:
    """RFC 8693 section 2."""
    got = post(
        f"{idp.issuer}/token",
        grant_type=EXCHANGE,
        client_id="localguard",
        subject_token=signed_in(idp.issuer)["id_token"],
        subject_token_type=ID_TOKEN,
        resource=RESOURCE,
        scope="mcp:read",
    )
    assert claims(got["access_token"])["aud"] == RESOURCE
    assert claims(got["access_token"])["sub"] == "alice"


def test_an_assertion_of_one_provider_is_a_token_at_another(idps: Callable[[], Idp]) -> None:
    """ID-JAG, both legs; an assertion is good at the provider it names alone."""
    home, other = idps(), idps()
    got = post(
        f"{home.issuer}/token",
        grant_type=EXCHANGE,
        client_id="localguard",
        subject_token=signed_in(home.issuer)["id_token"],
        subject_token_type=ID_TOKEN,
        requested_token_type=ID_JAG,
        audience=other.issuer,
        resource=RESOURCE,
        scope="mcp:read",
    )
    redeem = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "client_id": "localguard",
        "assertion": got["access_token"],
    }
    assert refused(f"{other.issuer}/token", **redeem) == "invalid_grant"
    other.change(trusts=[home.issuer])
    assert claims(post(f"{other.issuer}/token", **redeem)["access_token"])["aud"] == RESOURCE


def test_faults_come_as_often_as_asked(idp: Idp) -> None:
    """A provider that is down, that loses an answer, and that holds one back."""
    url, form = f"{idp.issuer}/token", refreshing("none")
    idp.fault("token", status=503, times=1)
    with pytest.raises(HTTPError) as error:
        post(url, **form)
    with error.value:
        assert error.value.status == 503
    assert refused(url, **form) == "invalid_grant"
    idp.fault("token", lose=True, times=1)
    with pytest.raises(RemoteDisconnected):
        post(url, **form)
    idp.fault("token", hold=True, times=1)
    asking = threading.Thread(target=refused, args=(url,), kwargs=form)
    asking.start()
    idp.held()
    idp.release()
    asking.join()
    assert idp.requests("token") == 4


def test_what_it_publishes_can_be_wrong(idp: Idp) -> None:
    """Metadata without PKCE, or of another issuer."""
    idp.change(discovery={"code_challenge_methods_supported": None, "issuer": "https://evil.test"})
    published = provider(idp.issuer)
    assert published["issuer"] == "https://evil.test"
    assert "code_challenge_methods_supported" not in published
