"""Short-lived tokens in the variables of a server that is started.

A variable cannot be changed once the server runs, so such a token ends while it is there: whoever
started the server asks `Minted.end` whether it has, and tells the person to reconnect.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from localguard.credentials.ports import SecretOf, SignedIn
from localguard.credentials.trade import Trade
from localguard.errors import SignInFault
from localguard.oauth.wire import Wire
from localguard.policy.server_auth import TokenExchange
from localguard.text import safe

LONGEST: Final = 24 * 3600.0
"""Seconds; whatever lasts longer is no token for a variable, which others of the user can read."""


@dataclass(frozen=True, slots=True)
class Minted:
    """Variables with their tokens. `ends_at` is when the first of them ends, None if none says."""

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    ends_at: float | None = None

    def end(self, server: str, now: float) -> SignInFault | None:
        """What to say once a token has ended; None as long as all are good."""
        if self.ends_at is None or now < self.ends_at:
            return None
        at = time.strftime("%H:%M", time.localtime(self.ends_at))
        what = f"the token that {safe(server)} was started with ended at {at}"
        return SignInFault(what, where=safe(server), fix="reconnect the server in the client")


def minted(
    server: str,
    exchanges: Mapping[str, TokenExchange],
    signed_in: SignedIn,
    secret_of: SecretOf,
    *,
    wire: Callable[[], Wire] = Wire,
    now: Callable[[], float] = time.time,
) -> Minted:
    """A new token for each variable. Raises SignInFault and VaultFault: then nothing is started."""
    variables: dict[str, str] = {}
    ends: list[float] = []
    with wire() as open_wire:
        for name, terms in exchanges.items():
            trade = Trade(f"{safe(server)} minted.{name}", terms, None, signed_in, secret_of)
            tokens = trade.made(open_wire, now)
            variables[name] = tokens.access
            if tokens.expires_at is not None:
                ends.append(_checked(trade.where, tokens.expires_at, now()))
    return Minted(variables, min(ends, default=None))


def _checked(where: str, ends_at: float, now: float) -> float:
    if ends_at - now > LONGEST:
        what = f"the minted token would be good for {(ends_at - now) / 3600:.0f} hours"
        fix = "have the provider give it a life of at most a day"
        raise SignInFault(what, where=where, fix=fix)
    return ends_at
