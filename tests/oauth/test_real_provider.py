"""The wire against a certified provider, npm `oidc-provider`: every way that it has."""

import base64
import hashlib
import json
import os
import shlex
import threading
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from localguard.errors import SignInFault
from localguard.oauth.asked import Asked
from localguard.oauth.authorize import authorize
from localguard.oauth.client import Client
from localguard.oauth.device import authorize_by_device
from localguard.oauth.faults import Refused, Unreachable
from localguard.oauth.opener import SystemBrowser
from localguard.oauth.provider import Provider, discover_authorization_server, discover_openid
from localguard.oauth.tokens import Tokens, refresh, revoke
from localguard.oauth.wire import Wire
from tests.providers.chromium import Chromium
from tests.providers.idp import EXACT_PORTS, SECRET, Idp
from tests.providers.person import Page, Person

pytestmark = pytest.mark.real

CLIENT = Client("localguard")
SCOPES = ("openid", "profile", "email", "offline_access")
CONSENT = {"prompt": "consent"}


@dataclass(slots=True)
class AtBrowser:
    """A browser with a person at it, on a thread of its own."""

    person: Person = field(default_factory=Person)
    pages: list[Page] = field(default_factory=list)
    _thread: threading.Thread | None = None

    def open(self, url: str) -> None:
        self._thread = threading.Thread(target=lambda: self.pages.append(self.person.visit(url)))
        self._thread.start()

    def end(self) -> Page:
        """The page at which the person ended."""
        assert self._thread is not None
        self._thread.join(30)
        return self.pages[-1]


@pytest.fixture
def provider(idp: Idp, wire: Wire) -> Provider:
    return discover_openid(wire, idp.issuer)


@pytest.fixture
def browser() -> Generator[AtBrowser]:
    made = AtBrowser()
    yield made
    with suppress(AssertionError, IndexError):
        made.end()


def _asked(provider: Provider, client: Client = CLIENT, **changes: Any) -> Asked:
    return replace(Asked(provider, client, SCOPES, nonce="n0nce", extra=CONSENT), **changes)


def _claims(token: str | None) -> dict[str, Any]:
    assert token is not None
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return read


def _alice(tokens: Tokens) -> str:
    return f"{_claims(tokens.id_token)['sub']}, for the tests"


def test_a_person_signs_in_and_sees_who_they_are(
    wire: Wire, provider: Provider, browser: AtBrowser
) -> None:
    tokens = authorize(wire, _asked(provider), browser, settle=_alice)
    page = browser.end()
    assert "alice, for the tests" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert _claims(tokens.id_token)["nonce"] == "n0nce"
    assert tokens.refresh is not None
    assert tokens.expires_at is not None


def test_a_real_browser_ends_on_the_page(
    wire: Wire, provider: Provider, real_browser: Chromium
) -> None:
    """Chromium itself takes the redirect to the listener, and its style from the page."""
    opener = real_browser.opener()
    browser = SystemBrowser(environ={**os.environ, "BROWSER": shlex.quote(str(opener))})
    tokens = authorize(wire, _asked(provider), browser, settle=_alice)
    assert tokens.id_token is not None
    assert "alice, for the tests" in real_browser.shown()["text"]


def test_access_denied(wire: Wire, provider: Provider, browser: AtBrowser) -> None:
    """The person says no; the page and the fault say so, and no token was asked for."""
    browser.person.says = "no"
    with pytest.raises(Refused) as error:
        authorize(wire, _asked(provider), browser, settle=_alice)
    assert error.value.error == "access_denied"
    assert "You are not signed in" in browser.end().text


def test_a_redirect_that_was_meddled_with_is_refused(
    wire: Wire, provider: Provider, browser: AtBrowser
) -> None:
    """Mix-up: an attacker in between names another issuer."""
    browser.person.altered = lambda url: url.replace("iss=http", "iss=https")
    with pytest.raises(SignInFault, match="another provider"):
        authorize(wire, _asked(provider), browser, settle=_alice)


@pytest.mark.parametrize(
    "client",
    [
        Client("localguard-secret", SECRET, "client_secret_basic"),
        Client("localguard-post", SECRET, "client_secret_post"),
    ],
)
def test_a_secret_with_every_awkward_character_is_read_rightly(
    wire: Wire, provider: Provider, browser: AtBrowser, client: Client
) -> None:
    """RFC 6749 section 2.3.1, as a provider that decodes it reads it."""
    tokens = authorize(wire, _asked(provider, client), browser, settle=_alice)
    assert refresh(wire, provider, client, tokens).access != tokens.access


