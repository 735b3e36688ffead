"""Which client localguard is at the authorization server that a server has named.

In this order (MCP basic/authorization): one that was registered before, which belongs to its one
issuer and is shown to no other; the address of a metadata document; dynamic registration.
"""

from contextlib import suppress
from dataclasses import dataclass

from localguard.credentials.demands import Demands
from localguard.credentials.ports import SecretOf
from localguard.credentials.registration import PORTS, registered
from localguard.errors import SignInFault
from localguard.oauth.addresses import origin_of
from localguard.oauth.client import Client, client_of
from localguard.oauth.faults import Unreachable
from localguard.oauth.provider import Provider, discover_authorization_server
from localguard.oauth.wire import Wire
from localguard.policy.server_auth import OAuth
from localguard.text import safe
from localguard.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Introduction:
    """As whom localguard comes to an issuer. `kept` is a registration from an earlier time."""

    client: Client
    ports: tuple[int, ...]
    dynamic: bool = False
    kept: bool = False


def issuer_of(wire: Wire, url: str, demands: Demands, auth: OAuth) -> Provider:
    """The authorization server for a server's URL, found and found sound.

    Raises SignInFault where the server names others than the profile. One that names none is its
    own, as in the first revision of the MCP spec.
    """
    if auth.issuer is None:
        issuer = demands.issuers[0] if demands.issuers else origin_of(url)
        return _discovered(wire, issuer, url)
    if demands.issuers and _plain(auth.issuer) not in map(_plain, demands.issuers):
        shown = safe(", ".join(demands.issuers), 200)
        what = f"the server names another authorization server than the profile: {shown}"
        fix = (
            f"do not sign in unless you know why; if {safe(auth.issuer, 120)} is out of date,"
            " correct oauth.issuer in the profile, and register the client there"
        )
        raise SignInFault(what, where=safe(url, 200), fix=fix)
    return _discovered(wire, auth.issuer, None)


def introduce(
    wire: Wire,
    vault: Vault,
    provider: Provider,
    auth: OAuth,
    *,
    document: str | None,
    secret_of: SecretOf,
) -> Introduction:
    """The client for an issuer. `document` is the address of the metadata document, if any.

    Raises VaultFault, Unreachable and SignInFault.
    """
    if auth.client_id is not None:
        return Introduction(_from_profile(provider, auth, auth.client_id, secret_of), auth.ports)
    if provider.client_id_metadata_document and document is not None:
        return Introduction(Client(document), auth.ports)
    ports = PORTS if auth.ports == (0,) else auth.ports
    found = registered(wire, vault, provider, ports)
    return Introduction(found.client, ports, dynamic=True, kept=not found.new)


def _discovered(wire: Wire, issuer: str, named_by: str | None) -> Provider:
    """The provider at an address. Some add a "/", which alone is no path (RFC 3986, 6.2.3)."""
    try:
        return discover_authorization_server(wire, issuer, named_by=named_by)
    except Unreachable:
        raise
    except SignInFault as fault:
        bare = issuer.rstrip("/")
        if bare.count("/") != 2:
            raise
        other = bare if issuer != bare else f"{bare}/"
        with suppress(SignInFault):
            return discover_authorization_server(wire, other, named_by=named_by)
        raise fault


def _from_profile(provider: Provider, auth: OAuth, client_id: str, secret_of: SecretOf) -> Client:
    """The client of the profile; its issuer is the one that was asked for, by then."""
    if auth.issuer is None or _plain(auth.issuer) != _plain(provider.issuer):
        what = "a client that was registered before belongs to one issuer, and this is another"
        fix = "name the issuer beside client_id in the profile"
        raise SignInFault(what, where=provider.issuer, fix=fix)
    secret = None
    if auth.client_secret is not None:
        secret = secret_of(auth.client_secret, provider.issuer)
    return client_of(client_id, secret, provider.auth_methods, where=provider.issuer)


def _plain(issuer: str) -> str:
    return issuer.rstrip("/")
