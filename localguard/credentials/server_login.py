"""A person signs in to a server: what it demands, who gives it, as whom we come, leave given.

MCP basic/authorization (2026-07-28). Nothing here opens a browser by itself: it is called at a
person's word, and says before anything opens where the browser will go and what is asked for.
"""

import time
from collections.abc import Callable
from typing import Final

from localguard.credentials.asking import Asking, Granted, Plan, Way
from localguard.credentials.attempt import Attempt
from localguard.credentials.clients import Introduction, issuer_of
from localguard.credentials.demands import ask_server
from localguard.credentials.entries import Entry, read_entry, sign_in_name
from localguard.credentials.ports import SecretOf
from localguard.credentials.registration import forget
from localguard.errors import SignInFault, VaultFault
from localguard.oauth.addresses import resource_of
from localguard.oauth.faults import Refused, Unreachable
from localguard.oauth.provider import Provider
from localguard.oauth.wire import Wire
from localguard.vault.vault import Vault

_OTHERS: Final = 2.0
"""Seconds for another sign-in to the same server, which a person sees in the browser."""
_FORGOTTEN: Final = frozenset({"invalid_client", "unauthorized_client", "invalid_redirect_uri"})


def login_to_server(
    asking: Asking,
    vault: Vault,
    way: Way,
    *,
    wire: Wire,
    secret_of: SecretOf,
    tell: Callable[[Plan], None],
    now: Callable[[], float] = time.time,
) -> Granted:
    """Sign in to a server, and keep the token.

    Raises SignInFault (Refused where somebody said no, Unreachable) and VaultFault; what was kept
    before is then kept still. A registration that the issuer has forgotten is made anew, once.
    """
    with vault.alone(sign_in_name(asking.holder, resource_of(asking.url)), _OTHERS):
        demands = ask_server(wire, asking.url)
        provider = issuer_of(wire, asking.url, demands, asking.auth)
        before = _before(vault, asking.entry)
        attempt = Attempt(asking, vault, wire, way, secret_of, now, demands, provider, before)
        met = attempt.introduced()
        tell(attempt.plan())
        try:
            return attempt.made(met)
        except SignInFault as fault:
            if not _outlived(vault, provider, met, fault):
                raise
        return attempt.made(attempt.introduced())


def _before(vault: Vault, name: str) -> Entry | None:
    """What was kept before; what cannot be read is replaced by what comes."""
    try:
        return read_entry(vault, name)
    except VaultFault:
        return None


def _outlived(vault: Vault, provider: Provider, met: Introduction, fault: SignInFault) -> bool:
    """Whether the sign-in may be tried once more as a new client; forgets the old one.

    An issuer that does not know a client shows that in the browser, where we cannot see it: a
    registration that led to nothing is given up, unless it was the person who said no.
    """
    said_no = isinstance(fault, Refused) and fault.error not in _FORGOTTEN
    if not met.dynamic or said_no or isinstance(fault, Unreachable):
        return False
    forget(vault, provider.issuer, met.client.client_id)
    return met.kept and isinstance(fault, Refused)
