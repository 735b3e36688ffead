"""What a person is asked to give leave for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from localguard.oauth.client import Client
from localguard.oauth.provider import Provider
from localguard.oauth.tokens import Tokens

Settle = Callable[[Tokens], str]
"""Validates tokens: says in a few words who signed in and for what, or raises SignInFault."""


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
    nonce: str | None = field(default=None, repr=False)
    host: Literal["127.0.0.1", "localhost"] = "127.0.0.1"
    ports: tuple[int, ...] = (0,)
    again: str = "localguard login"
