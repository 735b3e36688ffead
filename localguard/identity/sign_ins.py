"""Where sign-ins are kept: the tokens in the vault, the card beside it, one process at a time.

The vault first and the card after it, so that a card never stands for tokens that are not there.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from localguard.errors import SignInFault
from localguard.identity.card import Card, name_of
from localguard.identity.cards import Cards
from localguard.identity.entry import Entry, entry_bytes, read_entry
from localguard.oauth.client import Client, client_of
from localguard.oauth.provider import Provider
from localguard.policy.people import SignIn
from localguard.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class SignIns:
    """The sign-ins of one person on this machine.

    `secret` gives the client's secret by its name in the vault, for providers that want one; `now`
    is seconds since the epoch. Raises VaultFault and SignInFault.
    """

    vault: Vault
    cards: Cards
    secret: Callable[[SignIn], str | None]
    now: Callable[[], float]

    def alone(self, sign_in: SignIn, seconds: float) -> AbstractContextManager[None]:
        """Be the only process with a sign-in; VaultFault where another has it for so long."""
        return self.vault.alone(_in_vault(sign_in), seconds)

    def card(self, sign_in: SignIn) -> Card | None:
        """The card, if there is one that can be believed; a void one is none."""
        try:
            return self.cards.read(name_of(sign_in.issuer, sign_in.client_id))
        except SignInFault:
            return None

    def entry(self, sign_in: SignIn) -> Entry | None:
        """What the vault holds."""
        name = _in_vault(sign_in)
        data = self.vault.get(name)
        return None if data is None else read_entry(data, name)

    def put(self, sign_in: SignIn, entry: Entry) -> None:
        """Keep tokens, in place of those before."""
        self.vault.put(_in_vault(sign_in), entry_bytes(entry))

    def drop(self, sign_in: SignIn, entry: Entry) -> bool:
        """Forget tokens, unless others have taken their place; whether that was done."""
        return self.entry(sign_in) == entry and self.vault.remove(_in_vault(sign_in))

    def forget(self, sign_in: SignIn) -> bool:
        """Forget whatever the vault holds, readable or not; whether there was anything."""
        return self.vault.remove(_in_vault(sign_in))

    def client(self, sign_in: SignIn, provider: Provider) -> Client:
        """What localguard is to the provider."""
        where = provider.issuer
        secret = self.secret(sign_in)
        return client_of(sign_in.client_id, secret, provider.auth_methods, where=where)


def _in_vault(sign_in: SignIn) -> str:
    return f"identity/{name_of(sign_in.issuer, sign_in.client_id)}"
