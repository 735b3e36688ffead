"""What is kept of a provider's words on a person, and where else it says some (userinfo).

OpenID Connect Core 1.0 sections 5.1, 5.3 and 5.7. Raises SignInFault and Unreachable.
"""

from collections.abc import Mapping
from typing import Final

from localguard.errors import SignInFault
from localguard.oauth.addresses import require_safe_url
from localguard.oauth.faults import Unreachable
from localguard.oauth.provider import Provider
from localguard.oauth.wire import Wire
from localguard.policy.calls import Json

_OF_THE_TOKEN: Final = frozenset(
    {
        *("iss", "aud", "azp", "exp", "iat", "nbf", "jti", "sid", "nonce", "auth_time"),
        *("at_hash", "c_hash", "s_hash"),
    }
)
"""Claims that speak of one token, not of a person."""
_TOGETHER: Final = ("email", "email_verified")


def kept(claims: Mapping[str, Json]) -> dict[str, Json]:
    """The claims that speak of a person."""
    return {name: value for name, value in claims.items() if name not in _OF_THE_TOKEN}


def joined(token: Mapping[str, Json], said: Mapping[str, Json]) -> dict[str, Json]:
    """What a token and userinfo say together. What is signed wins.

    An address goes with what vouches for it, never with what vouches for another one.
    """
    others = dict(said)
    if any(name in token for name in _TOGETHER):
        others = {name: value for name, value in said.items() if name not in _TOGETHER}
    return {**kept(others), **kept(token)}


def wants_more(token: Mapping[str, Json], groups_claim: str) -> bool:
    """Whether a token leaves out what many providers say in userinfo alone."""
    return groups_claim not in token or "email" not in token or "name" not in token


def userinfo(
    wire: Wire, provider: Provider, access: str, subject: str
) -> Mapping[str, Json] | None:
    """What the provider says of a person elsewhere; None where it says nothing that can be used.

    What it says of somebody else is not this person's (Core section 5.3.2): SignInFault.
    """
    url = provider.document.get("userinfo_endpoint")
    if not isinstance(url, str):
        return None
    require_safe_url(url, what="the userinfo endpoint", where=provider.issuer)
    answer = wire.send("GET", url, headers={"authorization": f"Bearer {access}"})
    if answer.status == 429 or answer.status >= 500:
        what = f"the provider cannot say who you are just now (status {answer.status})"
        raise Unreachable(what, where=provider.issuer, fix="try again in a moment")
    said = answer.json() if answer.status == 200 else None
    if said is not None and said.get("sub") != subject:
        what = "the provider's userinfo speaks of somebody else"
        raise SignInFault(what, where=provider.issuer, fix="localguard login")
    return said
