"""A person's sign-in, traded for a token of a server's: RFC 8693, or the two legs of ID-JAG.

The person's own token is shown to a token endpoint that the profile names, and to nobody else: what
comes back must be another one, or the server would get the person's own.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from localguard.credentials.ports import SecretOf, SignedIn, Subject
from localguard.errors import SignInFault
from localguard.oauth.client import Client, client_of
from localguard.oauth.provider import Provider, discover_authorization_server
from localguard.oauth.tokens import ACCESS_TOKEN, ID_JAG, ID_TOKEN, Tokens, exchange, jwt_bearer
from localguard.oauth.wire import Wire
from localguard.policy.server_auth import TokenExchange

Clock = Callable[[], float]
_WANTED: Final = (None, ACCESS_TOKEN, "urn:ietf:params:oauth:token-type:jwt")
"""Types of what an exchange gives; some providers leave theirs out (RFC 8693 section 2.2.1)."""


@dataclass(frozen=True, slots=True)
class Trade:
    """One exchange of a profile. `where` names it in faults, `target` is the default resource."""

    where: str
    terms: TokenExchange
    target: str | None
    signed_in: SignedIn
    secret_of: SecretOf

    def made(self, wire: Wire, now: Clock = time.time) -> Tokens:
        """A token that is new. Raises SignInFault (Refused, Unreachable) and VaultFault."""
        subject = self.signed_in()
        if self.terms.kind == "id-jag":
            tokens = self._asserted(wire, subject, now)
        else:
            tokens = self._exchanged(wire, subject, now)
        if tokens.access in (subject.access, subject.id_token):
            what = "the provider gave the person's own token back, which no server may have"
            fix = "have its operator give the exchange an audience of its own"
            raise SignInFault(what, where=self.where, fix=fix)
        return tokens

    def _exchanged(self, wire: Wire, subject: Subject, now: Clock) -> Tokens:
        """RFC 8693 section 2.1, at the provider of the sign-in or at the one of the profile."""
        terms, at_home = self.terms, self._is_home(subject)
        provider = subject.provider if at_home else self._issuer(wire)
        # Its own provider knows the access token; to another the ID token says who it is.
        access = subject.access if at_home else None
        token = access or self._id_token(subject)
        traded = exchange(
            wire,
            provider,
            self._client(provider, subject.client if at_home else None),
            subject_token=token,
            subject_type=ID_TOKEN if access is None else ACCESS_TOKEN,
            audience=terms.audience,
            resource=terms.resource or (self.target if terms.audience is None else None),
            scopes=terms.scopes,
            now=now,
        )
        if traded.issued_type not in _WANTED:
            what = "the provider gave another kind of token than an access token"
            fix = "have its operator correct the exchange"
            raise SignInFault(what, where=self.where, fix=fix)
        return traded

    def _asserted(self, wire: Wire, subject: Subject, now: Clock) -> Tokens:
        """Leg 1 at the person's provider, leg 2 at the server's, which is configured and not found.

        draft-ietf-oauth-identity-assertion-authz-grant sections 4.3 and 4.4.
        """
        terms, provider = self.terms, self._issuer(wire)
        resource = terms.resource or self.target
        assertion = exchange(
            wire,
            subject.provider,
            subject.client,
            subject_token=self._id_token(subject),
            subject_type=ID_TOKEN,
            requested_type=ID_JAG,
            audience=terms.audience or provider.issuer,
            resource=resource,
            scopes=terms.scopes,
            now=now,
        ).access
        client = self._client(provider, None)
        return jwt_bearer(
            wire,
            provider,
            client,
            assertion=assertion,
            scopes=terms.scopes,
            resource=resource,
            now=now,
        )

    def _is_home(self, subject: Subject) -> bool:
        return self.terms.issuer in (None, subject.provider.issuer)

    def _issuer(self, wire: Wire) -> Provider:
        if self.terms.issuer is None:
            what = "the profile does not name the authorization server of this exchange"
            raise SignInFault(what, where=self.where, fix='add issuer = "https://…" to it')
        return discover_authorization_server(wire, self.terms.issuer)

    def _client(self, provider: Provider, own: Client | None) -> Client:
        """The client of the exchange, or that of the sign-in at its own provider only."""
        if self.terms.client_id is None:
            if own is not None:
                return own
            what = f"the profile names no client for {provider.issuer}"
            fix = 'add client_id = "…" beside issuer in the profile'
            raise SignInFault(what, where=self.where, fix=fix)
        name = self.terms.client_secret
        secret = None if name is None else self.secret_of(name, provider.issuer)
        return client_of(self.terms.client_id, secret, provider.auth_methods, where=provider.issuer)

    def _id_token(self, subject: Subject) -> str:
        if subject.id_token is None:
            what = "the provider of the sign-in gave no ID token to trade"
            fix = 'have "openid" among the scopes of [identity], then localguard login'
            raise SignInFault(what, where=self.where, fix=fix)
        return subject.id_token
