"""What a provider says of itself, read with suspicion (OpenID Connect Discovery 1.0, RFC 8414)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from localguard.errors import SignInFault
from localguard.oauth.addresses import origin_of, require_safe_url
from localguard.oauth.faults import Refused
from localguard.oauth.metadata import Said
from localguard.oauth.wire import Wire
from localguard.policy.calls import Json
from localguard.text import safe

_IN_REDIRECT: Final = "authorization_response_iss_parameter_supported"
_OPENID: Final = "/.well-known/openid-configuration"
_OAUTH: Final = "/.well-known/oauth-authorization-server"
_NOT_FOUND: Final = 404
_BY_DEFAULT: Final = ("client_secret_basic",)


@dataclass(frozen=True, slots=True)
class Provider:
    """An authorization server. Each endpoint is https, or http on this machine; None = it has none.

    `iss_parameter`: it names itself in each redirect (RFC 9207). `requires_par`: RFC 9126 section
    5. `document` is what it said, whole: `read_provider` reads it back after it was kept.
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
    scopes: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ("authorization_code", "implicit")
    auth_methods: tuple[str, ...] = _BY_DEFAULT
    document: Mapping[str, Json] = field(default_factory=dict, repr=False)


def discover_openid(wire: Wire, issuer: str, *, assume_pkce: bool = False) -> Provider:
    """The OpenID provider that an issuer is (OpenID Connect Discovery 1.0 section 4).

    `assume_pkce` takes one that does not list S256. Raises Unreachable; Refused or SignInFault
    where there is no metadata or it is not sound.
    """
    require_issuer(issuer)
    try:
        document = wire.get_json(issuer.rstrip("/") + _OPENID)
    except Refused as refused:
        if refused.status == _NOT_FOUND:
            what, fix = "there is no OpenID provider", "check the issuer in the profile"
            raise SignInFault(what, where=issuer, fix=fix) from refused
        raise
    provider = read_provider(document, issuer, assume_pkce=assume_pkce)
    for name in ("authorization_endpoint", "jwks_uri"):
        if getattr(provider, name) is None:
            what, fix = f"its metadata has no {name}", "check the issuer in the profile"
            raise SignInFault(what, where=issuer, fix=fix)
    return provider


def discover_authorization_server(
    wire: Wire, issuer: str, *, named_by: str | None = None
) -> Provider:
    """The authorization server that an issuer is (RFC 8414, OpenID; MCP basic/authorization).

    `named_by` is the URL of the server whose metadata named the issuer. The first place that has
    metadata counts: what it says is right, or the whole is refused. Raises Unreachable;
    SignInFault where there is no metadata or it is not sound.
    """
    require_issuer(issuer, named_by=named_by)
    for place in metadata_places(issuer):
        document = wire.find_json(place)
        if document is not None:
            return read_provider(document, issuer, named_by=named_by)
    what = "there is no metadata of an authorization server"
    fix = "check the issuer: it has to publish RFC 8414 or OpenID metadata"
    raise SignInFault(what, where=issuer, fix=fix)


def metadata_places(issuer: str) -> Iterator[str]:
    """The addresses where an issuer's metadata may lie, in the order of the MCP spec."""
    origin, path = origin_of(issuer), urlsplit(issuer).path.rstrip("/")
    yield f"{origin}{_OAUTH}{path}"
    yield f"{origin}{_OPENID}{path}"
    if path:
        yield f"{origin}{path}{_OPENID}"


def read_provider(
    document: Mapping[str, Json],
    issuer: str,
    *,
    assume_pkce: bool = False,
    named_by: str | None = None,
) -> Provider:
    """What a document says. Raises SignInFault where it is of another issuer or not sound.

    The issuer must be the one that was asked for, letter by letter (RFC 8414 section 3.3), or one
    provider could speak for another. `named_by` is the URL of a server that named the issuer.
    """
    require_issuer(issuer, named_by=named_by)
    said = Said(document, issuer)
    if document.get("issuer") != issuer:
        other = document.get("issuer")
        named = f", {safe(other, 200)}" if isinstance(other, str) else ""
        raise said.unsound(f"its metadata is that of another issuer{named}")
    provider = _provider(said)
    if provider.authorization_endpoint is not None and not assume_pkce:
        said.require_pkce()
    return provider


def require_issuer(issuer: str, *, named_by: str | None = None) -> None:
    """Raises SignInFault for what cannot be an issuer (RFC 8414 section 2)."""
    require_safe_url(issuer, what="the issuer", where=issuer, named_by=named_by)
    if "?" in issuer or not urlsplit(issuer).netloc:
        what, fix = "an issuer has no query in its address", "check the issuer in the profile"
        raise SignInFault(what, where=safe(issuer), fix=fix)


def _provider(said: Said) -> Provider:
    return Provider(
        issuer=said.issuer,
        authorization_endpoint=said.endpoint("authorization_endpoint"),
        token_endpoint=said.required("token_endpoint"),
        jwks_uri=said.endpoint("jwks_uri"),
        registration_endpoint=said.endpoint("registration_endpoint"),
        revocation_endpoint=said.endpoint("revocation_endpoint"),
        end_session_endpoint=said.endpoint("end_session_endpoint"),
        device_authorization_endpoint=said.endpoint("device_authorization_endpoint"),
        pushed_authorization_request_endpoint=said.endpoint(
            "pushed_authorization_request_endpoint"
        ),
        requires_par=said.flag("require_pushed_authorization_requests"),
        iss_parameter=said.flag(_IN_REDIRECT),
        client_id_metadata_document=said.flag("client_id_metadata_document_supported"),
        scopes=said.words("scopes_supported"),
        acr_values=said.words("acr_values_supported"),
        grant_types=said.words("grant_types_supported", ("authorization_code", "implicit")),
        auth_methods=said.words("token_endpoint_auth_methods_supported", _BY_DEFAULT),
        document=said.document,
    )
