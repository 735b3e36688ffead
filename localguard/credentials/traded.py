"""A traded token on the wire: kept in memory alone, for as long as it is good."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from localguard.credentials.trade import Trade
from localguard.errors import SignInFault
from localguard.oauth.challenges import Challenge, bearer_challenge
from localguard.oauth.faults import Unreachable
from localguard.oauth.tokens import Tokens
from localguard.oauth.wire import Wire
from localguard.text import safe

UNSAID: Final = 300.0
"""Seconds for which a token counts as good whose issuer does not say how long it is."""
_MARGIN: Final = 30.0
_NEW: Final = 10.0
_PATIENCE: Final = 60.0
_QUIET: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Held:
    token: str = field(repr=False)
    made_at: float
    ends_at: float

    def lasts(self, now: float) -> bool:
        margin = min(_MARGIN, (self.ends_at - self.made_at) / 10)
        return now < self.ends_at - margin


class TradedBearer:
    """`auth = "token-exchange"`. Any number of threads may ask at once; one of them trades."""

    def __init__(
        self,
        trade: Trade,
        *,
        wire: Callable[[], Wire] = Wire,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._trade = trade
        self._wire = wire
        self._now = now
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._failed: tuple[float, Unreachable] | None = None

    def token(self) -> str:
        """A token that is good for now. Raises SignInFault and VaultFault."""
        held = self._held
        if held is not None and held.lasts(self._now()):
            return held.token
        return self._after("" if held is None else held.token)

    def renewed(self, stale: str, challenge: str | None) -> str:
        """The token after one that the server refused with a challenge. Raises as `token` does."""
        said, held = bearer_challenge(challenge) or Challenge(), self._held
        if held is not None and held.token != stale and held.lasts(self._now()):
            return held.token
        if said.wants_scopes:
            asked = safe(" ".join(said.scopes), 120)
            what = (
                f"the server asks for more than the exchange gives ({asked or 'it says not what'})"
            )
            fix = "add the scopes to exchange.scopes in the profile"
            raise SignInFault(what, where=self._trade.where, fix=fix)
        if said.wants_fresh_sign_in:
            what = "the server asks for a fresher sign-in for this"
            raise SignInFault(what, where=self._trade.where, fix="localguard login")
        if held is not None and held.token == stale and 0 <= self._now() - held.made_at < _NEW:
            what = "the server refuses a token that was made for it just now"
            fix = "check audience, resource and scopes of the exchange in the profile"
            raise SignInFault(what, where=self._trade.where, fix=fix)
        return self._after(stale)

    def _after(self, stale: str) -> str:
        """The token after one; whoever comes second takes what the first one got."""
        if not self._lock.acquire(timeout=_PATIENCE):
            what = "the token is being traded for too long"
            raise SignInFault(what, where=self._trade.where, fix="try again")
        try:
            held = self._held
            if held is None or held.token == stale or not held.lasts(self._now()):
                held = self._held = self._traded()
            return held.token
        finally:
            self._lock.release()

    def _traded(self) -> _Held:
        if self._failed is not None and time.monotonic() - self._failed[0] < _QUIET:
            raise self._failed[1]
        try:
            with self._wire() as wire:
                tokens = self._trade.made(wire, self._now)
        except Unreachable as fault:
            self._failed = (time.monotonic(), fault)
            raise
        self._failed = None
        return _held(tokens, self._now())


def _held(tokens: Tokens, now: float) -> _Held:
    ends = now + UNSAID if tokens.expires_at is None else tokens.expires_at
    return _Held(tokens.access, now, ends)
