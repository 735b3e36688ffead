"""What a sign-in to a server is made of: who asks, what a person is told first, what came of it."""

from dataclasses import dataclass
from typing import Protocol

from localguard.credentials.entries import entry_name
from localguard.credentials.ports import Holder
from localguard.oauth.addresses import resource_of
from localguard.oauth.asked import Asked, Settle
from localguard.oauth.tokens import Tokens
from localguard.oauth.wire import Wire
from localguard.policy.server_auth import OAuth


class Way(Protocol):
    """How leave is got from a person: in a browser, or with a code on another device."""

    def authorize(self, wire: Wire, asked: Asked, settle: Settle) -> Tokens:
        """The tokens, once `settle` has found them good. Raises SignInFault."""
        ...


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for what. `server` is the name in the profile, `url` the address.

    `scopes` are asked for beside those that were granted before. `document` is the address of the
    client's metadata document, if there is one.
    """

    server: str
    url: str
    auth: OAuth
    holder: Holder
    scopes: tuple[str, ...] = ()
    document: str | None = None

    @property
    def entry(self) -> str:
        """Where the token will lie."""
        return entry_name(self.holder, resource_of(self.url), self.auth.issuer)

    @property
    def again(self) -> str:
        """The command that a person repeats."""
        return f"localguard login {self.server}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a person is told before anything opens.

    `resource` is where the token will go: the name of a server says nothing, since whoever edits
    the profile gives it.
    """

    server: str
    resource: str
    issuer: str
    host: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Granted:
    """What came of it. `lasting` where the token can be renewed without the person."""

    issuer: str
    scopes: tuple[str, ...]
    expires_at: float | None
    lasting: bool
