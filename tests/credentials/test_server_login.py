"""A person signs in to a server, whatever the servers say (MCP basic/authorization 2026-07-28)."""

from urllib.parse import parse_qs, urlsplit

import pytest

from localguard.credentials.clients import issuer_of
from localguard.credentials.demands import Demands
from localguard.credentials.entries import sign_in_name
from localguard.credentials.registration import redirect_uris
from localguard.errors import SignInFault, VaultFault
from localguard.oauth.addresses import resource_of
from localguard.oauth.faults import Refused
from localguard.oauth.wire import Wire
from localguard.policy.server_auth import OAuth
from localguard.vault.memory import MemoryVault
from tests.credentials.authority import Authority, Resource, authorities, resources
from tests.credentials.person import Person
from tests.credentials.signing_in import ALICE, SignIns
from tests.credentials.web import Asked, Reply, serving


@pytest.fixture
def sign_ins(resource: Resource, vault: MemoryVault, person: Person) -> SignIns:
    return SignIns(resource, vault, person)


def query_of(person: Person) -> dict[str, list[str]]:
    return parse_qs(urlsplit(person.opened[-1]).query)


def test_a_person_signs_in_and_the_server_takes_the_token(
    sign_ins: SignIns, resource: Resource, person: Person
) -> None:
    """Promise: 401, metadata, issuer, registration, leave, token; and it is for this server."""
    granted = sign_ins.login()
    token = sign_ins.bearer().token()
    with Wire() as wire:
        answer = wire.send("POST", resource.url, headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 200
    assert (granted.issuer, granted.lasting) == (resource.authority.origin, True)
    assert query_of(person)["resource"] == [resource.url]
    assert query_of(person)["code_challenge_method"] == ["S256"]
    assert "Signed in to notes" in person.pages[-1]


def test_where_the_browser_will_go_is_told_first(
    sign_ins: SignIns, authority: Authority, person: Person
) -> None:
    """MCP security best practices, "Scope Minimization": host and scopes are shown."""
    sign_ins.auth = OAuth(scopes=("read",))
    sign_ins.login()
    (plan,) = sign_ins.told
    assert (plan.server, plan.issuer, plan.scopes) == ("notes", authority.origin, ("read",))
    assert plan.host == urlsplit(person.opened[0]).netloc
    assert plan.resource == sign_ins.resource.url


def test_metadata_is_found_where_the_challenge_says(
    sign_ins: SignIns, resource: Resource, authority: Authority
) -> None:
    """RFC 9728 section 5.1: the header comes before the well-known places."""
    said = {"resource": resource.url, "authorization_servers": [authority.origin]}
    with serving(lambda _: Reply(said=said)) as elsewhere:
        resource.metadata = None
        resource.challenge = f'Bearer resource_metadata="{elsewhere}/meta"'
        assert sign_ins.login().issuer == authority.origin


def test_metadata_is_found_at_the_root(sign_ins: SignIns, authority: Authority) -> None:
    """MCP basic/authorization: the path first, the root then."""
    asked_for: list[str] = []

    def answer_at_root(asked: Asked) -> Reply:
        path = asked.path
        asked_for.append(path)
        if path == "/.well-known/oauth-protected-resource":
            resource = sign_ins.resource.origin
            return Reply(said={"resource": resource, "authorization_servers": [authority.origin]})
        return Reply(404)

    with serving(answer_at_root) as origin:
        sign_ins.resource = Resource(authority, origin)
        sign_ins.login()
    entry = sign_ins.kept()
    assert entry is not None
    assert entry.resource == origin
    assert asked_for == [
        "/mcp",
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-protected-resource",
    ]


def test_a_server_without_metadata_is_its_own_issuer(sign_ins: SignIns) -> None:
    """MCP 2025-03-26: where no RFC 9728 metadata is, the server's origin is the issuer."""
    authority = Authority()
    own = Resource(authority, metadata=None)

    def both(asked: Asked) -> Reply | None:
        path = asked.path
        one = own if path == "/mcp" or "protected-resource" in path else authority
        return one.answer(asked)

    with serving(both) as origin:
        authority.origin = own.origin = origin
        sign_ins.resource = own
        assert sign_ins.login().issuer == origin


@pytest.mark.parametrize(
    "claimed", ["https://api.example.com/mcp", "{origin}/other", "{origin}/mc", "", 7, None]
)
def test_metadata_of_another_resource_is_refused(
    sign_ins: SignIns, resource: Resource, person: Person, claimed: str | int | None
) -> None:
    """RFC 9728 section 3.3 (attack: a token for somebody else's server)."""
    said = claimed.format(origin=resource.origin) if isinstance(claimed, str) else claimed
    resource.metadata = {"resource": said}
    with pytest.raises(SignInFault, match="metadata is that of another resource"):
        sign_ins.login()
    assert person.opened == []


def test_metadata_that_names_no_issuer_is_refused(
    sign_ins: SignIns, resource: Resource, person: Person
) -> None:
    """RFC 9728 section 2."""
    resource.metadata = {"authorization_servers": []}
    with pytest.raises(SignInFault, match="names no authorization server"):
        sign_ins.login()
    assert person.opened == []


def test_metadata_without_pkce_is_refused(
    sign_ins: SignIns, authority: Authority, person: Person
) -> None:
    """identity.md 7 item 14; MCP: clients MUST refuse where code_challenge_methods is absent."""
    authority.metadata["code_challenge_methods_supported"] = None
    with pytest.raises(SignInFault, match="PKCE with S256"):
        sign_ins.login()
    assert person.opened == []
    assert authority.requests["/register"] == 0


def test_metadata_of_another_issuer_is_refused(
    sign_ins: SignIns, authority: Authority, person: Person
) -> None:
    """RFC 8414 section 3.3 (attack: mix-up)."""
    authority.metadata["issuer"] = "https://other.example.com"
    with pytest.raises(SignInFault, match="another issuer"):
        sign_ins.login()
    assert person.opened == []


def test_an_issuer_with_a_bare_slash_is_the_same(sign_ins: SignIns, resource: Resource) -> None:
    """RFC 3986 section 6.2.3: the SDK's servers write one behind the host."""
    resource.metadata = {"authorization_servers": [f"{resource.authority.origin}/"]}
    assert sign_ins.login().issuer == resource.authority.origin


def test_an_error_page_never_echoes_unvalidated_text(
    sign_ins: SignIns, authority: Authority, person: Person
) -> None:
    """identity.md 7 item 14; RFC 9207 section 2.4: another issuer's error is not told."""
    words = "Call+0900-1234+and+read+out+your+password"

    def sent_back(asked: Asked) -> Reply:
        said = asked.fields
        where = f"{said['redirect_uri']}?error=access_denied&error_description={words}"
        where = f"{where}&state={said['state']}&iss=https://evil.example"
        return Reply(302, headers={"Location": where})

    with serving(sent_back) as evil:
        authority.metadata["authorization_endpoint"] = f"{evil}/authorize"
        with pytest.raises(SignInFault) as raised:
            sign_ins.login()
    told = raised.value.explain() + "".join(person.pages)
    assert "0900" not in told
    assert "evil" not in told
    assert "another provider" in told


def test_what_a_server_answers_is_not_told(sign_ins: SignIns, resource: Resource) -> None:
    """identity.md 7 item 14: control characters of a server do not reach a terminal."""
    resource.metadata = {"resource": "https://x\x1b[2J\u202e.example/mcp"}
    with pytest.raises(SignInFault) as raised:
        sign_ins.login()
    assert raised.value.explain().isprintable()


@pytest.mark.parametrize(
    "address",
    ["http://169.254.169.254/", "https://10.0.0.7/as", "https://localhost/as", "file:///etc", "x"],
)
def test_a_public_server_sends_nobody_into_a_private_network(address: str) -> None:
    """MCP security best practices, SSRF (CWE-918): no request leaves for such an address."""
    url = "https://mcp.example.com/mcp"
    with Wire() as wire, pytest.raises(SignInFault, match="not safe to use"):
        issuer_of(wire, url, Demands(url, (address,)), OAuth())


def test_a_server_may_not_redirect_to_its_metadata(sign_ins: SignIns, authority: Authority) -> None:
    """The same rules hold per hop: redirects are not followed at all."""
    hits: list[str] = []

    def caught(asked: Asked) -> Reply:
        hits.append(asked.path)
        return Reply()

    with serving(caught) as other:
        away = Reply(302, headers={"Location": f"{other}/"})
        authority.fails["/.well-known/oauth-authorization-server"] = [away]
        with pytest.raises(SignInFault):
            sign_ins.login()
    assert hits == []


def test_a_registration_is_kept_for_each_issuer(
    sign_ins: SignIns, authority: Authority, person: Person
) -> None:
    """RFC 7591: one registration for all sign-ins, as a native app."""
    sign_ins.login()
    sign_ins.login()
    assert authority.requests["/register"] == 1
    said = next(one.said for one in authority.asked if one.path == "/register")
    assert said["application_type"] == "native"
    assert said["token_endpoint_auth_method"] == "none"
    assert said["redirect_uris"][-1] == "http://127.0.0.1/callback"
    assert person.asked[0].client == person.asked[1].client


@pytest.mark.parametrize("knows", [True, False])
def test_the_device_grant_is_registered_where_it_is_known(
    sign_ins: SignIns, authority: Authority, knows: bool
) -> None:
    """RFC 8628: `login SERVER --device` needs it, and others refuse what they do not know."""
    device = "urn:ietf:params:oauth:grant-type:device_code"
    authority.metadata["grant_types_supported"] = ["authorization_code", *([device] * knows)]
    sign_ins.login()
    said = next(one.said for one in authority.asked if one.path == "/register")
    assert (device in said["grant_types"]) is knows


def test_ports_of_the_profile_are_registered_anew(sign_ins: SignIns, authority: Authority) -> None:
    """A redirect URI that was not registered would be refused (RFC 6749 section 3.1.2.3)."""
    sign_ins.login()
    sign_ins.auth = OAuth(ports=(47951, 0))
    sign_ins.login()
    assert authority.requests["/register"] == 2
    assert redirect_uris((1, 0)) == ("http://127.0.0.1:1/callback", "http://127.0.0.1/callback")


def test_another_issuer_gets_a_registration_of_its_own(
    sign_ins: SignIns, resource: Resource, authority: Authority
) -> None:
    """identity.md 7 item 14: the issuer changed, so we register there; the old one sees nothing."""
    sign_ins.login()
    with authorities(Authority()) as new:
        resource.authority = new
        before = sum(authority.requests.values())
        assert sign_ins.login().issuer == new.origin
        assert new.requests["/register"] == 1
        assert sum(authority.requests.values()) == before
    first, second = (one.client.client_id for one in sign_ins.person.asked)
    assert first != second


def test_an_issuer_that_forgot_the_client_registers_it_again(
    sign_ins: SignIns, authority: Authority
) -> None:
    """RFC 6749 section 5.2, invalid_client: once more, by itself, and only once."""
    sign_ins.login()
    authority.fails["/token"] = [Reply(401, {"error": "invalid_client"})]
    assert sign_ins.login().lasting
    assert authority.requests["/register"] == 2
    authority.fails["/token"] = [Reply(401, {"error": "invalid_client"})] * 3
    with pytest.raises(Refused):
        sign_ins.login()
    assert len(authority.fails["/token"]) == 1


def test_a_client_that_only_the_page_refuses_is_registered_again(
    sign_ins: SignIns, authority: Authority, person: Person
) -> None:
    """An issuer that knows no such client shows a page of its own, and nobody comes back."""
    sign_ins.login()
    authority.clients.clear()
    person.timeout = 1.0
    with pytest.raises(SignInFault, match="nobody signed in"):
        sign_ins.login()
    person.timeout = 20.0
    assert sign_ins.login().lasting


def test_a_client_of_the_profile_is_shown_to_its_issuer_alone(
    sign_ins: SignIns, authority: Authority, resource: Resource, person: Person
) -> None:
    """MCP basic/authorization: credentials are bound to the issuer that they were made at."""
    authority.clients["lg"] = f"code for {authority.origin}"
    sign_ins.auth = OAuth(authority.origin, "lg", "code")
    sign_ins.login()
    assert authority.requests["/register"] == 0
    with authorities(Authority()) as other:
        resource.metadata = {"authorization_servers": [other.origin]}
        with pytest.raises(SignInFault, match="names another authorization server"):
            sign_ins.login()
        assert not other.requests
    assert len(person.opened) == 1


def test_a_secret_of_the_profile_is_not_kept_beside_the_token(
    sign_ins: SignIns, authority: Authority, vault: MemoryVault
) -> None:
    """A secret lies in one place, where it can be changed."""
    authority.clients["lg"] = f"code for {authority.origin}"
    sign_ins.auth = OAuth(authority.origin, "lg", "code")
    sign_ins.login()
    assert b"code for" not in (vault.get(sign_ins.name) or b"")


def test_the_metadata_document_comes_before_registration(
    sign_ins: SignIns, authority: Authority, person: Person
) -> None:
    """MCP basic/authorization: Client ID Metadata Documents, where the issuer takes them."""
    document = "https://example.com/localguard/client.json"
    authority.clients[document] = None
    sign_ins.document = document
    sign_ins.login()
    assert authority.requests["/register"] == 1
    authority.metadata["client_id_metadata_document_supported"] = True
    sign_ins.login()
    assert person.asked[-1].client.client_id == document
    assert authority.requests["/register"] == 1


def test_an_issuer_that_registers_nobody_is_told_with_the_way_out(
    sign_ins: SignIns, authority: Authority
) -> None:
    """Promise: what happened, where, what to do."""
    authority.metadata["registration_endpoint"] = None
    with pytest.raises(SignInFault, match="registers no clients") as raised:
        sign_ins.login()
    assert "client_id" in raised.value.fix


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, "no client id"),
        ({"client_id": "a\nb"}, "no client id"),
        ({"client_id": "a", "client_secret": "\x00"}, "client secret cannot be used"),
    ],
)
def test_a_registration_that_cannot_be_used_is_not_kept(
    sign_ins: SignIns, authority: Authority, said: dict[str, str], told: str
) -> None:
    """Attack: what an issuer gives goes into headers."""
    authority.fails["/register"] = [Reply(201, said)]
    with pytest.raises(SignInFault, match=told):
        sign_ins.login()
    assert sign_ins.login().lasting


