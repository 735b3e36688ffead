"""Who sits there, for a guard: looked up at each call, and confirmed by the provider beside it.

A look loads nothing. What speaks with a provider is loaded on a thread of its own, when there is
something to ask; nothing of it delays a call, the start, or the end.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, Final

import anyio

from localguard.aside import aside
from localguard.config.paths import Places
from localguard.config.vault_settings import vault_settings
from localguard.errors import LocalguardError
from localguard.identity.cards import cards_folder
from localguard.identity.followed import FollowedIdentity
from localguard.policy.people import Identity, Nobody, Person, SignIn
from localguard.policy.profile import Profile

LOOK: Final = 60.0
"""Seconds after which it is looked again what is due: clocks are set, and others sign in."""
SOONEST: Final = 5.0
"""Seconds between attempts that fail, also while calls are denied for it."""
_GUARDS: Final = 16

Renew = Callable[[SignIn, int], None]
"""Have a sign-in renewed that was seen with a serial. Blocks; raises SignInFault and VaultFault."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a guard has beside it: where files lie, the key of the seals, and a way to the person.

    `vault` opens the vault, if the guard has one already.
    """

    where: Places
    key: Callable[[], bytes]
    tell: Callable[[str], None]
    clock: Callable[[], float] = time.time
    vault: Callable[[], Any] | None = None


class SignedIn:
    """Who has signed in. `renew` is what speaks with the provider."""

    def __init__(self, around: Around, renew: Renew | None = None) -> None:
        self._renew = renew or ByProvider(around).renew
        self._followed = _followed(around)
        self._notice = around.tell
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
        self._checked: Any = None

    def check(
        self, receipt: str, challenge: str, person: Identity, sign_in: SignIn
    ) -> object | str:
        """What the receipt proves, or why it is none for this challenge and this person."""
        if self._checked is None:
            loaded = import_module("localguard.identity.receipts")
            # Not the one that calls are judged by, which no other thread may look through.
            card = _followed(self._around).card
            self._checked = loaded.CheckedReceipts(card, self._around.clock)
        found: object = self._checked.check(receipt, challenge, person, sign_in)
        return found


class ByProvider:
    """Renews at the provider; what that takes is loaded with the first renewal."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._sign_ins: Any = None

    def renew(self, sign_in: SignIn, stale: int) -> None:
        """Have a sign-in renewed that was seen with a serial."""
        if self._sign_ins is None:
            # One for good: a keyring that is locked asks a person once.
            self._sign_ins = self._opened()
        renewal = import_module("localguard.identity.renewal")
        with import_module("localguard.oauth.wire").Wire() as wire:
            renewal.renew(sign_in, self._sign_ins, wire, stale=stale)

    def _opened(self) -> object:
        around, where = self._around, self._around.where
        if around.vault is not None:
            vault = around.vault()
        else:
            opening = import_module("localguard.vault.vault")
            vault = opening.open_vault(where.vault, vault_settings(where.config).store)
        opened = import_module("localguard.identity.opening")
        sign_ins: object = opened.open_sign_ins(where.state, vault, around.key, around.clock)
        return sign_ins


def _followed(around: Around) -> FollowedIdentity:
    return FollowedIdentity(cards_folder(around.where.state), around.key, around.clock)
