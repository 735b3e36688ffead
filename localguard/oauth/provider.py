"""What a provider says of itself, read with suspicion.

OpenID Connect Discovery 1.0, RFC 8414, RFC 9207, and the order of the MCP spec's
basic/authorization.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from localguard.oauth.wire import Wire
from localguard.policy.calls import Json


@dataclass(frozen=True, slots=True)
class Provider:
    """An authorization server. Each endpoint is https, or http on this machine; None = it has none.

    `iss_parameter`: it names itself in each redirect (RFC 9207). `lists_pkce`: S256 is listed.
    `document` is what it said, whole: `read_provider` reads it back after it was kept.
    """

    issuer: str
    authorization_endpoint: str | None
    token_endpoint: str
    jwks_uri: str | None = None
    registration_endpoint: str | None = None
    revocation_endpoint: str | None = None
    end_session_endpoint: str | None = None
    device_authorization_endpoint: str | None = None
    pushed_authorization_request_endpoint: str | None = None
    requires_par: bool = False
    iss_parameter: bool = False
    client_id_metadata_document: bool = False
    lists_pkce: bool = True
    scopes: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ("authorization_code", "implicit")
    auth_methods: tuple[str, ...] = ("client_secret_basic",)
    revocation_auth_methods: tuple[str, ...] = ("client_secret_basic",)
    document: Mapping[str, Json] = field(default_factory=dict, repr=False)


def discover_openid(wire: Wire, issuer: str, *, assume_pkce: bool = False) -> Provider:
    """The OpenID provider that an issuer is.

    Raises Unreachable; SignInFault where what it says is not sound.
    """
    raise NotImplementedError


def discover_authorization_server(
    wire: Wire, issuer: str, *, named_by: str | None = None
) -> Provider:
    """The authorization server that an issuer is, by RFC 8414 and then OpenID, as MCP orders them.

    `named_by` is the URL of the server whose metadata named the issuer. Raises Unreachable;
    SignInFault where there is no metadata or it is not sound.
    """
    raise NotImplementedError


def read_provider(
    document: Mapping[str, Json],
    issuer: str,
    *,
    assume_pkce: bool = False,
    named_by: str | None = None,
) -> Provider:
    """What a document says. Raises SignInFault where it is of another issuer or not sound."""
    raise NotImplementedError
