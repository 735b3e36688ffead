"""What a receipt of a step-up is worth to a guard: checked by the provider's keys, and good once.

The keys are asked of the provider each time, over TLS. Whatever is kept of them in a file could be
exchanged by a program that runs as the person, which would then sign their receipts itself.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from localguard.errors import SignInFault
from localguard.identity.card import Card
from localguard.identity.id_token import LEEWAY, Expected, validate
from localguard.identity.session_policy import login_of
from localguard.identity.signing_keys import FetchedKeys, SigningKeys
from localguard.oauth.faults import Unreachable
from localguard.oauth.provider import discover_openid
from localguard.oauth.wire import Wire
from localguard.policy.people import Identity, SignIn

OLDEST: Final = 300.0
"""Seconds since the proof; the person has given it and answered within."""
_MOST: Final = 1024


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a person gave proof for one call. `token` is the evidence, an ID token."""

    issuer: str
    subject: str
    auth_time: float
    acr: str | None
    token: str = field(repr=False)


class CheckedReceipts:
    """Receipts as one guard takes them. `card` is that of a sign-in, `clock` since the epoch.

    For any thread, which it blocks.
    """

    def __init__(self, card: Callable[[SignIn], Card | None], clock: Callable[[], float]) -> None:
        self._card = card
        self._clock = clock
        self._lock = threading.Lock()
        self._used: dict[str, None] = {}

    def check(
        self,
        receipt: str,
        challenge: str,
        person: Identity,
        sign_in: SignIn,
        *,
        not_before: float,
    ) -> Receipt | str:
        """The receipt, or why it is worth nothing. What was taken once is not taken again.

        `not_before` is when the challenge was made, in seconds since the epoch.
        Raises SignInFault (Unreachable) where the provider's keys cannot be had.
        """
        card = self._card(sign_in)
        if card is None or (card.session, card.subject) != (person.session, person.subject):
            return f"nobody is signed in; run {login_of(sign_in)}"
        with Wire() as wire:
            provider = discover_openid(wire, sign_in.issuer, assume_pkce=sign_in.assume_pkce)
            keys = FetchedKeys(wire, provider, time.monotonic)
            found = check_receipt(
                receipt,
                challenge,
                sign_in,
                card,
                keys,
                not_before=not_before,
                now=self._clock(),
            )
        if isinstance(found, Receipt) and not self._first(challenge):
            return "this proof was used before; give proof again"
        return found

    def _first(self, challenge: str) -> bool:
        with self._lock:
            if challenge in self._used:
                return False
            self._used[challenge] = None
            if len(self._used) > _MOST:
                # Far older than a receipt can be.
                del self._used[next(iter(self._used))]
            return True


def check_receipt(
    receipt: str,
    challenge: str,
    sign_in: SignIn,
    card: Card,
    keys: SigningKeys,
    *,
    not_before: float,
    now: float,
) -> Receipt | str:
    """The receipt, if it is of the card's person, for this challenge, and fresh; else why not.

    The proof must not be from before the challenge was made: whoever reads that can have a provider
    sign it that goes by a session of earlier, and asks nobody (OpenID Connect Core 3.1.3.7).
    """
    expected = Expected(
        sign_in.issuer, sign_in.client_id, nonce=challenge, max_age=OLDEST, acr=sign_in.acr
    )
    try:
        claims = validate(receipt, keys, expected, now)
    except Unreachable:
        raise
    except SignInFault as fault:
        return fault.what
    if claims.subject != card.subject:
        return "somebody else has given proof than who is signed in"
    if (claims.auth_time or 0.0) < not_before - LEEWAY:
        return "this proof was given before it was asked for; give proof again"
    return Receipt(sign_in.issuer, claims.subject, claims.auth_time or 0.0, claims.acr, receipt)
