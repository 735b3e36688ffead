"""What a guard asks of a provider, and how it checks what one has signed.

Imports what speaks HTTP and what verifies signatures: loaded by `person` when either is needed.
"""

from localguard.assembly.person import Around, followed
from localguard.identity.opening import open_sign_ins
from localguard.identity.receipts import CheckedReceipts
from localguard.identity.renewal import renew
from localguard.oauth.wire import Wire
from localguard.policy.people import SignIn


class Confirming:
    """Has sign-ins confirmed by their providers. Blocks."""

    def __init__(self, around: Around) -> None:
        self._sign_ins = open_sign_ins(around.where.state, around.vault(), around.key, around.clock)

    def renew(self, sign_in: SignIn, stale: int) -> None:
        """Have a sign-in renewed that was seen with a serial. Raises SignInFault, VaultFault."""
        with Wire() as wire:
            renew(sign_in, self._sign_ins, wire, stale=stale)


def checking(around: Around) -> CheckedReceipts:
    """Checks receipts; it follows the cards by itself: for another thread."""
    return CheckedReceipts(followed(around).card, around.clock)
