"""One sign-in to a server, once its issuer is known: what is asked for, and what is kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from localguard.credentials.asking import Asking, Granted, Plan, Way
from localguard.credentials.clients import Introduction, introduce
from localguard.credentials.demands import Demands
from localguard.credentials.entries import Demand, Entry, write_entry
from localguard.credentials.ports import SecretOf
from localguard.oauth.addresses import resource_of
from localguard.oauth.asked import Asked
from localguard.oauth.provider import Provider
from localguard.oauth.tokens import Tokens
from localguard.oauth.wire import Wire
from localguard.text import safe
from localguard.vault.vault import Vault

OFFLINE: Final = "offline_access"
_PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in, once it is known who gives the token. `before` is what was kept until now."""

    asking: Asking
    vault: Vault
    wire: Wire
    way: Way
    secret_of: SecretOf
    now: Callable[[], float]
    demands: Demands
    provider: Provider
    before: Entry | None

    def plan(self) -> Plan:
        """What a person is told before anything opens."""
        page = self.provider.authorization_endpoint or self.provider.issuer
        resource = resource_of(self.asking.url)
        issuer, scopes = self.provider.issuer, self._scopes()
        return Plan(self.asking.server, resource, issuer, _host_of(page), scopes)

    def introduced(self) -> Introduction:
        """As whom we come, by what is registered at this moment."""
        return introduce(
            self.wire,
            self.vault,
            self.provider,
            self.asking.auth,
            document=self.asking.document,
            secret_of=self.secret_of,
        )

    def made(self, met: Introduction) -> Granted:
        """What the person granted. It is kept before the page says that all went well."""
        asked = self._asked(met)

        def settle(tokens: Tokens) -> str:
            entry = self._entry(met, asked, tokens)
            with self.vault.alone(self.asking.entry, _PATIENCE):
                write_entry(self.vault, self.asking.entry, entry)
            return f"Signed in to {self.asking.server} ({_host_of(self.asking.url)})"

        tokens = self.way.authorize(self.wire, asked, settle)
        scopes = asked.scopes if tokens.scope is None else tokens.scope
        lasting = tokens.refresh is not None
        return Granted(self.provider.issuer, scopes, tokens.expires_at, lasting)

    def _asked(self, met: Introduction) -> Asked:
        scopes = self._scopes()
        return Asked(
            self.provider,
            met.client,
            scopes,
            resource=self.demands.resource,
            extra=self._extra(scopes),
            ports=met.ports,
            again=self.asking.again,
        )

    def _scopes(self) -> tuple[str, ...]:
        """What the profile names, else what the server wants; in a step-up, all of both before.

        MCP basic/authorization, "Scope Selection Strategy" and "Step-Up Authorization Flow".
        """
        before, more = self.before, self.asking.scopes
        demanded = () if before is None else before.demand.scopes
        wanted = [*(self.asking.auth.scopes or self.demands.scopes)]
        if before is not None and before.issuer == self.provider.issuer and (demanded or more):
            wanted += before.scopes
        wanted += [*demanded, *more]
        if OFFLINE in self.provider.scopes:
            wanted.append(OFFLINE)
        elif OFFLINE not in (*self.asking.auth.scopes, *more):
            wanted = [scope for scope in wanted if scope != OFFLINE]
        return tuple(dict.fromkeys(wanted))

    def _extra(self, scopes: tuple[str, ...]) -> Mapping[str, str]:
        demand = Demand() if self.before is None else self.before.demand
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
            issuer=self.provider.issuer,
            token_endpoint=self.provider.token_endpoint,
            client_id=client.client_id,
            auth_method=client.auth_method,
            resource=self.demands.resource,
            holder=self.asking.holder,
            revocation_endpoint=self.provider.revocation_endpoint,
            secret_name=self.asking.auth.client_secret,
            scopes=asked.scopes if tokens.scope is None else tokens.scope,
            access=tokens.access,
            refresh=tokens.refresh,
            client_secret=client.client_secret if met.dynamic else None,
            expires_at=tokens.expires_at,
            obtained_at=self.now(),
        )


def _host_of(url: str) -> str:
    return safe(urlsplit(url).netloc, 120)
