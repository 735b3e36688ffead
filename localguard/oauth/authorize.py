"""A person gives leave in the browser: authorization code with PKCE (RFC 6749, 7636, 8252).

State, nonce and verifier live in this process's memory alone. The browser's redirect and an address
that a person pastes go the same way, and whichever is right and first counts.
"""

import queue
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from secrets import token_urlsafe
from time import monotonic
from typing import Final

from localguard.aside import start
from localguard.errors import LocalguardError, SignInFault
from localguard.oauth.asked import Asked, Settle
from localguard.oauth.browser import Browser, Pasting
from localguard.oauth.listener import Listener
from localguard.oauth.pages import not_signed_in, signed_in
from localguard.oauth.redirects import Redirect, code_of, read_pasted
from localguard.oauth.request_url import parameters, request_url
from localguard.oauth.tokens import Tokens, exchange_code
from localguard.oauth.wire import Wire

_SLICE: Final = 0.2

__all__ = ["Asked", "Settle", "authorize"]


def authorize(
    wire: Wire,
    asked: Asked,
    browser: Browser,
    *,
    timeout: float = 180.0,
    settle: Settle,
    stop: threading.Event | None = None,
) -> Tokens:
    """The tokens, once `settle` has found them good.

    `settle` says in a few words who signed in and for what, which the page then shows; the fault
    that it raises is shown as a failure, and raised from here. `timeout` is seconds for the person.
    `stop` gives up from another thread. Raises Refused where the person or the provider said no,
    Unreachable, and SignInFault.
    """
    attempt = _Attempt(asked, monotonic() + timeout, stop or threading.Event())
    with Listener(
        attempt.state, attempt.inbox.put, host=asked.host, ports=asked.ports, again=asked.again
    ) as listener:
        uri = listener.redirect_uri
        browser.open(attempt.url(wire, uri))
        redirect = attempt.answer_to(browser, uri)
        try:
            tokens = attempt.redeemed(wire, redirect, uri)
            words = settle(tokens)
        except LocalguardError as fault:
            listener.settle(not_signed_in(fault.what, fault.fix))
            raise
        listener.settle(signed_in(words))
        return tokens


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One sign-in under way, with what nobody else may know; `until` is monotonic."""

    asked: Asked
    until: float
    stop: threading.Event
    state: str = field(default_factory=lambda: token_urlsafe(32), repr=False)
    verifier: str = field(default_factory=lambda: token_urlsafe(64), repr=False)
    inbox: queue.SimpleQueue[Redirect] = field(default_factory=queue.SimpleQueue, repr=False)

    def url(self, wire: Wire, uri: str) -> str:
        """The address to open."""
        said = parameters(self.asked, redirect_uri=uri, state=self.state, verifier=self.verifier)
        return request_url(wire, self.asked, said)

    def answer(self) -> Redirect:
        """The first right answer, whichever way it comes. Raises SignInFault where none does."""
        while (left := self.until - monotonic()) > 0:
            if self.stop.is_set():
                raise self._over("the sign-in was given up")
            # In slices, as Windows lets nothing interrupt a wait, and to notice `stop`.
            with suppress(queue.Empty):
                return self.inbox.get(timeout=min(left, _SLICE))
        raise self._over("nobody signed in in time")

    def answer_to(self, browser: Browser, uri: str) -> Redirect:
        """As `answer`, while a person may paste the address too where the browser has a way."""
        if not isinstance(browser, Pasting):
            return self.answer()
        start(lambda: self._take_pasted(browser, uri))
        try:
            return self.answer()
        finally:
            browser.close()

    def redeemed(self, wire: Wire, redirect: Redirect, uri: str) -> Tokens:
        """The tokens for the code, once it is sure who gave it."""
        return exchange_code(
            wire,
            self.asked.provider,
            self.asked.client,
            code=code_of(redirect, self.asked.provider),
            verifier=self.verifier,
            redirect_uri=uri,
            resource=self.asked.resource,
        )

    def _take_pasted(self, browser: Pasting, uri: str) -> None:
        while (text := browser.pasted()) is not None:
            found = read_pasted(text, uri, self.state)
            if isinstance(found, Redirect):
                self.inbox.put(found)
                return
            browser.refuse(found.why)

    def _over(self, what: str) -> SignInFault:
        return SignInFault(what, where=self.asked.provider.issuer, fix=self.asked.again)
