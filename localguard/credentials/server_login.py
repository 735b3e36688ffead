"""A person signs in to a server: what it demands, who gives it, as whom we come, leave given.

MCP basic/authorization (2026-07-28). Nothing here opens a browser by itself: it is called at a
person's word, and says before anything opens where the browser will go and what is asked for.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from localguard.credentials.clients import Introduction, introduce, issuer_of
from localguard.credentials.demands import Demands, ask_server
from localguard.credentials.entries import (
    Demand,
    Entry,
    entry_name,
    read_entry,
    sign_in_name,
    write_entry,
)
from localguard.credentials.ports import Holder, SecretOf
from localguard.credentials.registration import forget
from localguard.errors import SignInFault, VaultFault
from localguard.oauth.addresses import resource_of
from localguard.oauth.asked import Asked, Settle
from localguard.oauth.faults import Refused, Unreachable
from localguard.oauth.provider import Provider
from localguard.oauth.tokens import Tokens
from localguard.oauth.wire import Wire
from localguard.policy.server_auth import OAuth
from localguard.text import safe
from localguard.vault.vault import Vault

OFFLINE: Final = "offline_access"
_PATIENCE: Final = 30.0
_OTHERS: Final = 2.0
"""Seconds for another sign-in to the same server, which a person sees in the browser."""
_FORGOTTEN: Final = frozenset({"invalid_client", "unauthorized_client", "invalid_redirect_uri"})


class Authorize(Protocol):
    """How leave is got from a person: in a browser, or with a code on another device."""

    def __call__(self, wire: Wire, asked: Asked, *, settle: Settle) -> Tokens:
        """As `oauth.authorize.authorize`."""
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
    """What a person is told before anything opens."""

    server: str
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


def login_to_server(
    asking: Asking,
    vault: Vault,
    authorize: Authorize,
    *,
    wire: Wire,
    secret_of: SecretOf,
    tell: Callable[[Plan], None],
    now: Callable[[], float] = time.time,
) -> Granted:
    """Sign in to a server, and keep the token.

    Raises SignInFault (Refused where somebody said no, Unreachable) and VaultFault; what was kept
    before is then kept still. A registration that the issuer has forgotten is made anew, once.
    """
    with vault.alone(sign_in_name(asking.holder, resource_of(asking.url)), _OTHERS):
        demands = ask_server(wire, asking.url)
        provider = issuer_of(wire, asking.url, demands, asking.auth)
        sign_in = _SignIn(asking, vault, demands, provider, now)

        def attempt() -> tuple[Introduction, Asked]:
            met = introduce(
                wire,
                vault,
                provider,
                asking.auth,
                document=asking.document,
                secret_of=secret_of,
            )
            return met, sign_in.asked(met)

        met, asked = attempt()
        tell(Plan(asking.server, provider.issuer, _host(provider), asked.scopes))
        try:
            return sign_in.done(asked, authorize(wire, asked, settle=sign_in.settle(met, asked)))
        except SignInFault as fault:
            if not _outlived(vault, provider, met, fault):
                raise
        met, asked = attempt()
        return sign_in.done(asked, authorize(wire, asked, settle=sign_in.settle(met, asked)))


class _SignIn:
    """One sign-in, from what is asked for to what is kept."""

    def __init__(
        self,
        asking: Asking,
        vault: Vault,
        demands: Demands,
        provider: Provider,
        now: Callable[[], float],
    ) -> None:
        self._asking = asking
        self._vault = vault
        self._demands = demands
        self._provider = provider
        self._now = now
        self._before = _before(vault, asking.entry)

    def asked(self, met: Introduction) -> Asked:
        """What is asked for, as this client."""
        return Asked(
            self._provider,
            met.client,
            scopes := self._scopes(),
            resource=self._demands.resource,
            extra=self._extra(scopes),
            ports=met.ports,
            again=self._asking.again,
        )

    def settle(self, met: Introduction, asked: Asked) -> Settle:
        """What keeps the tokens, and says so on the page: before that nobody is signed in."""

        def keep(tokens: Tokens) -> str:
            entry = self._entry(met, asked, tokens)
            with self._vault.alone(self._asking.entry, _PATIENCE):
                write_entry(self._vault, self._asking.entry, entry)
            return f"Signed in to {self._asking.server} ({_host_of(self._asking.url)})"

        return keep

    def done(self, asked: Asked, tokens: Tokens) -> Granted:
        """What a person is told afterwards."""
        scopes = asked.scopes if tokens.scope is None else tokens.scope
        lasting = tokens.refresh is not None
        return Granted(self._provider.issuer, scopes, tokens.expires_at, lasting)

    def _scopes(self) -> tuple[str, ...]:
        """What the profile names, else what the server wants; in a step-up, all of both before.

        MCP basic/authorization, "Scope Selection Strategy" and "Step-Up Authorization Flow".
        """
        before, more = self._before, self._asking.scopes
        demanded = () if before is None else before.demand.scopes
        wanted = [*(self._asking.auth.scopes or self._demands.scopes)]
        if before is not None and (demanded or more):
            wanted += before.scopes
        wanted += [*demanded, *more]
        if OFFLINE in self._provider.scopes:
            wanted.append(OFFLINE)
        elif OFFLINE not in (*self._asking.auth.scopes, *more):
            wanted = [scope for scope in wanted if scope != OFFLINE]
        return tuple(dict.fromkeys(wanted))

    def _extra(self, scopes: tuple[str, ...]) -> Mapping[str, str]:
        demand = Demand() if self._before is None else self._before.demand
        prompts = ["login"] if demand.fresh else []
        if OFFLINE in scopes:
            # Without it OpenID providers leave the refresh token out (Core 1.0 section 11).
            prompts.append("consent")
        extra = {"prompt": " ".join(prompts)} if prompts else {}
        if demand.acr_values:
            extra["acr_values"] = " ".join(demand.acr_values)
        return extra

    def _entry(self, met: Introduction, asked: Asked, tokens: Tokens) -> Entry:
        client = met.client
        return Entry(
            issuer=self._provider.issuer,
            token_endpoint=self._provider.token_endpoint,
            client_id=client.client_id,
            auth_method=client.auth_method,
            resource=self._demands.resource,
            scopes=asked.scopes if tokens.scope is None else tokens.scope,
            access=tokens.access,
            refresh=tokens.refresh,
            client_secret=client.client_secret if met.dynamic else None,
            expires_at=tokens.expires_at,
            obtained_at=self._now(),
        )


def _before(vault: Vault, name: str) -> Entry | None:
    """What was kept before; what cannot be read is replaced by what comes."""
    try:
        return read_entry(vault, name)
    except VaultFault:
        return None


def _outlived(vault: Vault, provider: Provider, met: Introduction, fault: SignInFault) -> bool:
    """Whether the sign-in may be tried once more as a new client; forgets the old one.

    An issuer that does not know a client shows that in the browser, where we cannot see it: a
    registration that led to nothing is given up, unless it was the person who said no.
    """
    said_no = isinstance(fault, Refused) and fault.error not in _FORGOTTEN
    if not met.dynamic or said_no or isinstance(fault, Unreachable):
        return False
    forget(vault, provider.issuer, met.client.client_id)
    return met.kept and isinstance(fault, Refused)


def _host(provider: Provider) -> str:
    return _host_of(provider.authorization_endpoint or provider.issuer)


def _host_of(url: str) -> str:
    return safe(urlsplit(url).netloc, 120)
