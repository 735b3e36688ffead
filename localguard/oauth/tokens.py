"""Tokens, and every way to get, renew, trade and end them at a token endpoint.

Each way is one form with its grant type spelled out. authlib's `fetch_token` guesses the grant
where one is left out, loses the tokens where its callback fails after a rotation, and knows no
exchange; so nothing of it is used here.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from localguard.errors import SignInFault
from localguard.oauth.client import Client
from localguard.oauth.provider import Provider
from localguard.oauth.refusals import refused
from localguard.oauth.token_fields import expiry, token_of
from localguard.oauth.wire import Wire, shown_secrets
from localguard.policy.calls import Json

ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 -- a name
REFRESH_TOKEN: Final = "urn:ietf:params:oauth:token-type:refresh_token"  # noqa: S105 -- a name
ID_TOKEN: Final = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105 -- a name
ID_JAG: Final = "urn:ietf:params:oauth:token-type:id-jag"

_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
_JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"

_TOKENS: Final = ("access_token", "refresh_token", "id_token")

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
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": verifier,
        "redirect_uri": redirect_uri,
        **_present(resource=resource),
    }
    return ask_for_tokens(wire, provider, client, form, now=now)


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
    if tokens.refresh is None:
        raise ValueError("there is no refresh token")
    form = {
        "grant_type": "refresh_token",
        "refresh_token": tokens.refresh,
        **_present(resource=resource, scope=" ".join(scopes)),
    }
    new = ask_for_tokens(wire, provider, client, form, now=now)
    return replace(
        new,
        refresh=new.refresh or tokens.refresh,
        id_token=new.id_token or tokens.id_token,
        scope=tokens.scope if new.scope is None else new.scope,
    )


def revoke(
    wire: Wire, provider: Provider, client: Client, token: str, *, hint: str = "refresh_token"
) -> None:
    """End a token (RFC 7009). Raises Unreachable, Refused, SignInFault (no revocation endpoint)."""
    if provider.revocation_endpoint is None:
        what = "the provider has no way to revoke a token"
        raise SignInFault(what, where=provider.issuer, fix="end the session at the provider itself")
    form = {"token": token, "token_type_hint": hint}
    wire.post_form(provider.revocation_endpoint, form, auth=client)


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

    With `requested_type` ID_JAG it is leg 1 of an identity assertion. Raises as `exchange_code`,
    and SignInFault where a token of another type came than was asked for.
    """
    form = {
        "grant_type": _EXCHANGE,
        "subject_token": subject_token,
        "subject_token_type": subject_type,
        **_present(
            requested_token_type=requested_type,
            audience=audience,
            resource=resource,
            scope=" ".join(scopes),
        ),
    }
    types = ("bearer", "n_a")
    traded = ask_for_tokens(wire, provider, client, form, types=types, now=now)
    if requested_type is not None and traded.issued_type != requested_type:
        raise _unsound(provider, "it gave a token of another type than was asked for")
    return traded


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
    form = {
        "grant_type": _JWT_BEARER,
        "assertion": assertion,
        **_present(resource=resource, scope=" ".join(scopes)),
    }
    return ask_for_tokens(wire, provider, client, form, now=now)


def ask_for_tokens(
    wire: Wire,
    provider: Provider,
    client: Client,
    form: Mapping[str, str],
    *,
    types: tuple[str, ...] = ("bearer",),
    now: Clock = time.time,
) -> Tokens:
    """The tokens for any grant. `types` are the token types that we can use, in lower case.

    Raises as `exchange_code`. Some providers refuse with a status of 200, which counts the same.
    """
    asked_at = now()
    answer = wire.post_form(provider.token_endpoint, form, auth=client)
    said = answer.json()
    if said is None:
        raise _unsound(provider, "it is not a JSON object")
    if "error" in said:
        shown = shown_secrets(form, client)
        raise refused(answer.status, said, provider.token_endpoint, secrets=shown)
    if str(said.get("token_type", "")).lower() not in types:
        raise _unsound(provider, "its token is of a type that localguard cannot use")
    return _tokens(said, provider, asked_at)


def _tokens(said: Mapping[str, Json], provider: Provider, asked_at: float) -> Tokens:
    try:
        given = {name: token_of(said.get(name)) for name in _TOKENS}
    except ValueError as error:
        raise _unsound(provider, "one of its tokens is not of the form of a token") from error
    if (access := given["access_token"]) is None:
        raise _unsound(provider, "it has no access token")
    lasts, scope, issued = said.get("expires_in"), said.get("scope"), said.get("issued_token_type")
    return Tokens(
        access=access,
        refresh=given["refresh_token"],
        id_token=given["id_token"],
        expires_at=expiry(lasts, asked_at),
        scope=tuple(scope.split()) if isinstance(scope, str) else None,
        issued_type=issued if isinstance(issued, str) else None,
    )


def _present(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


def _unsound(provider: Provider, why: str) -> SignInFault:
    fix = "try again; if it stays so, the provider's operator has to correct this"
    what = f"the provider's answer to a request for a token cannot be used: {why}"
    return SignInFault(what, where=provider.token_endpoint, fix=fix)