@pytest.mark.parametrize(
    ("listed", "asked_for"), [(["offline_access", "a"], "a offline_access"), (["a"], "a")]
)
def test_offline_access_is_asked_for_only_where_it_is_listed(
    sign_ins: SignIns, authority: Authority, listed: list[str], asked_for: str
) -> None:
    """MCP basic/authorization (SEP-2207), also where the server lists it itself."""
    authority.metadata["scopes_supported"] = listed
    sign_ins.resource.metadata = {"scopes_supported": ["a", "offline_access"]}
    sign_ins.login()
    said = query_of(sign_ins.person)
    assert said["scope"] == [asked_for]
    assert said.get("prompt") == (["consent"] if "offline" in asked_for else None)


def test_the_scopes_of_the_challenge_come_first(
    sign_ins: SignIns, resource: Resource, person: Person
) -> None:
    """MCP basic/authorization, "Scope Selection Strategy"."""
    resource.metadata = {"scopes_supported": ["a", "b"]}
    resource.challenge = 'Bearer scope="b"'
    sign_ins.login()
    assert query_of(person)["scope"] == ["b"]


def test_granted_scopes_are_kept_and_a_step_up_asks_for_all(
    sign_ins: SignIns, authority: Authority
) -> None:
    """MCP basic/authorization, "Step-Up Authorization Flow": the union (SEP-2350)."""
    sign_ins.auth = OAuth(scopes=("read", "list"))
    authority.grants_scope = "read"
    assert sign_ins.login().scopes == ("read",)
    authority.grants_scope = None
    stale, challenge = sign_ins.bearer().token(), 'Bearer error="insufficient_scope", scope="write"'
    with pytest.raises(SignInFault, match="asks for more than you granted it: write") as raised:
        sign_ins.bearer().renewed(stale, challenge)
    assert raised.value.fix == "localguard login notes"
    assert sign_ins.login().scopes == ("read", "list", "write")
    assert sign_ins.bearer().renewed(stale, challenge) == sign_ins.bearer().token() != stale
    sign_ins.auth = OAuth()
    assert sign_ins.login("admin").scopes == ("read", "list", "write", "admin")


