"""A token that a person put into the vault: for the one server that it was first used with."""

from collections.abc import Callable
from typing import Final

from localguard.credentials.ports import SecretOf
from localguard.errors import SignInFault, VaultFault
from localguard.oauth.addresses import resource_of
from localguard.oauth.challenges import Challenge, bearer_challenge
from localguard.policy.server_auth import StaticToken
from localguard.text import safe
from localguard.vault.bindings import Binding, binding_of_url
from localguard.vault.named import NamedSecrets

Reveal = Callable[[str, Binding], str]
"""`NamedSecrets.reveal`: the value of a secret for a server. Raises VaultFault."""
_ALLOWED: Final = range(0x21, 0x7F)


class SecretBearer:
    """`auth = "secret:NAME"`. Bound to the whole address: one host may serve many tenants."""

    def __init__(self, server: str, url: str, auth: StaticToken, reveal: Reveal) -> None:
        self._server = server
        self._secret = auth.secret
        self._binding = binding_of_url(server, resource_of(url))
        self._reveal = reveal

    def token(self) -> str:
        """The token. Raises VaultFault, and SignInFault for one that no header can carry."""
        token = self._reveal(self._secret, self._binding).strip()
        if not token or any(ord(char) not in _ALLOWED for char in token):
            raise self._fault(f"the secret {self._secret} cannot be a token")
        return token

    def renewed(self, stale: str, challenge: str | None) -> str:
        """The token, if it is another one by now. Raises SignInFault where it is not."""
        said, token = bearer_challenge(challenge) or Challenge(), self.token()
        if token != stale:
            return token
        if said.wants_scopes:
            asked = safe(" ".join(said.scopes), 120)
            asked = f": {asked}" if asked else ""
            raise self._fault(f"{self._server} asks for more than {self._secret} gives{asked}")
        raise self._fault(f"{self._server} refuses the secret {self._secret}")

    def _fault(self, what: str) -> SignInFault:
        fix = f"in a terminal: localguard secret set {self._secret}"
        return SignInFault(what, where=self._server, fix=fix)


def secrets_of_clients(server: str, reveal: Reveal) -> SecretOf:
    """How the secret of a client is had: for its issuer, and for nobody else."""
    return lambda name, issuer: reveal(name, binding_of_url(server, issuer))


def secrets_of_issuers(secrets: NamedSecrets) -> SecretOf:
    """How the secret of a client is had where no server asks: it goes where it went before."""

    def revealed(name: str, issuer: str) -> str:
        wanted = binding_of_url("", issuer).identity
        for bound in secrets.bound(name):
            if bound.identity == wanted:
                return secrets.reveal(name, bound)
        raise VaultFault(f"the secret {name} is not bound to {safe(issuer, 200)}")

    return revealed
