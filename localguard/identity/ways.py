"""How a person is brought before the provider's page: by a browser here, or on another device."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

from localguard.oauth.authorize import Asked, Settle, authorize
from localguard.oauth.browser import Browser
from localguard.oauth.device import authorize_by_device
from localguard.oauth.tokens import Tokens
from localguard.oauth.wire import Wire

PATIENCE: float = 180.0
"""Seconds that a person has for the provider's page."""


class Way(Protocol):
    """One way. `bound`: the request can say how fresh the proof must be, and carries a nonce."""

    bound: ClassVar[bool]

    def authorize(self, wire: Wire, asked: Asked, settle: Settle) -> Tokens:
        """The tokens, once `settle` has found them good. Raises SignInFault."""
        ...


@dataclass(frozen=True, slots=True)
class ByBrowser:
    """A browser on this machine, or a pasted address. `timeout` is seconds."""

    browser: Browser
    timeout: float = PATIENCE
    stop: threading.Event | None = None
    bound: ClassVar[bool] = True

    def authorize(self, wire: Wire, asked: Asked, settle: Settle) -> Tokens:
        """Code and PKCE (RFC 7636, 8252)."""
        timeout, stop = self.timeout, self.stop
        return authorize(wire, asked, self.browser, timeout=timeout, settle=settle, stop=stop)


@dataclass(frozen=True, slots=True)
class ByDevice:
    """A code that a person types elsewhere; `show` gets the lines to read."""

    show: Callable[[str], None]
    stop: threading.Event | None = None
    bound: ClassVar[bool] = False

    def authorize(self, wire: Wire, asked: Asked, settle: Settle) -> Tokens:
        """RFC 8628."""
        return authorize_by_device(wire, asked, self.show, settle=settle, stop=self.stop)