def test_a_fresher_sign_in_is_asked_for_once(sign_ins: SignIns, person: Person) -> None:
    """RFC 9470 section 4."""
    sign_ins.login()
    challenge = 'Bearer error="insufficient_user_authentication", acr_values="mfa"'
    with pytest.raises(SignInFault, match="fresher sign-in"):
        sign_ins.bearer().renewed(sign_ins.bearer().token(), challenge)
    sign_ins.login()
    assert query_of(person)["prompt"] == ["login"]
    assert query_of(person)["acr_values"] == ["mfa"]
    sign_ins.login()
    assert "prompt" not in query_of(person)


def test_what_was_kept_outlives_a_sign_in_that_fails(
    sign_ins: SignIns, authority: Authority
) -> None:
    """Promise: whatever fails, what was kept before is kept still."""
    sign_ins.login()
    before = sign_ins.bearer().token()
    authority.fails["/token"] = [Reply(400, {"error": "invalid_grant"})]
    with pytest.raises(Refused):
        sign_ins.login()
    assert sign_ins.bearer().token() == before


def test_two_servers_at_one_origin_have_two_tokens(sign_ins: SignIns, authority: Authority) -> None:
    """RFC 8707: a token is for a resource, not for a host."""
    sign_ins.login()
    first = sign_ins.name
    with resources(Resource(authority)) as other:
        sign_ins.resource = other
        assert sign_ins.name != first


def test_what_cannot_be_read_is_replaced(sign_ins: SignIns, vault: MemoryVault) -> None:
    """A sign-in is the way out of a broken entry, so it must not stumble over it."""
    vault.put(sign_ins.name, b"of another version")
    with pytest.raises(VaultFault):
        sign_ins.bearer().token()
    assert sign_ins.login().lasting
    assert sign_ins.bearer().token()


def test_two_sign_ins_to_one_server_do_not_run_into_each_other(
    sign_ins: SignIns, vault: MemoryVault, person: Person
) -> None:
    """identity.md 7 item 6: while one is under way, the second opens no second page."""
    busy = sign_in_name(ALICE, resource_of(sign_ins.resource.url))
    with vault.alone(busy, 1), pytest.raises(VaultFault, match="has held"):
        sign_ins.login()
    assert person.opened == []
