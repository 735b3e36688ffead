"""From what a profile says of a server's `auth` to where its token comes from.

What it takes (OAuth, HTTP, the vault's cipher) is loaded when the first token is needed, on the
thread that needs it. Whose token it is, is asked each time: with another person, or a new sign-in
of the same one, there is another bearer, and nothing of the one before.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from localguard.errors import SignInFault
from localguard.policy.people import Identity, Person, SignIn
from localguard.policy.server_auth import OAuth, ServerAuth, StaticToken, TokenExchange
from localguard.redaction.registered import Secrets
from localguard.vault.bindings import Binding, binding_of_url
from localguard.vault.named import NamedSecrets
from localguard.vault.vault import Vault

Owner = tuple[str, str, str] | None
"""Issuer, subject and session of who has signed in; None is this machine's user."""


class BlockingBearer(Protocol):
    """Where a token comes from; it blocks, and is called through `aside`."""

    def token(self) -> str:
        """A token. Raises SignInFault and VaultFault."""
        ...

    def renewed(self, stale: str, challenge: str | None) -> str:
        """The token after one that was refused. Raises SignInFault and VaultFault."""
        ...


OwnTokens = Callable[[SignIn, Identity], Any]
"""The person's own sign-in, a `credentials.ports.Subject`, whose module loads what speaks HTTP.

Blocks. Raises SignInFault and VaultFault (see `assembly.own_tokens`)."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a guard knows that bearers need. All of it blocks, and is asked each time.

    `sign_in` is what the profile in force asks for, `person` who has signed in to that.
    """

    vault: Callable[[], Vault]
    sign_in: Callable[[], SignIn | None]
    person: Callable[[], Person]
    own_tokens: OwnTokens

    def owner(self, server: str) -> Owner:
        """Whose tokens count now. Raises SignInFault where a person has yet to sign in."""
        if self.sign_in() is None:
            return None
        person = self.person()
        if isinstance(person, Identity):
            return (*person.key, person.session)
        raise SignInFault(person.reason, where=server, fix=person.fix)

    def reveal(self, name: str, binding: Binding) -> str:
        """The value of a secret. Raises VaultFault."""
        return NamedSecrets(self.vault()).reveal(name, binding)


class LateBearer:
    """The token of whoever sits there, for one server. Any number of threads may ask at once."""

    def __init__(self, server: str, url: str, auth: ServerAuth, around: Around) -> None:
        self._server = server
        self._url = url
        self._auth = auth
        self._around = around
        self._lock = threading.Lock()
        self._made: tuple[Owner, BlockingBearer] | None = None

    def token(self) -> str:
        """A token. Raises SignInFault and VaultFault."""
        return self._bearer().token()

    def renewed(self, stale: str, challenge: str | None) -> str:
        """The token after one that was refused. Raises SignInFault and VaultFault."""
        return self._bearer().renewed(stale, challenge)

    def _bearer(self) -> BlockingBearer:
        # A secret of the vault is a server's, whoever sits there.
        fixed = isinstance(self._auth, StaticToken)
        owner = None if fixed else self._around.owner(self._server)
        with self._lock:
            if self._made is None or self._made[0] != owner:
                self._made = (owner, self._new(owner))
            return self._made[1]

    def _new(self, owner: Owner) -> BlockingBearer:
        match self._auth:
            case OAuth():
                return _kept(self._server, self._url, self._auth, owner, self._around)
            case StaticToken():
                return _fixed(self._server, self._url, self._auth, self._around)
            case TokenExchange():
                return _traded(self._server, self._url, self._auth, self._around)


def bearer_for(
    server: str, url: str, auth: ServerAuth | None, around: Around
) -> BlockingBearer | None:
    """Where the token for a server's URL comes from; None where the profile names no `auth`."""
    return None if auth is None else LateBearer(server, url, auth, around)


def header_secrets(server: str, url: str, around: Around) -> Callable[[str], str]:
    """The secrets of a server's headers by name, bound to its whole address. Raises VaultFault."""
    from localguard.oauth.addresses import resource_of  # noqa: PLC0415 -- where there is a URL

    binding = binding_of_url(server, resource_of(url))
    return lambda name: around.reveal(name, binding)


def mint(
    server: str,
    exchanges: Mapping[str, TokenExchange],
    around: Around,
    secrets: Secrets,
    now: Callable[[], float] = time.time,
) -> "Ending":
    """The minted variables of a server that is about to be started, each of them registered.

    Blocks. Raises SignInFault and VaultFault: then the server is not started.
    """
    from localguard.credentials.minting import minted  # noqa: PLC0415 -- where something is minted

    signed_in, secret_of = _signed_in(around, server), _secret_of(server, around)
    made = minted(server, exchanges, signed_in, secret_of, now=now)
    for name, token in made.variables.items():
        secrets.register(f"{server}-{name}", token)
    return Ending(made.variables, lambda: made.end(server, now()))


class Ending:
    """Variables with tokens, and what to say once one of those has ended (None until then)."""

    def __init__(self, variables: Mapping[str, str], end: Callable[[], SignInFault | None]) -> None:
        self.variables = variables
        self.end = end


def _kept(server: str, url: str, auth: OAuth, owner: Owner, around: Around) -> BlockingBearer:
    from localguard.credentials.kept import KeptBearer, Served  # noqa: PLC0415 -- see above

    holder = None if owner is None else owner[:2]
    served = Served(server, url, auth, holder)
    return KeptBearer(served, around.vault(), _secret_of(server, around))


def _fixed(server: str, url: str, auth: StaticToken, around: Around) -> BlockingBearer:
    from localguard.credentials.fixed import SecretBearer  # noqa: PLC0415 -- see above

    return SecretBearer(server, url, auth, around.reveal)


def _traded(server: str, url: str, auth: TokenExchange, around: Around) -> BlockingBearer:
    from localguard.credentials.trade import Trade  # noqa: PLC0415 -- see above
    from localguard.credentials.traded import TradedBearer  # noqa: PLC0415
    from localguard.oauth.addresses import resource_of  # noqa: PLC0415

    signed_in, secret_of = _signed_in(around, server), _secret_of(server, around)
    return TradedBearer(Trade(server, auth, resource_of(url), signed_in, secret_of))


def _signed_in(around: Around, server: str) -> Callable[[], Any]:
    """The sign-in that is traded, as it is at that moment."""

    def signed_in() -> Any:
        sign_in, person = around.sign_in(), around.person()
        if sign_in is None:
            what = "a token can only be traded for a sign-in, and the profile asks for none"
            fix = "add [identity] with issuer and client_id to the profile"
            raise SignInFault(what, where=server, fix=fix)
        if not isinstance(person, Identity):
            raise SignInFault(person.reason, where=server, fix=person.fix)
        return around.own_tokens(sign_in, person)

    return signed_in


def _secret_of(server: str, around: Around) -> Callable[[str, str], str]:
    from localguard.credentials.fixed import secrets_of_clients  # noqa: PLC0415 -- see above

    return secrets_of_clients(server, around.reveal)
