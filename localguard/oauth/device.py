"""Signing in on another device (RFC 8628): a code to be typed where a browser is.

It is only for where there is no browser, and only when a person asks for it: whoever makes a person
type a code that is not theirs signs in as that person (section 5.4). What is shown is the code and
the plain address, never the one with the code in it.
"""

import math
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from localguard.errors import SignInFault
from localguard.oauth.addresses import require_safe_url
from localguard.oauth.asked import Asked, Settle
from localguard.oauth.faults import Refused, Unreachable
from localguard.oauth.tokens import Tokens, ask_for_tokens
from localguard.oauth.wire import Wire
from localguard.policy.calls import Json
from localguard.text import safe

_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
_CODE: Final = re.compile(r"[\x21-\x7e]{1,4096}", re.ASCII)
_LONGEST: Final = 1800.0
_SLOWER: Final = 5.0
_LONGEST_PAUSE: Final = 60.0


@dataclass(slots=True)
class _Grant:
    """What the provider gave: two codes, the place for one of them, and how to ask for news."""

    device_code: str = field(repr=False)
    user_code: str
    place: str
    lasts: float
    pause: float


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
    grant = _granted(wire, asked)
    until = monotonic() + grant.lasts
    show(f"On any device, open  {safe(grant.place, 300)}")
    show(f"and enter the code   {safe(grant.user_code, 40)}")
    show(f"It is good for {max(1, round(grant.lasts / 60))} min. Ctrl-C gives up.")
    tokens = _polled(wire, asked, grant, until, stop or threading.Event())
    settle(tokens)
    return tokens


def _granted(wire: Wire, asked: Asked) -> _Grant:
    """Ask for the codes (RFC 8628 section 3.1 and 3.2)."""
    endpoint = asked.provider.device_authorization_endpoint
    if endpoint is None:
        what = "the provider has no sign-in by a code"
        fix = f"{asked.again} without --device, or with --no-browser to paste the address"
        raise SignInFault(what, where=asked.provider.issuer, fix=fix)
    form = {"scope": " ".join(asked.scopes), "resource": asked.resource or "", **asked.extra}
    form = {name: value for name, value in form.items() if value}
    said = wire.post_form(endpoint, form, auth=asked.client).json()
    grant = None if said is None else _read(said, asked.provider.issuer)
    if grant is None:
        what = "the provider's answer to a request for a code cannot be used"
        raise SignInFault(what, where=endpoint, fix="try again, or sign in with a browser")
    return grant


def _read(said: Mapping[str, Json], issuer: str) -> _Grant | None:
    device, user = said.get("device_code"), said.get("user_code")
    place = said.get("verification_uri") or said.get("verification_url")
    if not (isinstance(device, str) and isinstance(user, str) and isinstance(place, str)):
        return None
    if not _CODE.fullmatch(device) or not user.strip():
        return None
    require_safe_url(place, what="the page for the code", where=issuer, named_by=issuer)
    lasts = min(_seconds(said.get("expires_in"), 600.0), _LONGEST)
    return _Grant(device, user.strip(), place, lasts, _seconds(said.get("interval"), _SLOWER))


def _seconds(value: Json, default: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return default
    return float(value) if math.isfinite(value) and value > 0 else default


def _polled(wire: Wire, asked: Asked, grant: _Grant, until: float, stop: threading.Event) -> Tokens:
    """Ask until there is an answer (section 3.5), never faster than the provider wants."""
    pause = grant.pause
    while (left := until - monotonic()) > 0:
        if stop.wait(min(left, pause, _LONGEST_PAUSE)):
            what = "the sign-in was given up"
            raise SignInFault(what, where=asked.provider.issuer, fix=asked.again)
        found, slower = _asked_once(wire, asked, grant)
        if found is not None:
            return found
        pause += slower
    raise _expired(asked)


def _asked_once(wire: Wire, asked: Asked, grant: _Grant) -> tuple[Tokens | None, float]:
    """The tokens if they are there, and by how many seconds to be slower from now on."""
    form = {"grant_type": _GRANT, "device_code": grant.device_code}
    try:
        return ask_for_tokens(wire, asked.provider, asked.client, form), 0.0
    except Unreachable:
        return None, _SLOWER
    except Refused as fault:
        if fault.error == "authorization_pending":
            return None, 0.0
        if fault.error == "slow_down":
            return None, _SLOWER
        if fault.error == "expired_token":
            raise _expired(asked) from fault
        raise


def _expired(asked: Asked) -> SignInFault:
    what = "the code expired before anyone entered it"
    return SignInFault(what, where=asked.provider.issuer, fix=asked.again)
