"""Short-lived tokens in the variables of a guard's server, and what to say once one has ended."""

import time
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final

from localguard.assembly.sources import Sources
from localguard.errors import SignInFault
from localguard.policy.profile import ServerTable

AGAIN: Final = 10.0
"""Seconds for which what was minted serves again: a start is prepared, and then made."""


class Minting:
    """Mints the variables of a guard's server. Implements `relay.references.Mint`."""

    def __init__(self, sources: Sources, now: Callable[[], float] = time.time) -> None:
        self._sources = sources
        self._now = now
        self._made: tuple[object, float, Mapping[str, str]] | None = None
        self._end: Callable[[], SignInFault | None] = _no_end

    def __call__(self, wanted: ServerTable) -> Mapping[str, str]:
        """A new token for each variable. Blocks.

        Raises SignInFault and VaultFault: then the server is not to be started.
        """
        server = wanted.name
        owner, now = self._sources.owner(server), self._now()
        asked = (wanted, owner)
        if self._made is not None and self._made[0] == asked and now - self._made[1] < AGAIN:
            return self._made[2]
        minting = import_module("localguard.credentials.minting")
        secret_of = self._sources.secret_of_client(server)
        made = minting.minted(
            server,
            wanted.minted,
            lambda: self._sources.subject(wanted, owner),
            secret_of,
            now=self._now,
        )
        self._end = lambda: made.end(server, self._now())
        variables: Mapping[str, str] = made.variables
        self._made = (asked, now, variables)
        return variables

    def end(self) -> SignInFault | None:
        """What to deny calls with once a token of the running server has ended; None until then."""
        return self._end()


def _no_end() -> SignInFault | None:
    return None
