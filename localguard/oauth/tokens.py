"""Tokens, and every way to get, renew, trade and end them at a token endpoint."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from localguard.oauth.client import Client
from localguard.oauth.provider import Provider
from localguard.oauth.wire import Wire

ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105
REFRESH_TOKEN: Final = "urn:ietf:params:oauth:token-type:refresh_token"  # noqa: S105
ID_TOKEN: Final = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105
ID_JAG: Final = "urn:ietf:params:oauth:token-type:id-jag"

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a token endpoint gave. `expires_at` is since the epoch, None where it did not say.

    `scope` is what was granted, None where it is what was asked for (RFC 6749 section 5.1).
    `issued_type` is of an exchange alone (RFC 8693 section 2.2.1).
    """

    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    id_token: str | None = field(default=None, repr=False)
    expires_at: float | None = None
    scope: tuple[str, ...] | None = None
    issued_type: str | None = None


def exchange_code(
    wire: Wire,
    provider: Provider,
    client: Client,
    *,
    code: str,
    verifier: str,
    redirect_uri: str,
    resource: str | None = None,
    now: Clock = time.time,
) -> Tokens:
    """The tokens for a code (RFC 6749 section 4.1.3). Raises Unreachable, Refused, SignInFault."""
    raise NotImplementedError


def refresh(
    wire: Wire,
    provider: Provider,
    client: Client,
    tokens: Tokens,
    *,
    scopes: tuple[str, ...] = (),
    resource: str | None = None,
    now: Clock = time.time,
) -> Tokens:
    """The tokens after these (RFC 6749 section 6); what was not given anew is carried over.

    Raises Unreachable (keep the old ones), Refused with error "invalid_grant" (signed out), other
    Refused, and SignInFault. ValueError where there is no refresh token.
    """
    raise NotImplementedError


def revoke(
    wire: Wire, provider: Provider, client: Client, token: str, *, hint: str = "refresh_token"
) -> None:
    """End a token (RFC 7009). Raises Unreachable, Refused, SignInFault (no revocation endpoint)."""
    raise NotImplementedError


def exchange(
    wire: Wire,
    provider: Provider,
    client: Client,
    *,
    subject_token: str,
    subject_type: str = ID_TOKEN,
    requested_type: str | None = None,
    audience: str | None = None,
    resource: str | None = None,
    scopes: tuple[str, ...] = (),
    now: Clock = time.time,
) -> Tokens:
    """A token traded for another (RFC 8693); `access` is the one that was issued.

    With `requested_type` ID_JAG it is leg 1 of an identity assertion. Raises as `exchange_code`.
    """
    raise NotImplementedError


def jwt_bearer(
    wire: Wire,
    provider: Provider,
    client: Client,
    *,
    assertion: str,
    scopes: tuple[str, ...] = (),
    resource: str | None = None,
    now: Clock = time.time,
) -> Tokens:
    """The tokens for an assertion (RFC 7523 section 2.1; leg 2 of ID-JAG).

    Raises as `exchange_code`.
    """
    raise NotImplementedError
