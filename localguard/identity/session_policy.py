"""Whom a card stands for at a moment, by what a profile asks of a sign-in. Pure.

`max_session_age` ends a sign-in for good; `claims_max_age` makes it wait until the provider has
vouched for it again; `offline_grace` bridges a time in which the provider could not be asked.
"""

from collections.abc import Mapping
from typing import Final

from localguard.identity.card import SIGNED_OUT, Card
from localguard.policy.calls import Json
from localguard.policy.people import Identity, Nobody, Person, SignIn

LEEWAY: Final = 60.0
"""Seconds by which two clocks may differ."""
_OVERAGE: Final = "_claim_names"
_HIDDEN: Final = frozenset({_OVERAGE, "_claim_sources", "hasgroups"})
_EARLY: Final = 300.0
"""Seconds before the claims are stale at which the provider is asked at the latest."""


def standing(card: Card | None, sign_in: SignIn, now: float) -> Person:
    """The person that a card stands for, or why there is none."""
    absent = absence(card, sign_in, now)
    if absent is not None or card is None:
        return absent or Nobody("nobody has signed in", login_of(sign_in))
    return identity_of(card, sign_in)


def absence(card: Card | None, sign_in: SignIn, now: float) -> Nobody | None:
    """Why a card stands for nobody at this moment; None where it stands for somebody."""
    again = login_of(sign_in)
    if card is None:
        return Nobody("nobody has signed in", again)
    if card.ended is not None:
        return Nobody(card.ended, again)
    if max(card.confirmed_at, card.auth_time or 0) > now + LEEWAY:
        return Nobody("the clock of this machine is behind the sign-in", "set the clock")
    return _too_old(card, sign_in, now)


def identity_of(card: Card, sign_in: SignIn) -> Identity:
    """The person of a card, however old it is."""
    claims = card.claims
    return Identity(
        issuer=card.issuer,
        subject=card.subject,
        user=_address(claims) or card.subject,
        name=_text(claims, "name") or _text(claims, "preferred_username") or card.subject,
        session=card.session,
        auth_time=_proof_at(card),
        acr=card.acr,
        groups=_groups(claims, sign_in.groups_claim),
        claims={name: value for name, value in claims.items() if name not in _HIDDEN},
    )


def _proof_at(card: Card) -> float | None:
    """When the person gave proof: not later than the sign-in that followed from it.

    A provider whose clock is ahead says a moment that is still to come, which would be of no use to
    `signed_in_within` and `reauth` until then. In whole seconds, as OpenID Connect has it.
    """
    if card.auth_time is None:
        return None
    return min(card.auth_time, card.signed_in_at // 1)


def renewal_at(card: Card | None, sign_in: SignIn, share: float = 0.0) -> float | None:
    """When the provider is to be asked again, in seconds since the epoch; None for never.

    `share`, from 0 to 1, is another one for each guard: the first to ask asks for all of them.
    """
    if card is None or card.ended is not None or sign_in.claims_max_age is None:
        return None
    early = min(_EARLY, sign_in.claims_max_age / 5)
    return card.confirmed_at + sign_in.claims_max_age - early * (1 - share / 2)


def ends_at(card: Card, sign_in: SignIn) -> float | None:
    """When the person has to sign in again, whatever the provider says until then; None: open."""
    if sign_in.max_session_age is None or card.auth_time is None:
        return None
    return card.auth_time + sign_in.max_session_age


def is_over(card: Card | None, sign_in: SignIn, now: float) -> bool:
    """Whether there was a sign-in that only its person can renew, and did not end themselves.

    What the provider will confirm without them is none of that.
    """
    if card is None or card.ended is not None:
        return card is not None and card.ended != SIGNED_OUT
    end = ends_at(card, sign_in)
    return end is not None and end < now


def login_of(sign_in: SignIn) -> str:
    """The command by which a person signs in for a profile."""
    profile = sign_in.origin.file.removesuffix(".toml")
    return f"localguard login --profile {profile}" if profile else "localguard login"


def _too_old(card: Card, sign_in: SignIn, now: float) -> Nobody | None:
    again, longest = login_of(sign_in), sign_in.max_session_age
    if longest is not None and card.auth_time is None:
        what = f"{card.issuer} does not say when you gave proof, which max_session_age goes by"
        return Nobody(what, f"ask the provider for auth_time, then {again}")
    if longest is not None and now - (card.auth_time or 0) > longest:
        return Nobody(f"the sign-in is older than {_span(longest)}", again, expired=True)
    return _unconfirmed(card, sign_in, now)


def _unconfirmed(card: Card, sign_in: SignIn, now: float) -> Nobody | None:
    fresh = sign_in.claims_max_age
    if fresh is None or now - card.confirmed_at <= fresh:
        return None
    if card.out_of_reach is None:
        what = f"{card.issuer} has not confirmed the sign-in for {_span(fresh)}"
        return Nobody(what, f"try again in a moment, else {login_of(sign_in)}", expired=True)
    if now - card.confirmed_at <= fresh + sign_in.offline_grace:
        return None
    what = f"{card.issuer} cannot be reached, and the sign-in was not confirmed for too long"
    return Nobody(what, "get back online; it is then confirmed by itself", expired=True)


def _address(claims: Mapping[str, Json]) -> str | None:
    """The address, if the provider has verified it (OpenID Connect Core 1.0 section 5.7)."""
    return _text(claims, "email") if claims.get("email_verified") is True else None


def _text(claims: Mapping[str, Json], name: str) -> str | None:
    value = claims.get(name)
    return value if isinstance(value, str) and value else None


def _groups(claims: Mapping[str, Json], name: str) -> tuple[str, ...] | None:
    """The groups; None where they are not known, which is not the same as none.

    A provider with too many of them says only where they are (`_claim_names`, OpenID Connect Core
    1.0 section 5.6.2; `hasgroups`), and one that was not asked says nothing.
    """
    value = claims.get(name)
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        return None
    return None if _elsewhere(claims, name) else tuple(str(one) for one in value)


def _elsewhere(claims: Mapping[str, Json], name: str) -> bool:
    names = claims.get(_OVERAGE)
    return bool(claims.get("hasgroups")) or (isinstance(names, dict) and name in names)


def _span(seconds: int) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
