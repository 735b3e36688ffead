"""From what a profile says of a server's `auth` to where its token comes from.

What it takes (OAuth, HTTP, the vault's cipher) is loaded when the first token is needed, on the
thread that needs it. Whose token it is, is asked each time: with another person, or a new sign-in
of the same one, there is another bearer, and nothing of the one before.
"""

import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from localguard.assembly.sources import Owner, Sources
from localguard.errors import SignInFault, VaultFault
from localguard.oauth.faults import Unreachable
from localguard.policy.profile import ServerTable
from localguard.policy.rules import Origin
from localguard.policy.server_auth import OAuth, ServerAuth, StaticToken, TokenExchange
from localguard.vault.bindings import binding_of_url

MISSED: Final = 30.0
"""Seconds for which a token that could not be had is taken for one that cannot be had."""
FRESH: Final = 1.0
"""Seconds for which a token that was handed out is handed out again without a look at the vault."""


class Renewing(Protocol):
    """A bearer of `localguard.credentials`; it blocks."""

    def token(self) -> str:
        """A token. Raises SignInFault and VaultFault."""
        ...

    def renewed(self, stale: str, challenge: str | None) -> str:
        """The token after one that was refused. Raises SignInFault and VaultFault."""
        ...


class BlockingBearer(Renewing, Protocol):
    """Where a token comes from. What may block is called through `aside`."""

    def holder(self) -> object:
        """Whose tokens these are at this moment: equal for the same person. Never blocks."""
        ...

    def ready(self) -> str | None:
        """The token that was handed out just now, if it still counts; never blocks.

        Raises SignInFault.
        """
        ...

    def lacking(self) -> str | None:
        """Why there is no token without a person, as far as that is known; never blocks."""
        ...


class LateBearer:
    """The token of whoever sits there, for one server. Any number of threads may ask at once."""

    def __init__(self, server: str, url: str, auth: ServerAuth, sources: Sources) -> None:
        self._server = server
        self._url = url
        self._auth = auth
        self._sources = sources
        self._lock = threading.Lock()
        self._made: tuple[Owner, Renewing] | None = None
        self._handed: tuple[Owner, float, str] | None = None
        self._missed: tuple[object, float, str] | None = None

    def holder(self) -> object:
        """Issuer and subject of who is signed in, in a tuple; an empty one where nobody is."""
        try:
            owner = self._owner()
        except SignInFault:
            return ()
        return (None if owner is None else owner[:2],)

    def ready(self) -> str | None:
        """The token that was handed out just now, if it is still the same person's; never blocks.

        Raises SignInFault where nobody is signed in any more.
        """
        handed, owner = self._handed, self._owner()
        if handed is None or handed[0] != owner or time.monotonic() - handed[1] > FRESH:
            return None
        return handed[2]

    def lacking(self) -> str | None:
        """Why there is no token without a person, as far as that is known; never asks anybody.

        What stood in the way last counts until the vault or the sign-in changes, and for a while
        only: an issuer may mend something too.
        """
        missed = self._missed
        if missed is None or time.monotonic() - missed[1] > MISSED:
            return None
        return missed[2] if missed[0] == self._sources.look() else None

    def token(self) -> str:
        """A token. Raises SignInFault and VaultFault."""
        look = self._sources.look()
        try:
            owner = self._owner()
            token = self._bearer(owner).token()
        except Unreachable:
            raise
        except (SignInFault, VaultFault) as fault:
            self._missed = (look, time.monotonic(), fault.explain())
            raise
        self._missed = None
        return self._hand(owner, token)

    def renewed(self, stale: str, challenge: str | None) -> str:
        """The token after one that was refused. Raises SignInFault and VaultFault."""
        self._handed, owner = None, self._owner()
        return self._hand(owner, self._bearer(owner).renewed(stale, challenge))

    def _owner(self) -> Owner:
        # A secret of the vault is a server's, whoever sits there.
        return None if isinstance(self._auth, StaticToken) else self._sources.owner(self._server)

    def _hand(self, owner: Owner, token: str) -> str:
        self._handed = (owner, time.monotonic(), token)
        return token

    def _bearer(self, owner: Owner) -> Renewing:
        with self._lock:
            if self._made is None or self._made[0] != owner:
                self._made = (owner, self._new(owner))
            return self._made[1]

    def _new(self, owner: Owner) -> Renewing:
        match self._auth:
            case OAuth():
                return _kept(self._server, self._url, self._auth, owner, self._sources)
            case StaticToken():
                return _fixed(self._server, self._url, self._auth, self._sources)
            case TokenExchange():
                return _traded(self._server, self._url, self._auth, owner, self._sources)


def bearer_for(
    server: str, url: str, auth: ServerAuth | None, sources: Sources
) -> BlockingBearer | None:
    """Where the token for a server's URL comes from; None where the profile names no `auth`."""
    return None if auth is None else LateBearer(server, url, auth, sources)


def header_secrets(server: str, url: str, sources: Sources) -> Callable[[str], str]:
    """The secrets of a server's headers by name, bound to its whole address. Raises VaultFault."""
    from localguard.oauth.addresses import resource_of  # noqa: PLC0415 -- where there is a URL

    binding = binding_of_url(server, resource_of(url))
    return lambda name: sources.reveal(name, binding)


def _kept(server: str, url: str, auth: OAuth, owner: Owner, sources: Sources) -> Renewing:
    from localguard.credentials.kept import KeptBearer, Served  # noqa: PLC0415 -- see above

    holder = None if owner is None else owner[:2]
    served = Served(server, url, auth, holder)
    return KeptBearer(served, sources.vault(), sources.secret_of_client(server))


def _fixed(server: str, url: str, auth: StaticToken, sources: Sources) -> Renewing:
    from localguard.credentials.fixed import SecretBearer  # noqa: PLC0415 -- see above

    return SecretBearer(server, url, auth, sources.reveal)


def _traded(server: str, url: str, auth: TokenExchange, owner: Owner, sources: Sources) -> Renewing:
    from localguard.credentials.trade import Trade  # noqa: PLC0415 -- see above
    from localguard.credentials.traded import TradedBearer  # noqa: PLC0415
    from localguard.oauth.addresses import resource_of  # noqa: PLC0415

    wanted = ServerTable(server, Origin(server, 0), url=url, auth=auth)
    secret_of = sources.secret_of_client(server)
    signed_in = lambda: sources.subject(wanted, owner)  # noqa: E731
    return TradedBearer(Trade(server, auth, resource_of(url), signed_in, secret_of))
