"""The sign-in as one guard follows it: two looks at files per call, and never back to an older one.

What cannot be believed is nobody. Loads nothing but the standard library.
"""

from collections.abc import Callable
from typing import Final

from localguard.errors import LocalguardError
from localguard.identity.card import Card, name_of
from localguard.identity.cards import Cards, Look
from localguard.identity.session_policy import absence, identity_of, login_of, renewal_at
from localguard.policy.people import Identity, Nobody, Person, SignIn

NOT_ASKED: Final = Nobody("the profile asks for no sign-in", "write [identity] into the profile")


class FollowedIdentity:
    """Who has signed in, at each moment.

    `key` is that of the seals and may raise LocalguardError; `clock` is seconds since the epoch.
    """

    def __init__(self, folder: str, key: Callable[[], bytes], clock: Callable[[], float]) -> None:
        self._cards = Cards(folder, key, clock)
        self._clock = clock
        self._known: dict[tuple[str, str], _Followed] = {}

    def person(self, sign_in: SignIn | None) -> Person:
        """Who it is that a profile asks for, now. Never raises."""
        if sign_in is None:
            return NOT_ASKED
        followed = self._follow(sign_in)
        if followed.fault is not None:
            return Nobody(followed.fault, login_of(sign_in))
        return followed.standing(sign_in, self._clock())

    def card(self, sign_in: SignIn) -> Card | None:
        """The card that counts, if there is one that can be believed."""
        followed = self._follow(sign_in)
        return None if followed.fault is not None else followed.card

    def renewal_in(self, sign_in: SignIn, share: float = 0.0) -> float | None:
        """Seconds until the provider is to be asked again; None as long as there is nothing to."""
        at = renewal_at(self.card(sign_in), sign_in, share)
        return None if at is None else max(at - self._clock(), 0.0)

    def _follow(self, sign_in: SignIn) -> "_Followed":
        key = (sign_in.issuer, sign_in.client_id)
        followed = self._known.get(key)
        if followed is None:
            followed = self._known[key] = _Followed(self._cards, name_of(*key))
        followed.follow()
        return followed


class _Followed:
    """The card of one issuer and client; `fault` says why it counts no more."""

    def __init__(self, cards: Cards, name: str) -> None:
        self.card: Card | None = None
        self.fault: str | None = None
        self._cards = cards
        self._name = name
        self._look: Look | None = None
        self._highest = 0
        self._identities: dict[SignIn, Identity] = {}

    def follow(self) -> None:
        """Read the card if it is another than before."""
        look = self._cards.look(self._name)
        if look != self._look:
            self._read()
            # What was wrong with the key may mend itself, with nothing to be seen at the card.
            self._look = look if self.fault is None else None

    def standing(self, sign_in: SignIn, now: float) -> Person:
        """The person at this moment, made once per card and profile."""
        absent = absence(self.card, sign_in, now)
        if absent is not None or self.card is None:
            return absent or NOT_ASKED
        known = self._identities.get(sign_in)
        if known is None:
            known = self._identities[sign_in] = identity_of(self.card, sign_in)
        return known

    def _read(self) -> None:
        self._identities.clear()
        try:
            self._take(self._cards.read(self._name))
        except LocalguardError as fault:
            self.card, self.fault = None, fault.what

    def _take(self, card: Card | None) -> None:
        serial = 0 if card is None else card.serial
        if serial < self._highest:
            self.card = None
            self.fault = "the card of your sign-in was removed, or an older one was put back"
            return
        self.card, self.fault, self._highest = card, None, serial
