"""Receipts: the proof that a person has signed in anew for one answer to one request.

A receipt is the ID token of that sign-in, whose nonce is the challenge of the request. It is made
wherever the person answers, and checked here, off the event loop, since the provider's keys may
have to be fetched. Each is for one answer; none is shown, recorded or kept but in the record of the
answer that it came with.
"""

import hashlib
import secrets
from collections.abc import Callable
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
        self, receipt: str, challenge: str, person: Identity, sign_in: SignIn
    ) -> object | str:
        """What the receipt proves, or in words why it is none for this challenge and this person.

        Raises LocalguardError where the provider's keys cannot be had.
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
    ) -> str:
        """Refuses."""
        return "this guard cannot check sign-ins: restart the client's server"


class Receipts:
    """The challenges of the requests of one guard, and whether a receipt meets one.

    `nonce` gives 16 bytes that nobody can guess.
    """

    def __init__(
        self,
        checking: Checking,
        nonce: Callable[[], bytes] = lambda: secrets.token_bytes(_NONCE),
    ) -> None:
        self._checking = checking
        self._nonce = nonce
        self._nonces: dict[str, bytes] = {}

    def challenge(self, pending: Pending) -> str | None:
        """What a sign-in for the next yes to a request is for; None where a yes takes none."""
        if not pending.matter.ask.duties.reauth:
            return None
        nonce = self._nonces.get(pending.id)
        if nonce is None:
            nonce = self._nonces[pending.id] = self._nonce()
        return challenge_of(pending.id, pending.matter.digest, nonce)

    def end(self, request: str) -> None:
        """The challenge of a request was met, or nobody can answer the request any more."""
        self._nonces.pop(request, None)

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
        sign_in = profile.sign_in
        try:
            found = await aside(lambda: self._checking.check(receipt, challenge, person, sign_in))
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
