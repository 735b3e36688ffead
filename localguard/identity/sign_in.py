"""A person signs in: once for all processes that want it at the same time.

Tokens go to the vault and nowhere else. Raises SignInFault (with Unreachable and Refused among
them) and VaultFault; whatever fails, what was kept before is as it was.
"""

import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass, field

from localguard.errors import SignInFault
from localguard.identity.card import SIGNED_OUT, Card
from localguard.identity.claims import joined, kept, userinfo, wants_more
from localguard.identity.entry import Entry
from localguard.identity.id_token import Claims, Expected, validate
from localguard.identity.prompts import prompts
from localguard.identity.session_policy import absence, identity_of, login_of
from localguard.identity.sign_ins import SignIns
from localguard.identity.signing_keys import FetchedKeys
from localguard.identity.ways import PATIENCE, Way
from localguard.oauth.authorize import Asked
from localguard.oauth.client import Client
from localguard.oauth.provider import Provider, discover_openid
from localguard.oauth.tokens import Tokens
from localguard.oauth.wire import Wire
from localguard.policy.calls import Json
from localguard.policy.people import Identity, SignIn
from localguard.text import safe

_OFFLINE = "offline_access"
_KEEPING = 45.0
"""Seconds for another process that has the sign-in at the moment."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of a sign-in beyond the profile: proof that is fresh, scopes besides."""

    fresh: bool = False
    scopes: tuple[str, ...] = ()


def sign_in(
    asked: SignIn,
    sign_ins: SignIns,
    wire: Wire,
    way: Way,
    *,
    wish: Wish = Wish(),
    wait: float = PATIENCE + 30,
) -> Identity:
    """The person, once they have signed in.

    Where another process is at it, its outcome is awaited for `wait` seconds and taken, and no
    second page is opened.
    """
    before = sign_ins.card(asked)
    with sign_ins.alone(asked, wait):
        found = _by_another(asked, sign_ins, before)
        return found or _Attempt(asked, sign_ins, wire, way, wish).made()


def sign_in_again(asked: SignIn, subject: str, sign_ins: SignIns, wire: Wire, way: Way) -> Identity:
    """The person, once they have given proof anew; nobody but whose sign-in is the last one.

    For pages that others than the person can find: no such page makes a first sign-in, undoes a
    sign-out, or keeps a command of the person's from doing any of that meanwhile.
    """
    return _Attempt(asked, sign_ins, wire, way, Wish(fresh=True), subject=subject).made()


def _by_another(asked: SignIn, sign_ins: SignIns, before: Card | None) -> Identity | None:
    """The person who signed in while this process waited."""
    card = sign_ins.card(asked)
    if card is None or (before is not None and card.session == before.session):
        return None
    return identity_of(card, asked) if absence(card, asked, sign_ins.now()) is None else None


@dataclass
class _Attempt:
    """One sign-in, by the process that has the lock; `subject` where it is only renewed."""

    asked: SignIn
    sign_ins: SignIns
    wire: Wire
    way: Way
    wish: Wish
    subject: str | None = None
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    identity: Identity | None = None

    def made(self) -> Identity:
        provider = discover_openid(self.wire, self.asked.issuer, assume_pkce=self.asked.assume_pkce)
        client = self.sign_ins.client(self.asked, provider)

        def settle(tokens: Tokens) -> str:
            self.identity = self._settled(provider, tokens)
            return f"{safe(self.identity.name, 80)} is signed in to localguard"

        self.way.authorize(self.wire, self._request(provider, client), settle)
        if self.identity is None:
            what = "the sign-in came to no end"
            raise SignInFault(what, where=self.asked.issuer, fix=login_of(self.asked))
        return self.identity

    def _request(self, provider: Provider, client: Client) -> Asked:
        scopes = _scopes((*self.asked.scopes, *self.wish.scopes), provider.scopes)
        return Asked(
            provider,
            client,
            scopes=scopes,
            extra=self._extra(provider, scopes),
            nonce=self.nonce if self.way.bound else None,
            host=self.asked.host,
            ports=self.asked.ports,
            again=login_of(self.asked),
        )

    def _extra(self, provider: Provider, scopes: Collection[str]) -> dict[str, str]:
        consent, age = _OFFLINE in scopes, self.asked.max_session_age
        if not self.way.bound:
            # RFC 8628 knows no such member; providers that do then tell when proof was given.
            return {} if age is None else {"max_age": str(age)}
        return prompts(provider, fresh=self.wish.fresh, consent=consent, max_age=age)

    def _max_age(self) -> int | None:
        return 0 if self.wish.fresh and self.way.bound else self.asked.max_session_age

    def _settled(self, provider: Provider, tokens: Tokens) -> Identity:
        """The person of good tokens, once all is kept."""
        keys = FetchedKeys(self.wire, provider, time.monotonic)
        expected = Expected(
            provider.issuer,
            self.asked.client_id,
            nonce=self.nonce if self.way.bound else None,
            access_token=tokens.access,
            max_age=self._max_age(),
        )
        if tokens.id_token is None:
            what = "the provider says not who you are: it gave no ID token"
            raise SignInFault(what, where=provider.issuer, fix='add "openid" to scopes')
        claims = validate(tokens.id_token, keys, expected, self.sign_ins.now())
        said = claims_of(self.wire, provider, self.asked, tokens, claims)
        card = self._card(claims, said)
        entry = Entry(card.session, claims.subject, tokens, claims.nonce)
        if self.subject is None:
            return self._kept(card, entry)
        with self.sign_ins.alone(self.asked, _KEEPING):
            self._require_last(claims.subject, self.subject)
            return self._kept(card, entry)

    def _kept(self, card: Card, entry: Entry) -> Identity:
        self.sign_ins.put(self.asked, entry)
        return identity_of(self.sign_ins.cards.write(card), self.asked)

    def _require_last(self, subject: str, wanted: str) -> None:
        """Raises SignInFault unless the sign-in is still of the one who now has given proof."""
        last, where, again = self.sign_ins.card(self.asked), self.asked.issuer, login_of(self.asked)
        if subject != wanted:
            what = f"somebody else has signed in: {safe(subject, 60)}"
            raise SignInFault(what, where=where, fix=f"to be somebody else, {again}")
        if last is None or last.ended == SIGNED_OUT or last.subject != wanted:
            what = "the sign-in that this page was to renew is gone"
            raise SignInFault(what, where=where, fix=again)

    def _card(self, claims: Claims, said: dict[str, Json]) -> Card:
        now = self.sign_ins.now()
        return Card(
            issuer=self.asked.issuer,
            client_id=self.asked.client_id,
            subject=claims.subject,
            session=secrets.token_hex(16),
            signed_in_at=now,
            confirmed_at=now,
            auth_time=claims.auth_time,
            acr=claims.acr,
            claims=said,
        )


def claims_of(
    wire: Wire, provider: Provider, asked: SignIn, tokens: Tokens, claims: Claims
) -> dict[str, Json]:
    """What the provider says of a person, in the token and, if need be, in userinfo."""
    said = None
    if wants_more(claims.all, asked.groups_claim):
        said = userinfo(wire, provider, tokens.access, claims.subject)
    return kept(claims.all) if said is None else joined(claims.all, said)


def _scopes(wanted: Collection[str], listed: Collection[str]) -> tuple[str, ...]:
    """Each scope once. What only some providers know is asked of those (MCP authorization)."""
    known = _OFFLINE in listed or not listed
    return tuple(dict.fromkeys(one for one in wanted if known or one != _OFFLINE))
