"""Where the sign-ins of whoever has started this process are kept: their cards and the vault."""

from localguard.cli.choosing import people_key_of
from localguard.config.paths import Places
from localguard.identity.opening import open_sign_ins
from localguard.identity.sign_ins import SignIns
from localguard.vault.vault import Vault


def sign_ins_of(where: Places, vault: Vault) -> SignIns:
    """The sign-ins in a vault. Reads nothing before one is asked for."""
    return open_sign_ins(where.state, vault, people_key_of(where))
