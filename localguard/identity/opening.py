"""The sign-ins of one person, put together from the places of their files."""

import time
from collections.abc import Callable

from localguard.identity.cards import Cards, cards_folder
from localguard.identity.sign_ins import SignIns
from localguard.policy.people import SignIn
from localguard.vault.bindings import binding_of_url
from localguard.vault.named import NamedSecrets
from localguard.vault.vault import Vault


def open_sign_ins(
    state: str,
    vault: Vault,
    key: Callable[[], bytes],
    now: Callable[[], float] = time.time,
) -> SignIns:
    """The sign-ins below a folder of state. A client's secret is for its provider and nobody else.

    `key` is that of the seals. Touches no file and no keyring.
    """

    def secret(sign_in: SignIn) -> str | None:
        if sign_in.client_secret is None:
            return None
        binding = binding_of_url("identity", sign_in.issuer)
        return NamedSecrets(vault).reveal(sign_in.client_secret, binding)

    return SignIns(vault, Cards(cards_folder(state), key, now), secret, now)
