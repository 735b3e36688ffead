"""How a profile says that a server is to be given a token: the forms of `auth`. Pure words."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class OAuth:
    """`auth = "oauth"`: a token of the server's own authorization server, by a person's sign-in.

    Without `client_id` localguard introduces itself (CIMD, else RFC 7591). `client_secret` is the
    name of a secret; a client that was registered before belongs to one `issuer`. `ports` are those
    of the redirect URI, 0 for any.
    """

    issuer: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    scopes: tuple[str, ...] = ()
    ports: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class StaticToken:
    """`auth = "secret:NAME"`: a token that a person put into the vault."""

    secret: str


@dataclass(frozen=True, slots=True)
class TokenExchange:
    """`auth = "token-exchange"`: the person's sign-in is traded for a token of the server's.

    `kind` "rfc8693": one exchange at the provider of the sign-in (or at `issuer`). "id-jag": the
    provider gives an assertion, and the server's authorization server `issuer` a token for it.
    `audience` and `resource` are what the exchange asks for; `client_secret` is a secret's name.
    """

    kind: Literal["rfc8693", "id-jag"] = "rfc8693"
    issuer: str | None = None
    audience: str | None = None
    resource: str | None = None
    scopes: tuple[str, ...] = ()
    client_id: str | None = None
    client_secret: str | None = None


ServerAuth = OAuth | StaticToken | TokenExchange
