"""OAuth by hand: what localguard does, done plainly, so that a provider is checked without it."""

import base64
import hashlib
import json
import secrets
import urllib.request
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.providers.canaille import EXACT_PORTS
from tests.providers.person import Person

CLIENT = "localguard"
SCOPES = "openid profile email groups offline_access"
REDIRECT = (
    f"http://127.0.0.1:{EXACT_PORTS[0]}/callback"  # nobody listens: the person stops at the address
)
VERIFIER = secrets.token_urlsafe(48)
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")


class Arrived(Exception):
    """The browser was sent back to the program that signs in."""


def get(url: str) -> dict[str, Any]:
    """A JSON document."""
    with urllib.request.urlopen(url) as answer:
        got: dict[str, Any] = json.load(answer)
    return got


def post(url: str, **form: str) -> dict[str, Any]:
    """What a form is answered with."""
    with urllib.request.urlopen(url, urlencode(form).encode()) as answer:
        got: dict[str, Any] = json.loads(answer.read() or b"{}")
    return got


def refused(url: str, **form: str) -> str:
    """The `error` a form is answered with (RFC 6749 section 5.2)."""
    with pytest.raises(HTTPError) as error:
        post(url, **form)
    with error.value:
        return str(json.load(error.value)["error"])


def claims(token: str) -> dict[str, Any]:
    """What a JWT says. Nothing of it is verified."""
    body = token.split(".")[1]
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=="))
    return read


def provider(issuer: str) -> dict[str, Any]:
    """The metadata that the provider publishes."""
    return get(f"{issuer}/.well-known/openid-configuration")


def redirected(issuer: str, person: Person, **extra: str) -> dict[str, str]:
    """The parameters of the redirect that the person's browser is sent to."""

    def arrive(url: str) -> str:
        raise Arrived(url)

    person.altered = arrive
    query = {
        "client_id": CLIENT,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "scope": SCOPES,
        "prompt": "consent",
        "code_challenge": CHALLENGE.decode(),
        "code_challenge_method": "S256",
        "state": "s",
        "nonce": "n",
    }
    with pytest.raises(Arrived) as arrived:
        person.visit(f"{provider(issuer)['authorization_endpoint']}?{urlencode(query | extra)}")
    return {name: value[0] for name, value in parse_qs(urlsplit(str(arrived.value)).query).items()}


def signed_in(issuer: str, **extra: str) -> dict[str, Any]:
    """The tokens of alice."""
    answer = redirected(issuer, Person(), **extra)
    resource = {"resource": extra["resource"]} if "resource" in extra else {}
    return post(
        provider(issuer)["token_endpoint"],
        grant_type="authorization_code",
        client_id=CLIENT,
        code=answer["code"],
        redirect_uri=REDIRECT,
        code_verifier=VERIFIER,
        **resource,
    )


def refreshing(token: str) -> dict[str, str]:
    """The form of a refresh."""
    return {"grant_type": "refresh_token", "client_id": CLIENT, "refresh_token": token}
