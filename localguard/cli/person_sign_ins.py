"""Where the sign-ins of whoever has started this process are kept: their cards and the vault."""

import os
import time

from localguard.cli.choosing import key_of
from localguard.cli.signed_in import FOLDER
from localguard.config.paths import Places
from localguard.identity.cards import Cards
from localguard.identity.sign_ins import SignIns
from localguard.policy.people import SignIn
from localguard.vault.bindings import binding_of_url
from localguard.vault.named import NamedSecrets
from localguard.vault.vault import Vault


def sign_ins_of(where: Places, vault: Vault) -> SignIns:
    """The sign-ins in a vault. Reads nothing before one is asked for."""

    def secret(sign_in: SignIn) -> str | None:
        if sign_in.client_secret is None:
            return None
        # For its provider and for nobody else, whatever a profile calls it.
        binding = binding_of_url("identity", sign_in.issuer)
        return NamedSecrets(vault).reveal(sign_in.client_secret, binding)

    cards = Cards(os.path.join(where.state, FOLDER), key_of(where), time.time)
    return SignIns(vault, cards, secret, time.time)
