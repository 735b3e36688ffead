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
from localguard.oauth.provider import discover_openid
from localguard.oauth.wire import Wire
from localguard.policy.people import Identity, SignIn

MARGIN: Final = 30.0
"""Seconds before the end of a token at which it is renewed rather than traded."""


def own_tokens(
    sign_ins: SignIns, sign_in: SignIn, person: Identity, now: Callable[[], float] = time.time
) -> Subject:
    """The sign-in of a person, to be traded. Raises SignInFault and VaultFault."""
    with Wire() as wire:
        entry = _entry(sign_ins, sign_in, person)
        if not _lasts(entry, now()):
            entry = _renewed(sign_ins, sign_in, person, wire)
        provider = discover_openid(wire, sign_in.issuer, assume_pkce=sign_in.assume_pkce)
    tokens, client = entry.tokens, sign_ins.client(sign_in, provider)
    ends = tokens.expires_at
    access = tokens.access if ends is None or ends > now() else None
    return Subject(provider, client, tokens.id_token, access)


def _renewed(sign_ins: SignIns, sign_in: SignIn, person: Identity, wire: Wire) -> Entry:
    card = sign_ins.card(sign_in)
    if card is not None:
        renew(sign_in, sign_ins, wire, stale=card.serial)
    return _entry(sign_ins, sign_in, person)


def _lasts(entry: Entry, now: float) -> bool:
    """Whether both tokens are good for a while."""
    ends = (entry.tokens.expires_at, _end_of(entry.tokens.id_token))
    return all(end is None or end - MARGIN > now for end in ends)


def _entry(sign_ins: SignIns, sign_in: SignIn, person: Identity) -> Entry:
    """What the vault has, if it is of the very sign-in that counts."""
    entry = sign_ins.entry(sign_in)
    if entry is None or (entry.subject, entry.session) != (person.subject, person.session):
        what = "the tokens of your sign-in are gone from the vault"
        raise SignInFault(what, where=sign_in.issuer, fix=login_of(sign_in))
    return entry


def _end_of(id_token: str | None) -> float | None:
    """When an ID token ends. It was validated when it came; here it only tells when to ask anew."""
    try:
        body = (id_token or "").split(".")[1]
        end = json.loads(urlsafe_b64decode(f"{body}==")).get("exp")
    except (IndexError, ValueError, Error, AttributeError):
        return None
    return float(end) if isinstance(end, int | float) else None
