"""The registration that an issuer gives to whoever asks (RFC 7591), kept for each issuer.

Issuers forget, and are replaced by others at the same address: a registration that is refused is
forgotten, and the next sign-in asks for a new one.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from localguard.credentials.entries import registration_name
from localguard.errors import SignInFault
from localguard.oauth.client import AuthMethod, Client
from localguard.oauth.provider import Provider
from localguard.oauth.redirects import PATH
from localguard.oauth.wire import Wire
from localguard.policy.calls import Json
from localguard.vault.vault import Vault

PORTS: Final = (47811, 47812, 47813, 0)
"""Of the redirect URI, where the profile names none: some issuers compare ports all the same."""
NAME: Final = "localguard"
_VERSION: Final = 1
_DEVICE: Final = "urn:ietf:params:oauth:grant-type:device_code"
_CLIENT: Final = re.compile(r"[\x20-\x7e]{1,2048}")
_PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Registered:
    """A client that an issuer gave out. `new` where it did so just now."""

    client: Client
    new: bool


def redirect_uris(ports: tuple[int, ...], host: str = "127.0.0.1") -> tuple[str, ...]:
    """The redirect URIs of some ports; without one for any, which is what RFC 8252 has."""
    return tuple(f"http://{host}{f':{port}' if port else ''}{PATH}" for port in ports)


def registered(wire: Wire, vault: Vault, provider: Provider, ports: tuple[int, ...]) -> Registered:
    """The client that localguard is at an issuer; it is registered if it is not yet.

    Raises VaultFault, Unreachable, and SignInFault where the issuer registers nobody.
    """
    name, wanted = registration_name(provider.issuer), redirect_uris(ports)
    with vault.alone(name, _PATIENCE):
        known = _read(vault.get(name), wanted)
        if known is not None:
            return Registered(known, new=False)
        client = _register(wire, provider, wanted)
        vault.put(name, _written(client, wanted))
    return Registered(client, new=True)


def forget(vault: Vault, issuer: str, client_id: str) -> None:
    """Give a registration up, unless there is another by now. Raises VaultFault."""
    name = registration_name(issuer)
    with vault.alone(name, _PATIENCE):
        known = _read(vault.get(name), ())
        if known is not None and known.client_id == client_id:
            vault.remove(name)


def _register(wire: Wire, provider: Provider, uris: tuple[str, ...]) -> Client:
    if provider.registration_endpoint is None:
        what = "the authorization server registers no clients by itself"
        fix = (
            "register localguard there as a native app, then write"
            ' oauth = { issuer = "…", client_id = "…" } below the server in the profile'
        )
        raise SignInFault(what, where=provider.issuer, fix=fix)
    body: dict[str, Json] = {
        "client_name": NAME,
        "application_type": "native",
        "redirect_uris": list(uris),
        "grant_types": ["authorization_code", "refresh_token", *_by_device(provider)],
        "response_types": ["code"],
        "token_endpoint_auth_method": _method(provider),
    }
    return _given(wire.post_json(provider.registration_endpoint, body).json() or {}, provider)


def _by_device(provider: Provider) -> tuple[str, ...]:
    """RFC 8628, for issuers that know it; others refuse what they do not know."""
    return tuple({_DEVICE} & set(provider.grant_types))


def _method(provider: Provider) -> AuthMethod:
    """A public client keeps no secret; some issuers give one all the same."""
    known: tuple[AuthMethod, ...] = get_args(AuthMethod)
    return next((method for method in known if method in provider.auth_methods), "none")


def _given(said: Mapping[str, Json], provider: Provider) -> Client:
    client_id, secret = said.get("client_id"), said.get("client_secret")
    method: Literal["none"] | Json = said.get("token_endpoint_auth_method")
    if not isinstance(client_id, str) or not _CLIENT.fullmatch(client_id):
        raise _unsound(provider, "it has no client id that can be used")
    if not isinstance(secret, str) or not secret or method == "none":
        return Client(client_id)
    if not _CLIENT.fullmatch(secret):
        raise _unsound(provider, "its client secret cannot be used")
    post = method == "client_secret_post"
    return Client(client_id, secret, "client_secret_post" if post else "client_secret_basic")


def _read(raw: bytes | None, wanted: tuple[str, ...]) -> Client | None:
    """The client that is kept; None also where it was registered for other redirect URIs."""
    try:
        said = json.loads(raw or b"{}")
        client = Client(said["client_id"], said["client_secret"], said["auth_method"])
        fits = said["version"] == _VERSION and set(wanted) <= set(said["redirect_uris"])
    except (ValueError, TypeError, KeyError):
        return None
    return client if fits else None


def _written(client: Client, uris: tuple[str, ...]) -> bytes:
    fields = {
        "version": _VERSION,
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "auth_method": client.auth_method,
        "redirect_uris": uris,
    }
    return json.dumps(fields).encode("ascii")


def _unsound(provider: Provider, why: str) -> SignInFault:
    what = f"the registration that the authorization server gave cannot be used: {why}"
    fix = "try again; if it stays so, its operator has to correct this"
    return SignInFault(what, where=provider.issuer, fix=fix)
