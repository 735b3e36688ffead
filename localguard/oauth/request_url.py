"""The request for authorization, and the address that takes a browser there.

RFC 6749 section 4.1.1, RFC 7636 (PKCE, S256 alone), RFC 8707 (resource), RFC 9126 (PAR). Of authlib
what computes is used, and not its client: that drops the verifier in silence where one argument is
left out, and asks for a token with other credentials where a redirect says that a person refused.
"""

import re
from collections.abc import Mapping
from typing import Final

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from localguard.errors import SignInFault
from localguard.oauth.addresses import require_safe_url
from localguard.oauth.asked import Asked
from localguard.oauth.wire import Wire

_REQUEST_URI: Final = re.compile(r"[\x21-\x7e]{1,2048}", re.ASCII)


def parameters(asked: Asked, *, redirect_uri: str, state: str, verifier: str) -> dict[str, str]:
    """The parameters of the request. Raises ValueError where `extra` would replace one of ours."""
    challenge: str = create_s256_code_challenge(verifier)  # type: ignore[no-untyped-call]
    ours = {
        "response_type": "code",
        "client_id": asked.client.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "scope": " ".join(asked.scopes),
        "nonce": asked.nonce or "",
        "resource": asked.resource or "",
    }
    if taken := ours.keys() & asked.extra.keys():
        raise ValueError(f"not for `extra`: {', '.join(sorted(taken))}")
    return {name: value for name, value in {**ours, **asked.extra}.items() if value}


def request_url(wire: Wire, asked: Asked, said: Mapping[str, str]) -> str:
    """The address to open. What is asked is pushed first where the provider demands it (PAR).

    Raises SignInFault, Refused and Unreachable.
    """
    endpoint = asked.provider.authorization_endpoint
    if endpoint is None:
        what, fix = "the provider lets nobody sign in in a browser", "check the issuer"
        raise SignInFault(what, where=asked.provider.issuer, fix=fix)
    if asked.provider.requires_par:
        said = {"client_id": said["client_id"], "request_uri": _pushed(wire, asked, said)}
    url = add_params_to_uri(endpoint, list(said.items()))
    return require_safe_url(url, what="authorization", where=asked.provider.issuer)


def _pushed(wire: Wire, asked: Asked, said: Mapping[str, str]) -> str:
    """The reference to what was pushed (RFC 9126 section 2.2)."""
    endpoint = asked.provider.pushed_authorization_request_endpoint
    if endpoint is None:
        raise _unsound(asked, "it demands pushed requests, and has no endpoint for them")
    answer = wire.post_form(endpoint, said, auth=asked.client).json() or {}
    reference = answer.get("request_uri")
    if not isinstance(reference, str) or not _REQUEST_URI.fullmatch(reference):
        raise _unsound(asked, "it gave no reference to the request that was pushed")
    return reference


def _unsound(asked: Asked, why: str) -> SignInFault:
    fix = "try again; if it stays so, the provider's operator has to correct this"
    what = f"the provider cannot be used: {why}"
    return SignInFault(what, where=asked.provider.issuer, fix=fix)
