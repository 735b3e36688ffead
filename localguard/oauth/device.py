"""Signing in on another device (RFC 8628): a code to be typed where a browser is."""

import threading
from collections.abc import Callable

from localguard.oauth.authorize import Asked, Settle
from localguard.oauth.tokens import Tokens
from localguard.oauth.wire import Wire


def authorize_by_device(
    wire: Wire,
    asked: Asked,
    show: Callable[[str], None],
    *,
    settle: Settle,
    stop: threading.Event | None = None,
) -> Tokens:
    """The tokens, once a person has typed the code elsewhere and `settle` has found them good.

    `show` gets the lines for the person to read. There is no nonce in this flow: `settle` must not
    ask for one. Raises SignInFault (also where the code expired), Refused and Unreachable.
    """
    raise NotImplementedError
