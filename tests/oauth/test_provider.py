"""Discovery: what a provider says of itself is believed only where nobody can gain by a lie."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.errors import SignInFault
from localguard.oauth.faults import Unreachable
from localguard.oauth.provider import (
    Provider,
    discover_authorization_server,
    discover_openid,
    metadata_places,
    read_provider,
)
from localguard.oauth.wire import Wire
from tests.oauth.site import Site, closed_port, metadata, said

OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"
ISSUER = "https://login.example.com"

values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
)


def test_an_openid_provider_is_found_at_its_issuer(op: Site, wire: Wire) -> None:
    """OpenID Connect Discovery 1.0 section 4."""
    more = {"end_session_endpoint": f"{op.url}/bye", "scopes_supported": ["openid", 7]}
    op.at[OPENID] = said(metadata(op.url, **more))
    provider = discover_openid(wire, op.url)
    assert provider.token_endpoint == f"{op.url}/token"
    assert provider.end_session_endpoint == f"{op.url}/bye"
    assert provider.scopes == ("openid",)
    assert provider.iss_parameter


def test_an_issuer_with_a_path_has_its_metadata_below_the_path(op: Site, wire: Wire) -> None:
    """An issuer that ends with a slash keeps it in its name and not in the place."""
    issuer = f"{op.url}/tenant/"
    op.at["/tenant" + OPENID] = said(metadata(issuer))
    assert discover_openid(wire, issuer).issuer == issuer


def test_where_no_provider_is_the_issuer_is_to_be_checked(op: Site, wire: Wire) -> None:
    """What a person who mistyped it needs to hear."""
    with pytest.raises(SignInFault, match="there is no OpenID provider") as caught:
        discover_openid(wire, op.url)
    assert caught.value.where == op.url
    assert caught.value.fix == "check the issuer in the profile"


def test_the_other_issuer_is_named(op: Site, wire: Wire) -> None:
    """Often all that is amiss is a slash; the words of strangers are made safe."""
    op.at[OPENID] = said(metadata(op.url) | {"issuer": f"{op.url}/\u202e"})
    with pytest.raises(SignInFault) as caught:
        discover_openid(wire, op.url)
    assert f"another issuer, {op.url}/" in caught.value.what
    assert "\u202e" not in caught.value.what


@pytest.mark.parametrize("other", ["/", "/x", "https://evil.example.com", None, 7])
def test_metadata_of_another_issuer_is_refused(op: Site, wire: Wire, other: object) -> None:
    """RFC 8414 section 3.3: identical, letter by letter, or one provider speaks for another."""
    told = op.url + other if isinstance(other, str) and other.startswith("/") else other
    document = metadata(op.url) | {"issuer": told}
    op.at[OPENID] = op.at[OAUTH] = said(document)
    with pytest.raises(SignInFault, match="another issuer"):
        discover_openid(wire, op.url)
    with pytest.raises(SignInFault, match="another issuer"):
        discover_authorization_server(wire, op.url)


@pytest.mark.parametrize("listed", [None, [], ["plain"], "S256", {"S256": True}])
def test_a_provider_that_does_not_list_s256_is_refused(
    op: Site, wire: Wire, listed: object
) -> None:
    """Identity.md 7.14: metadata without PKCE is refused, unless a person says otherwise."""
    document = metadata(op.url, code_challenge_methods_supported=listed)
    op.at[OPENID] = op.at[OAUTH] = said(document)
    with pytest.raises(SignInFault, match="S256"):
        discover_authorization_server(wire, op.url)
    with pytest.raises(SignInFault, match="S256") as error:
        discover_openid(wire, op.url)
    assert "assume_pkce" in error.value.fix
    assert discover_openid(wire, op.url, assume_pkce=True).issuer == op.url


@pytest.mark.parametrize(
    "name",
    [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "registration_endpoint",
        "revocation_endpoint",
        "end_session_endpoint",
        "device_authorization_endpoint",
        "pushed_authorization_request_endpoint",
    ],
)
@pytest.mark.parametrize(
    "value",
    [
        "http://login.example.com/x",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://169.254.169.254/x",
        "http://127.0.0.1:9/x",
        "https://a@login.example.com/",
        "",
        7,
    ],
)
def test_each_endpoint_is_a_safe_address(name: str, value: object) -> None:
    """MCP security best practices: URL validation and SSRF, for each endpoint alike."""
    with pytest.raises(SignInFault):
        read_provider(metadata(ISSUER, **{name: value}), ISSUER)


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_an_openid_provider_without_what_a_sign_in_needs_is_refused(
    op: Site, wire: Wire, name: str
) -> None:
    op.at[OPENID] = said(metadata(op.url, **{name: None}))
    with pytest.raises(SignInFault, match=name):
        discover_openid(wire, op.url)


def test_a_server_that_only_gives_tokens_needs_no_pkce() -> None:
    """An authorization server for ID-JAG has no page for people, so no code that PKCE guards."""
    document = metadata(
        ISSUER, authorization_endpoint=None, code_challenge_methods_supported=None, jwks_uri=None
    )
    assert read_provider(document, ISSUER).authorization_endpoint is None


@given(st.dictionaries(st.sampled_from(sorted(metadata(ISSUER))), values))
def test_no_metadata_makes_the_reading_stumble(changes: dict[str, Any]) -> None:
    document = {**metadata(ISSUER), **changes}
    try:
        provider = read_provider(document, ISSUER)
    except SignInFault:
        return
    assert provider.issuer == ISSUER
    assert provider.token_endpoint.startswith("https://")


def test_what_was_kept_reads_back_the_same() -> None:
    provider = read_provider(metadata(ISSUER, acr_values_supported=["a"]), ISSUER)
    assert read_provider(provider.document, ISSUER) == provider


@pytest.mark.parametrize(
    ("issuer", "places"),
    [
        (ISSUER, [ISSUER + OAUTH, ISSUER + OPENID]),
        (ISSUER + "/", [ISSUER + OAUTH, ISSUER + OPENID]),
        (
            ISSUER + "/t/1",
            [ISSUER + OAUTH + "/t/1", ISSUER + OPENID + "/t/1", ISSUER + "/t/1" + OPENID],
        ),
    ],
)
def test_the_places_are_those_of_the_mcp_spec_in_its_order(issuer: str, places: list[str]) -> None:
    """MCP basic/authorization, authorization server metadata discovery."""
    assert list(metadata_places(issuer)) == places


@pytest.mark.parametrize("place", [OAUTH + "/t", OPENID + "/t", "/t" + OPENID])
def test_an_authorization_server_is_found_at_any_of_the_places(
    op: Site, wire: Wire, place: str
) -> None:
    op.at[place] = said(metadata(f"{op.url}/t"))
    assert discover_authorization_server(wire, f"{op.url}/t").issuer == f"{op.url}/t"


def test_an_answer_that_is_no_metadata_is_passed_over(op: Site, wire: Wire) -> None:
    """Some sites answer everything with a page and a 200."""
    op.at[OAUTH] = said("welcome")
    op.at[OPENID] = said(metadata(op.url))
    assert discover_authorization_server(wire, op.url).issuer == op.url


def test_an_issuer_without_metadata_is_a_fault_with_a_way_out(op: Site, wire: Wire) -> None:
    with pytest.raises(SignInFault, match="no metadata") as error:
        discover_authorization_server(wire, op.url)
    assert error.value.fix


def test_a_server_that_is_ill_is_not_passed_over(op: Site, wire: Wire) -> None:
    """Whoever can make one place fail must not choose the next."""
    op.at[OAUTH] = said({}, 503)
    op.at[OPENID] = said(metadata(op.url))
    with pytest.raises(Unreachable):
        discover_authorization_server(wire, op.url)


@pytest.mark.parametrize("issuer", ["https://a.example/?x=1", "http://a.example", "", "https://"])
def test_what_cannot_be_an_issuer_is_never_asked(wire: Wire, issuer: str) -> None:
    with pytest.raises(SignInFault):
        discover_openid(wire, issuer)


def test_a_server_elsewhere_cannot_name_an_issuer_on_this_machine(wire: Wire) -> None:
    """SSRF by protected resource metadata."""
    issuer = f"http://127.0.0.1:{closed_port()}"
    with pytest.raises(SignInFault, match="elsewhere"):
        discover_authorization_server(wire, issuer, named_by="https://mcp.example.com/mcp")


def test_a_provider_is_a_value() -> None:
    assert Provider(ISSUER, None, "https://t/") == Provider(ISSUER, None, "https://t/")
