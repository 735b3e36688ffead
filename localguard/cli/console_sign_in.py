"""Sign-ins from the console: the browser on a person's key, the wire and the vault on a thread.

Whoever gives up a sign-in cancels it: what listened for the browser is closed, and nothing of it is
kept. Loaded when the first of this is asked for, since it loads what speaks with providers.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from functools import cached_property, partial
from typing import Final

import anyio
from anyio import from_thread, lowlevel

from localguard.aside import aside
from localguard.audit.sign_in_acts import How
from localguard.cli.choosing import Person
from localguard.cli.console_browser import Elsewhere, Here, OnDevice, Said
from localguard.cli.console_known import KnownSignIns
from localguard.cli.late_sign_ins import ways_from_here
from localguard.cli.login_server import At, login_server
from localguard.cli.person_sign_ins import sign_ins_of
from localguard.cli.secret_vault import vault_of_console
from localguard.cli.sign_in_acts import SigningIn, not_in_log
from localguard.cli.sign_ins import Asking
from localguard.cli.signed_in import followed, view
from localguard.cli.signing_out import Ended, end, signed_out
from localguard.config.build import read_profile
from localguard.config.paths import Places
from localguard.console.sign_ins import Back, Tell, Visit, Way
from localguard.control.messages import RequestView
from localguard.errors import LocalguardError, ProfileFault
from localguard.identity.sign_in import Wish, sign_in
from localguard.identity.sign_ins import SignIns
from localguard.identity.step_up import CHALLENGE, step_up
from localguard.identity.ways import ByBrowser, ByDevice
from localguard.oauth.browser import Browser
from localguard.oauth.opener import SystemBrowser
from localguard.oauth.surroundings import why_no_browser
from localguard.oauth.wire import Wire
from localguard.policy.people import Identity, SignIn
from localguard.telling.people import SignInView, provider, who
from localguard.telling.server_tokens import ServerView
from localguard.telling.signing_out import SignedOut
from localguard.vault.vault import Vault

Taken = ByBrowser | ByDevice
Work = Callable[[Taken, Said], Back]
_HOW: Final[Mapping[Way, How]] = {
    "browser": "browser",
    "elsewhere": "pasted",
    "device": "device",
}
_WAIT: Final = 5.0
"""Seconds for another process that is at the same sign-in: a person sees that it is."""


class ConsoleSignIns:
    """Implements `console.sign_ins.SignIns`.

    `active` names the profile in force, `person` is whoever sits here, who may not be the one to
    sign in. `browser` is opened in place of the system's, and `vault` used in place of the
    person's; `why_not` says why no browser can be opened here.
    """

    def __init__(
        self,
        places: Places,
        active: Callable[[], str | None],
        person: Person,
        *,
        browser: Browser | None = None,
        vault: Vault | None = None,
        why_not: Callable[[], str | None] = why_no_browser,
    ) -> None:
        self._places = places
        self._active = active
        self._person = person
        self._browser = browser
        self._given = vault
        self._why_not = why_not

    def ways(self) -> Sequence[Way]:
        """The ways there are from this terminal, the best first."""
        return ways_from_here(self._why_not())

    async def known(self) -> Sequence[SignInView | ServerView]:
        """Everything there is to list, that of the profile in force first."""
        known = KnownSignIns(self._places, lambda: self._sign_ins, self._active)
        return await aside(known.listed)

    async def sign_in(self, profile: str, way: Way, tell: Tell) -> Back:
        """Sign in as a profile asks for it."""
        return await self._travel(way, tell, partial(self._signed_in, profile, _HOW[way]))

    async def sign_in_to(self, profile: str, server: str, way: Way, tell: Tell) -> Back:
        """Have a token for a server of a profile."""
        work = partial(self._signed_in_to, profile, server, _HOW[way])
        return await self._travel(way, tell, work)

    async def prove(self, request: RequestView, way: Way, tell: Tell) -> Back:
        """Sign in anew for one request."""
        return await self._travel(way, tell, partial(self._proven, request, _HOW[way]))

    async def sign_out(self, profile: str) -> SignedOut:
        """Sign out of a profile's provider, as far as that can be done without a browser."""
        try:
            return signed_out(await aside(partial(self._signed_out, profile)))
        except LocalguardError as fault:
            return SignedOut(revoked=False, removed=False, removed_said=fault.explain())

    async def open(self, url: str) -> Back:
        """Show the provider's page on which a session ends, in a browser."""
        browser = self._browser or SystemBrowser()
        try:
            await aside(partial(browser.open, url))
        except LocalguardError as fault:
            return Back(False, f"{fault.explain()} The address is {url}")
        return Back(True, "Your browser shows the provider's page: confirm there.")

    async def _travel(self, way: Way, tell: Tell, work: Work) -> Back:
        """Do it on a thread, with what it has to tell brought here; cancelling ends it."""
        stop, token, said = threading.Event(), lowlevel.current_token(), Said()

        def told(visit: Visit) -> None:
            visit = visit._replace(said="\n".join(filter(None, (said.before(), visit.said))))
            # Whoever waited may be gone, and the loop too.
            with suppress(anyio.RunFinishedError, CancelledError, RuntimeError):
                from_thread.run_sync(_unless(stop, partial(tell, visit)), token=token)

        try:
            return await aside(partial(self._allowed, work, self._taken(way, told, stop), said))
        except LocalguardError as fault:
            return Back(False, fault.explain())
        finally:
            stop.set()

    def _taken(self, way: Way, told: Callable[[Visit], None], stop: threading.Event) -> Taken:
        match way:
            case "browser":
                return ByBrowser(Here(told, stop, self._browser), stop=stop)
            case "elsewhere":
                return ByBrowser(Elsewhere(told), stop=stop)
            case "device":
                return ByDevice(OnDevice(told).show, stop)

    @cached_property
    def _sign_ins(self) -> SignIns:
        return sign_ins_of(self._places, self._given or vault_of_console(self._places))

    def _allowed(self, work: Work, taken: Taken, said: Said) -> Back:
        """Whoever signs in is whom rules speak of from then on: it is for the person alone."""
        why = self._person.refused()
        return work(taken, said) if why is None else Back(False, why)

    def _signed_in(self, profile: str, how: How, taken: Taken, _: Said) -> Back:
        asked, sign_ins = self._asked(profile), followed(self._places)
        act = SigningIn(self._person, profile, how)
        # Who is signed in already gives proof anew, which rules with an age of it go by.
        wish = Wish(fresh=taken.bound and isinstance(sign_ins.person(asked), Identity))
        act.begin(asked.issuer)
        with act.watched(), Wire() as wire:
            found = sign_in(asked, self._sign_ins, wire, taken, wish=wish, wait=_WAIT)
        unrecorded = not_in_log(act.made(found))
        seen = view(profile, asked, sign_ins)
        if not seen.signed_in:
            return Back(False, f"signed in, and yet nobody to this profile: {seen.reason}")
        done = f"{who(seen)} is signed in at {provider(asked.issuer)}."
        return Back(True, " ".join((done, *unrecorded)))

    def _signed_in_to(self, profile: str, server: str, how: How, taken: Taken, said: Said) -> Back:
        person = followed(self._places).person
        at = At(self._places, self._sign_ins.vault, taken, person, said, self._person, how)
        login_server(server, at, profile=profile)
        return Back(True, said.after())

    def _proven(self, request: RequestView, how: How, taken: Taken, _: Said) -> Back:
        challenge, asked = request.step_up or "", self._asked(request.profile)
        if CHALLENGE.fullmatch(challenge) is None or not taken.bound:
            return Back(
                False, "this request cannot be answered by a sign-in: it names no challenge"
            )
        act = SigningIn(self._person, request.profile, how, request=request.id)
        act.begin(asked.issuer)
        with act.watched(), Wire() as wire:
            receipt = step_up(asked, challenge, self._sign_ins, wire, taken)
        unrecorded = not_in_log(act.made(followed(self._places).person(asked)))
        return Back(True, " ".join(("Signed in anew.", *unrecorded)), receipt)

    def _signed_out(self, profile: str) -> Ended:
        asked = Asking(profile, self._asked(profile))
        with Wire() as wire:
            return end(asked, self._person, self._sign_ins, wire, wait=_WAIT)

    def _asked(self, profile: str) -> SignIn:
        """What a profile asks of a sign-in. Raises ProfileFault."""
        found = read_profile(self._places, profile, tested=False)
        if found.sign_in is None:
            fix = "add [identity] with issuer and client_id to it"
            raise ProfileFault("the profile asks for no sign-in", where=found.file, fix=fix)
        return found.sign_in


def _unless(stop: threading.Event, tell: Callable[[], None]) -> Callable[[], None]:
    return lambda: None if stop.is_set() else tell()
