"""Pages of the guard's own at which a person signs in again, in words and addresses of its own.

One at a time. All that is done here is to listen, so that there is an address; who comes there is
served by a thread of its own (`eliciting_page`), which loads what that takes. No browser is opened.
"""

import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlsplit

import anyio

from localguard.aside import aside
from localguard.assembly.person import Around, SignedIn
from localguard.audit.sign_in_pages import SignInPage
from localguard.errors import AuditFault, SignInFault
from localguard.policy.people import SignIn
from localguard.policy.profile import Profile
from localguard.relay.elicited_offer import Ended, Offer
from localguard.relay.recorder import Recorder
from localguard.text import safe

PAUSE: Final = 20.0
"""Seconds without a page after one that has led to nothing, and twice as many after the next."""
_DOUBLINGS: Final = 6


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a page is for. `subject` is who alone may sign in; `client` names itself."""

    sign_in: SignIn
    subject: str
    profile: str
    server: str
    client: str


@dataclass(slots=True)
class Opened:
    """A page. `bound` listens at its address, whose `path` nobody guesses; `stop` ends it."""

    wanted: Wanted
    bound: socket.socket
    path: str = field(default_factory=lambda: f"/{secrets.token_urlsafe(32)}", repr=False)
    stop: threading.Event = field(default_factory=threading.Event)
    ended: list[Ended] = field(default_factory=list)
    taken: bool = False

    @property
    def authority(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.bound.getsockname()[1]}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a page. `why` says why not, where somebody has tried."""

    signed_in: bool
    why: str | None = None


Serve = Callable[[Around, Opened], Outcome]
"""Shows a page until it is over. Blocks; never raises."""


def _serve(around: Around, opened: Opened) -> Outcome:
    from localguard.assembly.eliciting_page import show  # noqa: PLC0415

    return show(around, opened)


class Eliciting:
    """The pages of one guard (`elicited_offer.Pages`)."""

    def __init__(
        self,
        around: Around,
        signed_in: SignedIn,
        recorder: Recorder,
        server: str,
        *,
        serve: Serve = _serve,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._around = around
        self._last = signed_in.last
        self._recorder = recorder
        self._server = server
        self._serve = serve
        self._monotonic = monotonic
        self._opened: Opened | None = None
        self._offer: Offer | None = None
        self._quiet_until = 0.0
        self._failed = 0
        self._news = anyio.Event()

    def pending(self) -> Offer | None:
        """The page that is open."""
        return self._offer

    def offer(self, profile: Profile, client: str | None) -> Offer | None:
        """The page for the sign-in of a profile, if there was one that is over."""
        sign_in, opened = profile.sign_in, self._opened
        if sign_in is None:
            return None
        if opened is not None:
            if opened.wanted.sign_in == sign_in:
                return self._offer
            # One page at a time, and this one is of no use any more.
            opened.stop.set()
            return None
        subject = self._last(sign_in)
        if subject is None or self._monotonic() < self._quiet_until:
            return None
        return self._open(Wanted(sign_in, subject, profile.name, self._server, client or "?"))

    async def keep(self) -> None:
        """Have pages shown, until cancelled."""
        try:
            while True:
                await self._news.wait()
                self._news = anyio.Event()
                if (opened := self._opened) is not None:
                    await self._shown(opened)
        finally:
            self._let_go()

    def _open(self, wanted: Wanted) -> Offer | None:
        from localguard.oauth.sockets import listening  # noqa: PLC0415 -- where a page is wanted

        try:
            (bound,) = listening("127.0.0.1", (0,), again="")
        except SignInFault:
            return None
        try:
            self._recorder.must(_record(wanted, "asked"))
        except AuditFault:
            bound.close()
            return None
        self._opened = opened = Opened(wanted, bound)
        url = f"http://{opened.authority}{opened.path}"
        self._offer = Offer(secrets.token_urlsafe(16), url, _words(wanted), opened.ended.append)
        self._news.set()
        return self._offer

    async def _shown(self, opened: Opened) -> None:
        opened.taken = True
        outcome = await self._outcome(opened)
        self._opened = self._offer = None
        self._pause(outcome)
        self._recorder.tell(_record(opened.wanted, _event(outcome), outcome.why))
        for ended in opened.ended:
            ended(outcome.signed_in)

    def _pause(self, outcome: Outcome) -> None:
        """Nobody is pestered, and a port of the redirect is not taken again and again."""
        if outcome.signed_in:
            self._failed = 0
            return
        self._quiet_until = self._monotonic() + PAUSE * 2.0 ** min(self._failed, _DOUBLINGS)
        self._failed += 1

    async def _outcome(self, opened: Opened) -> Outcome:
        try:
            return await aside(lambda: self._serve(self._around, opened))
        except Exception as error:  # noqa: BLE001 -- a fault of our own, which must end no call
            self._around.tell(
                f"localguard: the page to sign in at is not there ({error!r})."
                " Fix: sign in by localguard login, and report this."
            )
            return Outcome(signed_in=False, why="localguard failed")

    def _let_go(self) -> None:
        if self._opened is not None:
            self._opened.stop.set()
            if not self._opened.taken:
                self._opened.bound.close()


_Event = Literal["asked", "signed_in", "refused", "expired"]


def _event(outcome: Outcome) -> _Event:
    if outcome.signed_in:
        return "signed_in"
    return "expired" if outcome.why is None else "refused"


def _record(wanted: Wanted, event: _Event, why: str | None = None) -> SignInPage:
    return SignInPage(
        event=event,
        profile=wanted.profile,
        issuer=wanted.sign_in.issuer,
        subject=wanted.subject,
        reason=why,
    )


def _words(wanted: Wanted) -> str:
    host = urlsplit(wanted.sign_in.issuer).netloc
    return (
        f"localguard: your sign-in at {safe(host, 100)} is over, and the server"
        f" {safe(wanted.server, 80)} is for those who are signed in (profile"
        f" {safe(wanted.profile, 80)}). The page is localguard's own, on this machine; it leads to"
        " your provider once you say so."
    )
