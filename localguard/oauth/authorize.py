"""A person gives leave in the browser: authorization code with PKCE (RFC 6749, 7636, 8252)."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from localguard.oauth.browser import Browser
from localguard.oauth.client import Client
from localguard.oauth.provider import Provider
from localguard.oauth.tokens import Tokens
from localguard.oauth.wire import Wire

Settle = Callable[[Tokens], str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for. `extra` goes into the request as it is (`prompt`, `max_age`, ...).

    `nonce` binds the ID token to this sign-in: the caller makes it and checks it in `settle`.
    `resource` is the server that the token is for (RFC 8707). `ports` of the redirect URI are
    tried in order, 0 for any. `again` is the command that a person repeats after a failure.
    """

    provider: Provider
    client: Client
    scopes: tuple[str, ...] = ()
    resource: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    nonce: str | None = None
    host: Literal["127.0.0.1", "localhost"] = "127.0.0.1"
    ports: tuple[int, ...] = (0,)
    again: str = "localguard login"


def authorize(
    wire: Wire,
    asked: Asked,
    browser: Browser,
    *,
    timeout: float = 180.0,
    settle: Settle,
    stop: threading.Event | None = None,
) -> Tokens:
    """The tokens, once `settle` has found them good.

    `settle` says in a few words who signed in and for what, which the page then shows; the
    SignInFault that it raises is shown as a failure, and raised from here. `timeout` is seconds.
    `stop` gives up from another thread. Raises Refused where the person or the provider said no,
    Unreachable, and SignInFault.
    """
    raise NotImplementedError
