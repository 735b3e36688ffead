"""A page at which a person signs in again: who asks for what, one button, and what it begins.

Imports what speaks HTTP: loaded by `eliciting` on a thread of its own, for a page that was asked
for. Whoever opens the page first and presses its button, a sign-in comes of it for nobody but the
person of the last one, who has to give proof anew.
"""

import queue
import time
from concurrent.futures import Future
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from localguard.aside import start
from localguard.assembly.eliciting import Opened, Outcome, Wanted
from localguard.assembly.person import Around, followed
from localguard.errors import LocalguardError
from localguard.identity.opening import open_sign_ins
from localguard.identity.session_policy import login_of
from localguard.identity.sign_in import sign_in_again
from localguard.identity.ways import ByBrowser
from localguard.oauth.asking import Asking, serve
from localguard.oauth.pages import Page, not_signed_in
from localguard.oauth.wire import Wire
from localguard.policy.people import Identity
from localguard.text import safe

PATIENCE: Final = 600.0
"""Seconds for which a page is open that nobody has used."""
_AT_ONCE: Final = 30.0
"""Seconds for the provider to be found."""


def show(around: Around, opened: Opened) -> Outcome:
    """Show the page until a sign-in came of it or failed, or it is too late."""
    attempt = _Attempt(around, opened)
    asking = Asking(
        opened.authority,
        opened.path,
        lambda token: asking_page(opened.wanted, token),
        attempt.begin,
    )
    serve(opened.bound, asking, attempt.is_over)
    return attempt.outcome()


class _Attempt:
    """The one sign-in that a page can begin; the browser is the one that has the page."""

    def __init__(self, around: Around, opened: Opened) -> None:
        self._around = around
        self._opened = opened
        self._until = time.monotonic() + PATIENCE
        self._person = followed(around)
        self._address: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._made: Future[Identity] | None = None

    def open(self, url: str) -> None:
        """As `oauth.browser.Browser` has it: the page goes on to there."""
        self._address.put(url)

    def begin(self) -> Page:
        """The page that leads to the provider, or says why there is none."""
        self._made = made = start(self._sign_in, lambda: self._address.put(None))
        with suppress(queue.Empty):
            if (url := self._address.get(timeout=_AT_ONCE)) is not None:
                return _onward(self._opened.wanted, url)
        fault = made.exception() if made.done() else None
        if isinstance(fault, LocalguardError):
            return not_signed_in(fault.what, fault.fix)
        return not_signed_in("the provider does not answer", login_of(self._opened.wanted.sign_in))

    def is_over(self) -> bool:
        """Whether there is nothing more to wait for; also where they have signed in elsewhere."""
        there, stop = self._is_there(), self._opened.stop
        if self._made is None:
            return there or stop.is_set() or time.monotonic() > self._until
        if there:
            # Whoever is still at the provider's page keeps a port that others may need.
            stop.set()
        return self._made.done()

    def outcome(self) -> Outcome:
        """What came of it."""
        made = self._made
        fault = made.exception() if made is not None and made.done() else None
        if self._is_there() or not isinstance(fault, LocalguardError):
            return Outcome(self._is_there())
        return Outcome(signed_in=False, why=fault.what)

    def _is_there(self) -> bool:
        return isinstance(self._person.person(self._opened.wanted.sign_in), Identity)

    def _sign_in(self) -> Identity:
        around, wanted = self._around, self._opened.wanted
        sign_ins = open_sign_ins(around.where.state, around.vault(), around.key, around.clock)
        way = ByBrowser(self, stop=self._opened.stop)
        with Wire() as wire:
            return sign_in_again(wanted.sign_in, wanted.subject, sign_ins, wire, way)


def asking_page(wanted: Wanted, token: str) -> Page:
    """Who asks, for what, and where the button leads to."""
    where, client = _host(wanted), safe(wanted.client, 60)
    server, profile = safe(wanted.server, 80), safe(wanted.profile, 80)
    lines = (
        f'Your sign-in at {where} is over. A program that calls itself "{client}" wants to use the'
        f' server "{server}", which is for those who are signed in (profile "{profile}").',
        "Nothing happens until you go on, and only whoever was signed in last can sign in here."
        f" In a terminal it is: {login_of(wanted.sign_in)}",
    )
    return Page(200, "Sign in again?", lines, button=f"Go to {where}", token=token)


def _onward(wanted: Wanted, url: str) -> Page:
    return Page(200, "To your provider", (f"You are taken to {_host(wanted)}.",), onward=url)


def _host(wanted: Wanted) -> str:
    return safe(urlsplit(wanted.sign_in.issuer).netloc, 120)
