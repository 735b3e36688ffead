"""The provider is asked again whether it still knows the person: once for all processes.

Under the lock of the sign-in everything is read once more; what another process has renewed is
taken as it is. New tokens are kept before they are used. A process that dies between the answer
and that has lost them: the provider then refuses the old ones, which is a sign-out and no loop.
"""

import time
from dataclasses import dataclass, replace

from localguard.errors import SignInFault
from localguard.identity.card import Card
from localguard.identity.claims import kept, userinfo
from localguard.identity.entry import Entry
from localguard.identity.id_token import Claims, Expected, validate
from localguard.identity.session_policy import login_of
from localguard.identity.sign_in import claims_of
from localguard.identity.sign_ins import SignIns
from localguard.identity.signing_keys import FetchedKeys
from localguard.oauth.faults import Refused, Unreachable
from localguard.oauth.provider import Provider, discover_openid
from localguard.oauth.tokens import Tokens, refresh
from localguard.oauth.wire import Wire
from localguard.policy.calls import Json
from localguard.policy.people import SignIn

WAIT: float = 45.0
"""Seconds for another process that renews; one that waits for a person may take longer."""
ENDED: str = "the provider has ended your sign-in"


class _SomebodyElse(SignInFault):
    """Raised inside this module where new tokens are of another person."""


def renew(asked: SignIn, sign_ins: SignIns, wire: Wire, *, stale: int, wait: float = WAIT) -> Card:
    """The card as it is now, renewed if its serial was still `stale`; ended where that is over.

    Raises Unreachable, where the card says so and tokens stay; SignInFault where the provider does
    not confirm the person, and tokens stay; VaultFault.
    """
    with sign_ins.alone(asked, wait):
        card = sign_ins.card(asked)
        if card is None:
            raise _nothing(asked, "nobody has signed in")
        if card.serial != stale or card.ended is not None:
            return card
        try:
            return _Renewal(asked, sign_ins, wire, card).made()
        except Unreachable:
            _note(sign_ins, card)
            raise


def _note(sign_ins: SignIns, card: Card) -> None:
    """Have it on the card that the provider is out of reach, which grace goes by."""
    if card.out_of_reach is None:
        sign_ins.cards.write(replace(card, out_of_reach=sign_ins.now()))


@dataclass(frozen=True)
class _Renewal:
    """One renewal, by the process that has the lock."""

    asked: SignIn
    sign_ins: SignIns
    wire: Wire
    card: Card

    def made(self) -> Card:
        entry = self.sign_ins.entry(self.asked)
        if entry is None or entry.session != self.card.session:
            raise _nothing(self.asked, "the tokens of your sign-in are gone from the vault")
        if entry.subject != self.card.subject:
            # Whoever reads the key of the seals can forge a card; the vault's is another one.
            raise _nothing(
                self.asked, "the card of your sign-in names another person than the vault"
            )
        if entry.tokens.refresh is None:
            what = f"{self.asked.issuer} gave no refresh token, so it cannot confirm your sign-in"
            raise _nothing(self.asked, what)
        provider = discover_openid(self.wire, self.asked.issuer, assume_pkce=self.asked.assume_pkce)
        return self._asked_again(provider, entry)

    def _asked_again(self, provider: Provider, entry: Entry) -> Card:
        client = self.sign_ins.client(self.asked, provider)
        # Without the old ID token, so that one which comes back is a new one.
        old = replace(entry.tokens, id_token=None)
        try:
            tokens = refresh(self.wire, provider, client, old, now=self.sign_ins.now)
        except Refused as refused:
            if refused.error != "invalid_grant":
                raise
            return self._over(entry, ENDED)
        renewed = entry.renewed(tokens)
        self.sign_ins.put(self.asked, renewed)
        try:
            return self._confirmed(provider, renewed, tokens)
        except _SomebodyElse as fault:
            return self._over(renewed, fault.what)

    def _over(self, entry: Entry, why: str) -> Card:
        card = self.sign_ins.cards.end(self.card, why)
        self.sign_ins.drop(self.asked, entry)
        return card

    def _confirmed(self, provider: Provider, entry: Entry, tokens: Tokens) -> Card:
        keys = FetchedKeys(self.wire, provider, time.monotonic)
        claims = None if tokens.id_token is None else self._validated(keys, entry, tokens)
        said = self._said(provider, tokens, claims)
        card = self.card
        return self.sign_ins.cards.write(
            replace(
                card,
                confirmed_at=self.sign_ins.now(),
                acr=card.acr if claims is None or claims.acr is None else claims.acr,
                claims=said,
                out_of_reach=None,
            )
        )

    def _validated(self, keys: FetchedKeys, entry: Entry, tokens: Tokens) -> Claims:
        """What a new ID token says; what it repeats it may not change (Core section 12.2)."""
        expected = Expected(self.asked.issuer, self.asked.client_id, access_token=tokens.access)
        claims = validate(tokens.id_token or "", keys, expected, self.sign_ins.now())
        if claims.subject != entry.subject:
            what = "the provider has put somebody else in the place of who had signed in"
            raise _SomebodyElse(what, where=self.asked.issuer)
        before, proof = self.card.auth_time, claims.auth_time
        if None not in (before, proof) and int(before or 0) != int(proof or 0):
            raise self._changed("when you gave proof (auth_time)")
        if claims.nonce not in (None, entry.nonce):
            raise self._changed("to which sign-in it belongs (nonce)")
        return claims

    def _said(self, provider: Provider, tokens: Tokens, claims: Claims | None) -> dict[str, Json]:
        """What the provider says of the person now.

        Without a new ID token nothing but userinfo confirms anything: that a token was renewed says
        nothing of groups. What only the first ID token had said is then not known any more.
        """
        if claims is not None:
            return claims_of(self.wire, provider, self.asked, tokens, claims)
        said = userinfo(self.wire, provider, tokens.access, self.card.subject)
        if said is None:
            what = "the provider renews tokens, and says not whose they are"
            raise _nothing(self.asked, what)
        return kept(said)

    def _changed(self, what: str) -> SignInFault:
        told = f"the provider's new ID token says otherwise than the first {what}"
        return SignInFault(told, where=self.asked.issuer, fix=login_of(self.asked))


def _nothing(asked: SignIn, what: str) -> SignInFault:
    return SignInFault(what, where=asked.issuer, fix=login_of(asked))
