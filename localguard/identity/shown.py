"""A sign-in as it is shown to a token endpoint, which trades it for a token of another server's.

The person's own tokens go nowhere else (RFC 8693 section 2.1).
"""

import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from typing import Final

from localguard.errors import SignInFault
from localguard.identity.card import Card
from localguard.identity.entry import Entry
from localguard.identity.renewal import renew
from localguard.identity.session_policy import absence, login_of
from localguard.identity.sign_ins import SignIns
from localguard.oauth.client import Client
from localguard.oauth.provider import Provider, discover_openid
from localguard.oauth.wire import Wire
from localguard.policy.people import Nobody, SignIn

LEFT: Final = 30.0
"""Seconds that a token must still be good for."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the person's provider gave, and as which client localguard got it."""

    provider: Provider
    client: Client
    id_token: str | None = field(default=None, repr=False)
    access: str | None = field(default=None, repr=False)


def shown(asked: SignIn, sign_ins: SignIns, wire: Wire) -> Shown:
    """The sign-in as it is now, renewed if its tokens are no longer good.

    Raises SignInFault where nobody is signed in, Unreachable, and VaultFault.
    """
    card = _present(asked, sign_ins)
    entry = sign_ins.entry(asked)
    if entry is None or not _good(entry, sign_ins.now()):
        card = renew(asked, sign_ins, wire, stale=card.serial)
        entry = sign_ins.entry(asked)
    if entry is None or card.ended is not None or entry.session != card.session:
        raise _nobody(card.ended or "the tokens of your sign-in are gone from the vault", asked)
    provider = discover_openid(wire, asked.issuer, assume_pkce=asked.assume_pkce)
    now, tokens = sign_ins.now(), entry.tokens
    return Shown(
        provider,
        sign_ins.client(asked, provider),
        id_token=tokens.id_token if _lasts(tokens.id_token, now) else None,
        access=tokens.access,
    )


def _present(asked: SignIn, sign_ins: SignIns) -> Card:
    card = sign_ins.card(asked)
    absent = absence(card, asked, sign_ins.now())
    if absent is not None or card is None:
        nobody = absent or Nobody("nobody has signed in", login_of(asked))
        raise SignInFault(nobody.reason, where=asked.issuer, fix=nobody.fix)
    return card


def _good(entry: Entry, now: float) -> bool:
    ends = entry.tokens.expires_at
    return (ends is None or ends > now + LEFT) and _lasts(entry.tokens.id_token, now)


def _lasts(id_token: str | None, now: float) -> bool:
    """Whether an ID token, which was validated when it came, is still good for a while."""
    try:
        payload = (id_token or "").split(".")[1]
        ends = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"]
        return float(ends) > now + LEFT
    except (ValueError, KeyError, IndexError, TypeError):
        return False


def _nobody(why: str, asked: SignIn) -> SignInFault:
    return SignInFault(why, where=asked.issuer, fix=login_of(asked))
