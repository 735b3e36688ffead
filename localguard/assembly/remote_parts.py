"""The link to a server with a URL: its address, its connections, its headers and its tokens.

Loaded by guards that have such a server. What blocks (the vault, a provider of tokens) is asked
aside; whatever is secret is registered, so that it is taken out of all that the server says.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import anyio

from localguard.aside import aside
from localguard.assembly.bearers import BlockingBearer, bearer_for, header_secrets
from localguard.assembly.sources import Sources
from localguard.errors import SignInFault, VaultFault
from localguard.redaction.registered import Secrets
from localguard.relay.launch import Launch
from localguard.relay.remote_launch import Reached
from localguard.relay.remote_link import Hears, Link, Opening, Reachable
from localguard.remote.address import address_of
from localguard.remote.dialing import Dialer
from localguard.remote.pool import Pool
from localguard.remote.ports import Bearer
from localguard.remote.sender import Sender
from localguard.remote.server import RemoteServer

_SECRET: Final = "secret:"  # noqa: S105 -- the mark of a name


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where the secrets of a server come from; both block.

    `reveal` gives the secret of a name for this server and raises VaultFault; `bearer` is None
    where the profile names no `auth`.
    """

    reveal: Callable[[str], str]
    bearer: BlockingBearer | None


def opening(launch: Launch, reached: Reached, secrets: Secrets, given: Credentials) -> Opening:
    """How the server of a launch is spoken to, by whoever hears it."""
    address = address_of(reached.url)

    async def headers() -> Mapping[str, str]:
        return await aside(lambda: revealed(launch.server, reached.headers, secrets, given))

    def opened(ears: Hears, on_slow: Callable[[bool], None]) -> Link:
        bearer = None if given.bearer is None else AsideBearer(given.bearer, launch.server, secrets)
        sender = Sender(launch.server, address, Pool(Dialer(address)), headers, bearer)
        return RemoteServer(sender, ears, on_slow)

    return opened


def revealed(
    server: str, headers: Mapping[str, str], secrets: Secrets, given: Credentials
) -> Mapping[str, str]:
    """The headers with their secrets in place, each of which is registered. Raises VaultFault."""
    found = dict(headers)
    for name, value in headers.items():
        if value.startswith(_SECRET):
            secret = value.removeprefix(_SECRET)
            found[name] = given.reveal(secret)
            secrets.register(secret, found[name])
        elif name.lower() == "authorization":
            # In the open in the profile, and no less a secret.
            secrets.register(f"{server}-authorization", value.rpartition(" ")[2])
    return found


class AsideBearer(Bearer):
    """A blocking bearer, asked aside; calls at the same time share one asking."""

    def __init__(self, bearer: BlockingBearer, server: str, secrets: Secrets) -> None:
        self._bearer = bearer
        self._server = server
        self._secrets = secrets
        self._lock = anyio.Lock(fast_acquire=True)
        self._known: str | None = None

    def holder(self) -> object:
        """Whose tokens they are."""
        return self._bearer.holder()

    async def token(self) -> str:
        """A token. Raises SignInFault and VaultFault."""
        async with self._lock:
            ready = self._bearer.ready()
            if ready is None:
                ready = await aside(self._bearer.token)
            return self._keep(ready)

    async def renewed(self, stale: str, challenge: str | None) -> str:
        """The token after one that was refused. Raises SignInFault and VaultFault."""
        async with self._lock:
            ready = self._bearer.ready()
            if ready is not None and ready != stale:
                return self._keep(ready)
            return self._keep(await aside(lambda: self._bearer.renewed(stale, challenge)))

    def _keep(self, token: str) -> str:
        if self._known != token:
            self._secrets.register(f"{self._server}-token", token)
            self._known = token
        return token


class NoCredentials:
    """Where this guard has no vault and no tokens: each that is asked for is refused."""

    def __init__(self, server: str) -> None:
        self._server = server

    def reveal(self, name: str) -> str:
        """Raises VaultFault."""
        what = f"the secret {name} cannot be had here"
        raise VaultFault(what, where=self._server, fix=f"localguard secret set {name}")

    def holder(self) -> None:
        """Nobody's."""

    def ready(self) -> None:
        """Nothing is."""

    def lacking(self) -> None:
        """What is lacking is told by whatever is asked for."""

    def token(self) -> str:
        """Raises SignInFault."""
        what = f"there is no token for {self._server}"
        raise SignInFault(what, where=self._server, fix=f"localguard login {self._server}")

    def renewed(self, stale: str, challenge: str | None) -> str:  # noqa: ARG002
        """Raises SignInFault."""
        return self.token()


def reach(launch: Launch, secrets: Secrets, sources: Sources | None = None) -> Reachable:
    """How a launch that has a URL is reached; without `sources` there are no tokens for it.

    What is secret is registered with `secrets`.
    """
    reached = launch.reached
    assert reached is not None  # noqa: S101 -- whoever asks has looked
    given = _without(launch) if sources is None else _credentials(launch.server, reached, sources)
    lacking = _nothing if given.bearer is None else given.bearer.lacking
    return Reachable(opening(launch, reached, secrets, given), lacking)


def _nothing() -> None:
    """What is lacking where no token is needed."""


def _credentials(server: str, reached: Reached, sources: Sources) -> Credentials:
    def reveal(name: str) -> str:
        # Not before a header needs a secret: it loads what knows addresses of OAuth.
        return header_secrets(server, reached.url, sources)(name)

    return Credentials(reveal, bearer_for(server, reached.url, reached.auth, sources))


def _without(launch: Launch) -> Credentials:
    none = NoCredentials(launch.server)
    named = launch.reached is not None and launch.reached.auth is not None
    return Credentials(none.reveal, none if named else None)
