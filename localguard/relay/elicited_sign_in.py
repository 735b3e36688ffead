"""A sign-in that is required and over: clients that can show a person an address are given one.

In 2025-11-25 by the error -32042 (client/elicitation "URL Elicitation Required Error"), and a
notification when it is done; in 2026-07-28 by `input_required` with one request of our own, whose
answer no server gets to see (basic/patterns/mrtr). The address gives no more leave than its page
does: whatever comes of it, the next call is judged as any other. Everybody else is told in words.
"""

from collections.abc import Callable
from typing import Any, Final

from localguard.policy.decisions import Deny
from localguard.relay import replies
from localguard.relay.elicited_offer import NoPages, Offer, Pages
from localguard.relay.exchange import Open
from localguard.relay.frames import Message, Request
from localguard.relay.methods import CLIENT_CAPABILITIES, MODERN, era
from localguard.relay.session import Session

REVISION: Final = "2025-11-25"
"""The one revision with a handshake that has elicitation by URL."""
WAIT: Final = 45.0
"""Seconds that a call, made anew, waits for the person at the page; clients wait for 60."""
_ROUND: Final = ("inputResponses", "requestState")


class ElicitedSignIn:
    """Asks for sign-ins in the way that the client of one session understands."""

    def __init__(self, session: Session, pages: Pages | None = None) -> None:
        self._session = session
        self._pages = pages or NoPages()
        self._greeting: Any = None
        self._told: str | None = None

    def learn(self, request: Request) -> None:
        """What a client can do is what it says itself, before servers are told less of it."""
        if request.method == "initialize":
            self._greeting = request.params.get("capabilities")

    def answer(self, entry: Open, target: str, deny: Deny) -> Message | None:
        """The answer to a denied call that asks for the sign-in; None where the denial is all."""
        session, request = self._session, entry.request
        profile = session.standing.profile
        if profile is None or not self._lacks_sign_in(deny) or not self._shows(request):
            return None
        offer = self._pages.offer(profile, session.gate.client)
        if offer is None:
            return None
        wish = replies.page(offer.url, offer.words)
        if era(request.params) == MODERN:
            return replies.sign_in_wanted(request, wish)
        self._tell_of_end(offer)
        named = {**wish, "elicitationId": offer.id}
        return replies.sign_in_required(request, target, deny, named)

    def settled(self, entry: Open, then: Callable[[Open], None]) -> None:
        """Go on with a call, once the person to whom its client has shown the page is done."""
        offer = self._pages.pending() if _accepts(entry.request) else None
        if offer is None:
            then(entry)
            return
        waiting = [entry]

        def proceed(_: bool = False) -> None:
            if waiting and self._session.is_open(waiting.pop()):
                self._session.refresh()
                then(entry)

        offer.after(proceed)
        self._session.later(WAIT, proceed)

    def _lacks_sign_in(self, deny: Deny) -> bool:
        """Whether that nobody is signed in is why a call was denied."""
        standing = self._session.standing
        sign_in = None if standing.profile is None else standing.profile.sign_in
        return (
            sign_in is not None and standing.unsigned is not None and deny.by == str(sign_in.origin)
        )

    def _shows(self, request: Request) -> bool:
        """Whether the client can show the page, and can be asked to by the answer to this."""
        if request.method != "tools/call":
            return False
        if era(request.params) == MODERN:
            declared = request.params["_meta"].get(CLIENT_CAPABILITIES)
            # Who has seen the page already is told in words; and of another round of the server's
            # an answer of ours would lose what the client has said in it.
            return _has_url(declared) and not any(name in request.params for name in _ROUND)
        return self._session.version == REVISION and _has_url(self._greeting)

    def _tell_of_end(self, offer: Offer) -> None:
        """`notifications/elicitation/complete`, once for each page that leads to a sign-in."""
        if self._told == offer.id:
            return
        self._told = offer.id

        def ended(signed_in: bool) -> None:
            if signed_in:
                self._session.tell(replies.sign_in_complete(offer.id))

        offer.after(ended)


def _has_url(capabilities: object) -> bool:
    elicitation = capabilities.get("elicitation") if isinstance(capabilities, dict) else None
    return isinstance(elicitation, dict) and isinstance(elicitation.get("url"), dict)


def _accepts(request: Request) -> bool:
    """Whether a call made anew says that the person was shown the page."""
    given = request.params.get("inputResponses")
    own = given.get(replies.SIGN_IN) if isinstance(given, dict) else None
    return isinstance(own, dict) and own.get("action") == "accept"
