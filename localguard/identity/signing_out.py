"""The end of a sign-in: here at once, and at the provider as far as it lets us.

Each of the three is told as it went: tokens revoked (RFC 7009), tokens and card removed, and where
a person ends the session of their browser (OpenID Connect RP-Initiated Logout 1.0).
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from localguard.errors import LocalguardError, SignInFault, VaultFault
from localguard.identity.card import SIGNED_OUT
from localguard.identity.entry import Entry
from localguard.identity.sign_ins import SignIns
from localguard.oauth.provider import Provider, discover_openid
from localguard.oauth.tokens import revoke
from localguard.oauth.wire import Wire
from localguard.policy.people import SignIn

WAIT: float = 45.0
"""Seconds for another process that has the sign-in."""


@dataclass(frozen=True, slots=True)
class Report:
    """How a sign-out went. `revoked` is None where there was nothing to revoke.

    `why_not` says why tokens were not revoked. `end_session` is a page at which the person ends
    the session of their browser, None where the provider has none that is known.
    """

    was_signed_in: bool
    removed: bool
    revoked: bool | None
    why_not: str = ""
    end_session: str | None = None


def sign_out(asked: SignIn, sign_ins: SignIns, wire: Wire, *, wait: float = WAIT) -> Report:
    """End a sign-in. Raises VaultFault and SignInFault where it cannot be ended here."""
    with sign_ins.alone(asked, wait):
        card, (entry, unread) = sign_ins.card(asked), _entry(asked, sign_ins)
        if card is not None and card.ended != SIGNED_OUT:
            # First of all, so that guards know nobody any more whatever happens next; also where
            # the provider was faster, so that no page renews it.
            sign_ins.cards.end(card, SIGNED_OUT)
        try:
            revoked, why_not, provider = _revoked(asked, sign_ins, wire, entry)
        finally:
            removed = sign_ins.forget(asked)
    if unread:
        revoked, why_not = False, unread
    was = bool(entry or unread) or (card is not None and card.ended is None)
    page = None if provider is None else _end_session(asked, provider)
    return Report(was, removed, revoked, why_not, page)


def _entry(asked: SignIn, sign_ins: SignIns) -> tuple[Entry | None, str]:
    """What the vault holds, or why that cannot be read: what cannot is removed all the same."""
    try:
        return sign_ins.entry(asked), ""
    except VaultFault as fault:
        return None, f"your tokens could not be read ({fault.what}), and end by themselves there"


def _revoked(
    asked: SignIn, sign_ins: SignIns, wire: Wire, entry: Entry | None
) -> tuple[bool | None, str, Provider | None]:
    """Whether tokens were revoked, or why not, and the provider as far as it could be asked."""
    try:
        provider = discover_openid(wire, asked.issuer, assume_pkce=True)
    except SignInFault as fault:
        return (None if entry is None else False), _without_fix(fault), None
    if entry is None:
        return None, "", provider
    try:
        _revoke(asked, sign_ins, wire, provider, entry)
    except (SignInFault, VaultFault) as fault:
        return False, _without_fix(fault), provider
    return True, "", provider


def _without_fix(fault: LocalguardError) -> str:
    """What happened and where: the tokens are gone here, so that nothing can be tried again."""
    return LocalguardError(fault.what, where=fault.where).explain()


def _revoke(asked: SignIn, sign_ins: SignIns, wire: Wire, provider: Provider, entry: Entry) -> None:
    client = sign_ins.client(asked, provider)
    if entry.tokens.refresh is not None:
        revoke(wire, provider, client, entry.tokens.refresh)
    else:
        revoke(wire, provider, client, entry.tokens.access, hint="access_token")


def _end_session(asked: SignIn, provider: Provider) -> str | None:
    """Without `id_token_hint`: a page is opened by its address, which other programs can see."""
    page = provider.end_session_endpoint
    if page is None:
        return None
    return f"{page}{'&' if '?' in page else '?'}{urlencode({'client_id': asked.client_id})}"
