"""Receipts: the proof that a person has signed in anew for one answer to one request.

A receipt is the ID token of that sign-in, whose nonce is the challenge of the request. It is made
wherever the person answers, and checked here, off the event loop, since the provider's keys may
have to be fetched. Each is for one answer; none is shown, recorded or kept but in the record of the
answer that it came with.
"""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from localguard.approvals.requests import Pending
from localguard.aside import aside
from localguard.audit.people import MOST_RECEIPT
from localguard.errors import LocalguardError
from localguard.policy.decide import Standing
from localguard.policy.people import Identity, Nobody, SignIn

NEEDED: Final = (
    "a yes to this takes a new sign-in for this very call: answer it on the screen of a console"
    " (localguard), which opens your browser"
)
USED: Final = "this sign-in was used already: sign in once more"
_PREFIX: Final = b"localguard step-up 1\0"
_NONCE: Final = 16


class Checking(Protocol):
    """Who knows what a provider has signed. Blocks, for no longer than a deadline of its own."""

    def check(
        self,
        receipt: str,
        challenge: str,
        person: Identity,
        sign_in: SignIn,
        *,
        not_before: float,
    ) -> object | str:
        """What the receipt proves, or in words why it is none for this challenge and this person.

        `not_before` is when the challenge was made, in seconds since the epoch: an earlier sign-in
        was for something else. Raises LocalguardError where the provider's keys cannot be had.
        """
        ...


class NotChecked:
    """No receipt is one where nobody can check it."""

    def check(
        self,
        receipt: str,  # noqa: ARG002
        challenge: str,  # noqa: ARG002
        person: Identity,  # noqa: ARG002
        sign_in: SignIn,  # noqa: ARG002
        *,
        not_before: float,  # noqa: ARG002
    ) -> str:
        """Refuses."""
        return "this guard cannot check sign-ins: restart the client's server"


@dataclass(frozen=True, slots=True)
class _Challenge:
    """What a sign-in is asked for, of which call, and since when in seconds since the epoch."""

    digest: str
    text: str
    made: float


class Receipts:
    """The challenges of the requests of one guard, and whether a receipt meets one.

    `nonce` gives 16 bytes that nobody can guess; `clock` is seconds since the epoch.
    """

    def __init__(
        self,
        checking: Checking,
        nonce: Callable[[], bytes] = lambda: secrets.token_bytes(_NONCE),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._checking = checking
        self._nonce = nonce
        self._clock = clock
        self._challenges: dict[str, _Challenge] = {}

    def challenge(self, pending: Pending) -> str | None:
        """What a sign-in for the next yes to a request is for; None where a yes takes none."""
        if not pending.matter.ask.duties.reauth:
            return None
        known, digest = self._challenges.get(pending.id), pending.matter.digest
        if known is None or known.digest != digest:
            text = challenge_of(pending.id, digest, self._nonce())
            known = self._challenges[pending.id] = _Challenge(digest, text, self._clock())
        return known.text

    def end(self, request: str) -> None:
        """The challenge of a request was met, or nobody can answer the request any more."""
        self._challenges.pop(request, None)

    async def objection(
        self, receipt: str | None, challenge: str, standing: Standing
    ) -> str | None:
        """Why a receipt is none of the person of now for a challenge; None if it is one."""
        profile, person = standing.profile, standing.person
        if receipt is None:
            return NEEDED
        if len(receipt) > MOST_RECEIPT or not receipt.isascii():
            return "what came in place of a sign-in is none: sign in once more"
        if profile is None or profile.sign_in is None:
            return "the profile does not say where a person signs in: add [identity] to it"
        if not isinstance(person, Identity):
            return _nobody(person, profile.name)
        return await self._checked(receipt, challenge, person, profile.sign_in)

    async def _checked(
        self, receipt: str, challenge: str, person: Identity, sign_in: SignIn
    ) -> str | None:
        made = next((one.made for one in self._challenges.values() if one.text == challenge), None)
        if made is None:
            return USED
        check = lambda: self._checking.check(  # noqa: E731
            receipt, challenge, person, sign_in, not_before=made
        )
        try:
            found = await aside(check)
        except LocalguardError as fault:
            return fault.explain()
        return found if isinstance(found, str) else None


def _nobody(person: Nobody | None, profile: str) -> str:
    if person is None:
        return f"nobody is signed in: localguard login --profile {profile}"
    return person.explain()


def challenge_of(request: str, digest: str, nonce: bytes) -> str:
    """SHA-256 in hex over a request's id, the digest of its call, and a nonce of its own."""
    whole = hashlib.sha256(_PREFIX)
    for part in (request.encode("utf-8", "surrogatepass"), digest.encode("ascii"), nonce):
        # The length keeps one part from passing for the beginning of the next.
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()
