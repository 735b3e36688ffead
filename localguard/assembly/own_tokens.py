"""The person's own tokens, as they are traded: at a provider's token endpoint, and nowhere else.

Loaded where something is traded. They come out of the vault, for the very sign-in that counts at
this moment; where they are about to end, the provider is asked for new ones first, once for all.
"""

import json
import time
from base64 import urlsafe_b64decode
from binascii import Error
from collections.abc import Callable
from typing import Final

from localguard.credentials.ports import Subject
from localguard.errors import SignInFault
from localguard.identity.entry import Entry
from localguard.identity.renewal import renew
from localguard.identity.session_policy import login_of
from localguard.identity.sign_ins import SignIns
from localguard.oauth.provider import Provider, discover_openid
from localguard.oauth.wire import Wire
from localguard.policy.people import Identity, SignIn

MARGIN: Final = 30.0
"""Seconds before the end of a token at which it is renewed rather than traded."""


class OwnTokens:
    """Gives out what is traded. Implements `bearers.OwnTokens`; `sign_ins` is asked each time."""

    def __init__(
        self, sign_ins: Callable[[], SignIns], now: Callable[[], float] = time.time
    ) -> None:
        self._sign_ins = sign_ins
        self._now = now

    def __call__(self, sign_in: SignIn, person: Identity) -> Subject:
        """The sign-in of a person. Raises SignInFault and VaultFault."""
        sign_ins = self._sign_ins()
        with Wire() as wire:
            entry = _entry(sign_ins, sign_in, person)
            if not self._lasts(entry):
                entry = self._renewed(sign_ins, sign_in, person, wire)
            provider = _provider(wire, sign_in)
        tokens = entry.tokens
        client = sign_ins.client(sign_in, provider)
        return Subject(provider, client, tokens.id_token, self._good_access(entry))

    def _renewed(self, sign_ins: SignIns, sign_in: SignIn, person: Identity, wire: Wire) -> Entry:
        card = sign_ins.card(sign_in)
        if card is not None:
            renew(sign_in, sign_ins, wire, stale=card.serial)
        return _entry(sign_ins, sign_in, person)

    def _lasts(self, entry: Entry) -> bool:
        """Whether both tokens are good; some providers give no second ID token."""
        ends = [entry.tokens.expires_at, _end_of(entry.tokens.id_token)]
        return all(end is None or end - MARGIN > self._now() for end in ends)

    def _good_access(self, entry: Entry) -> str | None:
        ends = entry.tokens.expires_at
        return entry.tokens.access if ends is None or ends > self._now() else None


def _entry(sign_ins: SignIns, sign_in: SignIn, person: Identity) -> Entry:
    """What the vault has, if it is of the very sign-in that counts."""
    entry = sign_ins.entry(sign_in)
    if entry is None or (entry.subject, entry.session) != (person.subject, person.session):
        what = "the tokens of your sign-in are gone from the vault"
        raise SignInFault(what, where=sign_in.issuer, fix=login_of(sign_in))
    return entry


def _provider(wire: Wire, sign_in: SignIn) -> Provider:
    return discover_openid(wire, sign_in.issuer, assume_pkce=sign_in.assume_pkce)


def _end_of(id_token: str | None) -> float | None:
    """When an ID token ends. It was validated when it came; here it only tells when to ask anew."""
    try:
        body = (id_token or "").split(".")[1]
        end = json.loads(urlsafe_b64decode(f"{body}==")).get("exp")
    except (IndexError, ValueError, Error, AttributeError):
        return None
    return float(end) if isinstance(end, int | float) else None
