"""Who sits there, for a guard: looked up at each call, and confirmed by the provider beside it.

A look loads nothing. What speaks with a provider is loaded on a thread of its own, when there is
something to ask; nothing of it delays a call, the start, or the end.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import anyio

from localguard.aside import aside
from localguard.config.paths import Places
from localguard.errors import LocalguardError
from localguard.identity.cards import cards_folder
from localguard.identity.followed import FollowedIdentity
from localguard.identity.session_policy import is_over
from localguard.policy.people import Identity, Nobody, Person, SignIn
from localguard.policy.profile import Profile
from localguard.relay.receipts import Checking
from localguard.vault.vault import Vault

LOOK: Final = 60.0
"""Seconds after which it is looked again what is due: clocks are set, and others sign in."""
SOONEST: Final = 5.0
"""Seconds between attempts that fail, also while calls are denied for it."""
_GUARDS: Final = 16

Renew = Callable[[SignIn, int], None]
"""Have a sign-in renewed that was seen with a serial. Blocks; raises SignInFault and VaultFault."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a guard has beside it: places, the key of the seals, a way to the person, the vault."""

    where: Places
    key: Callable[[], bytes]
    tell: Callable[[str], None]
    vault: Callable[[], Vault]
    clock: Callable[[], float] = time.time


class SignedIn:
    """Who has signed in. `renew` is what speaks with the provider."""

    def __init__(self, around: Around, renew: Renew | None = None) -> None:
        self._renew = renew or _by_provider(around)
        self._followed = followed(around)
        self._notice = around.tell
        self._clock = around.clock
        self._sign_in: SignIn | None = None
        self._news = anyio.Event()
        self._trouble: LocalguardError | None = None
        # Guards that are due at one time would all load what only the first of them needs.
        self._share = os.getpid() % _GUARDS / _GUARDS

    def person(self, profile: Profile) -> Person:
        """Who it is that a profile asks for, now. Quick, and never raises."""
        found = self._followed.person(profile.sign_in)
        expired = isinstance(found, Nobody) and found.expired
        if profile.sign_in != self._sign_in or expired:
            self._sign_in = profile.sign_in
            self._news.set()
        return self._with_trouble(found) if isinstance(found, Nobody) and expired else found

    def last(self, sign_in: SignIn) -> str | None:
        """The subject of a sign-in that is over, if only that person can renew it."""
        card = self._followed.card(sign_in)
        return card.subject if card and is_over(card, sign_in, self._clock()) else None

    async def keep(self) -> None:
        """Have the sign-in confirmed before its claims are stale, until cancelled."""
        failed = 0
        while True:
            await self._pause(failed)
            if self._due_in() > 0 or await self._confirmed():
                failed = 0
            else:
                failed += 1

    async def _pause(self, failed: int) -> None:
        """Wait until something is due, is asked for, or is worth another attempt."""
        seconds = self._due_in()
        if failed:
            await anyio.sleep(SOONEST)
            seconds = SOONEST * 2.0 ** min(failed, 5)
        with anyio.move_on_after(min(seconds, LOOK)):
            await self._news.wait()
        self._news = anyio.Event()

    def _due_in(self) -> float:
        """Seconds; without end where there is nothing to confirm."""
        sign_in = self._sign_in
        due = None if sign_in is None else self._followed.renewal_in(sign_in, self._share)
        return float("inf") if due is None else due

    async def _confirmed(self) -> bool:
        """Ask the provider; whether that came to an end."""
        sign_in = self._sign_in
        card = None if sign_in is None else self._followed.card(sign_in)
        if sign_in is None or card is None:
            return True
        try:
            await aside(lambda: self._renew(sign_in, card.serial))
        except LocalguardError as fault:
            self._failed(fault)
            return False
        self._trouble = None
        return True

    def _failed(self, fault: LocalguardError) -> None:
        """Tell a person once, however often it fails."""
        before, self._trouble = self._trouble, fault
        if before is None or before.explain() != fault.explain():
            self._notice(f"localguard: your sign-in is not confirmed: {fault.explain()}")

    def _with_trouble(self, nobody: Nobody) -> Nobody:
        """Why the sign-in is not confirmed, where that is known, with what to do about it."""
        fault = self._trouble
        if fault is None:
            return nobody
        return replace(nobody, reason=f"{nobody.reason}: {fault.what}", fix=fault.fix or nobody.fix)


class ReceiptsOnCall:
    """Checks receipts of step-ups; what that takes is loaded with the first of them. Blocks."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._checking: Checking | None = None

    def check(
        self,
        receipt: str,
        challenge: str,
        person: Identity,
        sign_in: SignIn,
        *,
        not_before: float,
    ) -> object | str:
        """What the receipt proves, or why it is none for this challenge and this person."""
        if self._checking is None:
            from localguard.assembly.confirming import checking  # noqa: PLC0415

            self._checking = checking(self._around)
        return self._checking.check(receipt, challenge, person, sign_in, not_before=not_before)


def _by_provider(around: Around) -> Renew:
    """Renews at the provider; what that takes is loaded with the first renewal."""
    made: list[Renew] = []

    def renew(sign_in: SignIn, stale: int) -> None:
        if not made:
            from localguard.assembly.confirming import Confirming  # noqa: PLC0415

            # One for good: a keyring that is locked asks a person once.
            made.append(Confirming(around).renew)
        made[0](sign_in, stale)

    return renew


def followed(around: Around) -> FollowedIdentity:
    """Who has signed in, as the sealed cards say; for one thread."""
    return FollowedIdentity(cards_folder(around.where.state), around.key, around.clock)
