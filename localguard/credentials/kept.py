"""A token that a person signed in for: handed out as it was kept, and renewed once for everybody.

Issuers end the whole sign-in when a refresh token is used twice (RFC 9700 section 4.14.2). So who
renews one is alone with it on this machine, reads it again first, and writes what came before
anybody else looks: of any number of processes and calls that find it expired, one asks the issuer.
No browser is ever opened here.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from localguard.credentials.entries import (
    Demand,
    Entry,
    entry_name,
    read_entry,
    write_entry,
)
from localguard.credentials.ports import Holder, SecretOf
from localguard.credentials.registration import forget
from localguard.errors import SignInFault
from localguard.oauth.addresses import resource_of
from localguard.oauth.challenges import Challenge, bearer_challenge
from localguard.oauth.client import Client
from localguard.oauth.faults import Refused, Unreachable
from localguard.oauth.provider import Provider
from localguard.oauth.tokens import Tokens, refresh
from localguard.oauth.wire import Wire
from localguard.policy.server_auth import OAuth
from localguard.text import safe
from localguard.vault.vault import Vault

NEW: Final = 10.0
"""Seconds for which a token is new: a server that refuses it then will refuse the next one too."""
QUIET: Final = 5.0
"""Seconds for which an issuer that is out of reach is not asked again."""
_PATIENCE: Final = 40.0
_FORGOTTEN: Final = frozenset({"invalid_client", "unauthorized_client"})
"""What an issuer says that does not know a client any more, or one that never was ours."""


@dataclass(frozen=True, slots=True)
class Served:
    """Whose token it is and for which server; `server` is the name in the profile."""

    server: str
    url: str
    auth: OAuth
    holder: Holder


class KeptBearer:
    """The token of one person for one server. Any number of threads may ask at once."""

    def __init__(
        self,
        served: Served,
        vault: Vault,
        secret_of: SecretOf,
        *,
        wire: Callable[[], Wire] = Wire,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._served = served
        self._name = entry_name(served.holder, resource_of(served.url), served.auth.issuer)
        self._vault = vault
        self._secret_of = secret_of
        self._wire = wire
        self._now = now
        self._lock = threading.Lock()
        self._failed: tuple[float, Unreachable] | None = None

    def token(self) -> str:
        """A token that is good for now. Raises SignInFault and VaultFault."""
        entry = self._entry()
        if entry.lasts(self._now()):
            return entry.access
        return self._renewed(entry.access, in_time=True).access

    def renewed(self, stale: str, challenge: str | None) -> str:
        """The token after one that the server refused with a challenge (`WWW-Authenticate`).

        Raises SignInFault where only the person can help: more scopes, a fresher sign-in, an end.
        """
        said, entry = bearer_challenge(challenge) or Challenge(), self._entry()
        if entry.access != stale and entry.lasts(self._now()):
            # The person may have given just now what was asked for.
            return entry.access
        if said.wants_scopes or said.wants_fresh_sign_in:
            raise self._demanded(said)
        if entry.access == stale and 0 <= self._now() - entry.obtained_at < NEW:
            what = f"{self._served.server} refuses a token that was made for it just now"
            raise self._fault(what)
        return self._renewed(stale, in_time=False).access

    def _entry(self) -> Entry:
        """What is kept, if it is what the profile asks for."""
        entry, auth = read_entry(self._vault, self._name), self._served.auth
        if entry is None or (auth.client_id is not None and entry.client_id != auth.client_id):
            raise self._fault(f"you have not signed in to {self._served.server}")
        if not entry.access:
            raise self._fault(f"your sign-in to {self._served.server} has ended")
        return entry

    def _renewed(self, stale: str, *, in_time: bool) -> Entry:
        """The entry after a token; `in_time` where that token may still be good."""
        with self._alone():
            entry = self._entry()
            if entry.access != stale and entry.lasts(self._now()):
                return entry
            try:
                return self._ask(entry)
            except Unreachable as fault:
                self._failed = (time.monotonic(), fault)
                if in_time and entry.alive(self._now()):
                    return entry
                raise

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """First among the threads, then among the processes."""
        if not self._lock.acquire(timeout=_PATIENCE):
            what = f"the token for {self._served.server} is being renewed for too long"
            raise SignInFault(what, where=self._served.server, fix="try again")
        try:
            with self._vault.alone(self._name, _PATIENCE):
                yield
        finally:
            self._lock.release()

    def _ask(self, entry: Entry) -> Entry:
        if entry.refresh is None:
            raise self._fault(f"the token for {self._served.server} has expired")
        if self._failed is not None and time.monotonic() - self._failed[0] < QUIET:
            # Calls that waited here would each wait for the same silence.
            raise self._failed[1]
        old = Tokens(entry.access, entry.refresh, scope=entry.scopes)
        # Renewed where it came from, and never where the server says it is from now on.
        provider = Provider(entry.issuer, None, entry.token_endpoint)
        client = self._client(entry)
        try:
            with self._wire() as wire:
                tokens = refresh(wire, provider, client, old, resource=entry.resource)
        except Refused as refused:
            raise self._refused(entry, refused) from refused
        after = entry.with_tokens(tokens, self._now())
        write_entry(self._vault, self._name, after)
        self._failed = None
        return after

    def _client(self, entry: Entry) -> Client:
        name = self._served.auth.client_secret
        if name is None or self._served.auth.client_id is None:
            return entry.client
        secret = self._secret_of(name, entry.issuer)
        return Client(entry.client_id, secret, entry.auth_method)

    def _refused(self, entry: Entry, refused: Refused) -> SignInFault:
        """What a person is told; a sign-in that the issuer has ended is not tried again."""
        ours = self._served.auth.client_id is None
        if refused.error != "invalid_grant" and not (ours and refused.error in _FORGOTTEN):
            return refused
        write_entry(self._vault, self._name, entry.ended())
        if refused.error in _FORGOTTEN:
            forget(self._vault, entry.issuer, entry.client_id)
        return self._fault(f"your sign-in to {self._served.server} has ended ({refused.error})")

    def _demanded(self, said: Challenge) -> SignInFault:
        """Keep what the server demands, for the sign-in that a person then makes."""
        demand = Demand(said.scopes, said.acr_values, said.wants_fresh_sign_in)
        with self._alone():
            entry = read_entry(self._vault, self._name)
            if entry is not None and entry.demanding(demand) != entry:
                write_entry(self._vault, self._name, entry.demanding(demand))
        server = self._served.server
        if said.wants_fresh_sign_in:
            return self._fault(f"{server} asks for a fresher sign-in for this")
        asked = safe(" ".join(said.scopes), 120)
        asked = f": {asked}" if asked else ""
        return self._fault(f"{server} asks for more than you granted it{asked}")

    def _fault(self, what: str) -> SignInFault:
        fix = f"localguard login {self._served.server}"
        return SignInFault(what, where=self._served.server, fix=fix)