def test_a_provider_with_exact_ports_gets_one_of_them(
    wire: Wire, provider: Provider, browser: AtBrowser
) -> None:
    asked = _asked(provider, Client("localguard-exact"), ports=EXACT_PORTS)
    authorize(wire, asked, browser, settle=_alice)
    assert any(f":{EXACT_PORTS[0]}/callback" in url for url in browser.person.seen)


def test_localhost_works_as_the_host_of_the_redirect(
    wire: Wire, provider: Provider, browser: AtBrowser
) -> None:
    asked = _asked(provider, host="localhost")
    assert authorize(wire, asked, browser, settle=_alice).id_token is not None


def test_a_request_is_pushed(wire: Wire, provider: Provider, browser: AtBrowser) -> None:
    """RFC 9126, against a provider that takes it."""
    assert provider.pushed_authorization_request_endpoint is not None
    asked = _asked(replace(provider, requires_par=True))
    assert authorize(wire, asked, browser, settle=_alice).id_token is not None
    assert "request_uri=urn" in browser.person.seen[0]


def test_a_token_is_for_the_resource_that_was_named(
    wire: Wire, provider: Provider, browser: AtBrowser
) -> None:
    """RFC 8707."""
    resource = "https://mcp.example.com/mcp"
    asked = _asked(provider, scopes=("mcp:read", "offline_access"), resource=resource, nonce=None)
    tokens = authorize(wire, asked, browser, settle=lambda _: "Alice")
    assert _claims(tokens.access)["aud"] == resource
    again = refresh(wire, provider, CLIENT, tokens, resource=resource)
    assert _claims(again.access)["aud"] == resource


def test_a_step_up_says_when_the_person_gave_proof(
    wire: Wire, provider: Provider, browser: AtBrowser
) -> None:
    digest = hashlib.sha256(b"a call").hexdigest()
    asked = _asked(provider, nonce=digest, extra={"prompt": "login consent", "max_age": "0"})
    claims = _claims(authorize(wire, asked, browser, settle=_alice).id_token)
    assert claims["nonce"] == digest
    assert claims["auth_time"] > 0


def test_a_refresh_token_that_is_used_twice_ends_the_family(
    wire: Wire, provider: Provider, browser: AtBrowser
) -> None:
    """Rotation: the old one is refused with invalid_grant, and takes the new one with it."""
    old = authorize(wire, _asked(provider), browser, settle=_alice)
    new = refresh(wire, provider, CLIENT, old)
    assert new.refresh != old.refresh
    for tokens in (old, new):
        with pytest.raises(Refused) as error:
            refresh(wire, provider, CLIENT, tokens)
        assert error.value.error == "invalid_grant"


def test_a_provider_that_is_ill_refuses_nothing(
    idp: Idp, wire: Wire, provider: Provider, browser: AtBrowser
) -> None:
    """Identity.md 7.5: 503 keeps the tokens, which work afterwards."""
    tokens = authorize(wire, _asked(provider), browser, settle=_alice)
    idp.fault("token", times=1, status=503)
    with pytest.raises(Unreachable):
        refresh(wire, provider, CLIENT, tokens)
    assert refresh(wire, provider, CLIENT, tokens).refresh is not None


def test_a_token_that_was_revoked_is_over(
    wire: Wire, provider: Provider, browser: AtBrowser
) -> None:
    """RFC 7009."""
    tokens = authorize(wire, _asked(provider), browser, settle=_alice)
    assert tokens.refresh is not None
    revoke(wire, provider, CLIENT, tokens.refresh)
    with pytest.raises(Refused, match="invalid_grant"):
        refresh(wire, provider, CLIENT, tokens)


def test_a_device_is_signed_in_by_its_code(wire: Wire, provider: Provider) -> None:
    """RFC 8628: a person types the code in a browser elsewhere, and agrees."""
    people: list[threading.Thread] = []

    def show(line: str) -> None:
        lines.append(line)
        if "code" in line and not people:
            person = Person(user_code=line.rsplit(maxsplit=1)[-1])
            place = lines[0].split()[-1]
            people.append(threading.Thread(target=lambda: person.visit(place)))
            people[0].start()

    lines: list[str] = []
    asked = _asked(provider, extra={}, nonce=None)
    tokens = authorize_by_device(wire, asked, show, settle=_alice)
    people[0].join(30)
    assert _claims(tokens.id_token)["sub"] == "alice"


def test_the_same_provider_is_found_as_an_authorization_server(
    idp: Idp, wire: Wire, provider: Provider
) -> None:
    found = discover_authorization_server(wire, idp.issuer)
    assert found.token_endpoint == provider.token_endpoint
    assert found.iss_parameter
    assert found.registration_endpoint is not None
