"""Short-lived tokens in the variables of a guard's server, and what to say once one has ended."""

import time
from collections.abc import Callable, Mapping
from importlib import import_module

from localguard.assembly.sources import Sources
from localguard.errors import SignInFault
from localguard.policy.server_auth import TokenExchange
from localguard.redaction.registered import Secrets


class Minting:
    """Mints the variables of a guard's server. Implements `relay.references.Mint`.

    What was minted before there was anything to register it with is registered later.
    """

    def __init__(self, sources: Sources, now: Callable[[], float] = time.time) -> None:
        self._sources = sources
        self._now = now
        self._given: dict[str, str] = {}
        self._end: Callable[[], SignInFault | None] = _no_end

    def __call__(self, server: str, exchanges: Mapping[str, TokenExchange]) -> Mapping[str, str]:
        """A new token for each variable. Blocks.

        Raises SignInFault and VaultFault: then the server is not to be started.
        """
        minting = import_module("localguard.credentials.minting")
        secret_of, owner = self._sources.secret_of_client(server), self._sources.owner(server)
        made = minting.minted(
            server,
            exchanges,
            lambda: self._sources.subject(server, owner),
            secret_of,
            now=self._now,
        )
        for name, token in made.variables.items():
            self._given[token] = f"{server}-{name}"
        self._end = lambda: made.end(server, self._now())
        variables: Mapping[str, str] = made.variables
        return variables

    def register(self, secrets: Secrets) -> None:
        """Have every token found that was minted so far."""
        for token, name in self._given.items():
            secrets.register(name, token)

    def end(self) -> SignInFault | None:
        """What to deny calls with once a token of the running server has ended; None until then."""
        return self._end()


def _no_end() -> SignInFault | None:
    return None
