"""Whether a provider of sign-ins can be asked, is sound, and goes by the same clock.

Asks the issuer that stands in a profile, and nobody else. An ID token is valid from and until
moments of the provider's clock (OpenID Connect Core 1.0 section 3.1.3.7).
"""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from localguard.doctor.check import Finding
from localguard.doctor.findings import Findings
from localguard.errors import SignInFault
from localguard.oauth.faults import Unreachable
from localguard.oauth.provider import discover_openid
from localguard.oauth.sockets import listening
from localguard.oauth.wire import Answer, Wire
from localguard.policy.people import SignIn
from localguard.telling.fields import span

Now = Callable[[], datetime]

SECONDS: Final = 5.0
"""For each question."""
BEARABLE: Final = 60.0
"""Seconds by which two clocks may differ."""
TOO_MUCH: Final = 300.0
"""Seconds beyond which a provider's tokens have ended, or have not begun, when they come."""
_OPENID: Final = "/.well-known/openid-configuration"
_SET: Final = {
    "linux": "timedatectl set-ntp true",
    "darwin": "sudo sntp -sS time.apple.com",
    "win32": "w32tm /resync, in a terminal of an administrator",
}
_IDENTITY: Final = Findings("identity")


def provider(name: str, sign_in: SignIn, now: Now) -> Iterator[Finding]:
    """What is found of the provider of a profile `name`."""
    with Wire(timeout=SECONDS) as wire:
        try:
            begun = now()
            answer = wire.send("GET", sign_in.issuer.rstrip("/") + _OPENID)
            between = begun + (now() - begun) / 2
            discover_openid(wire, sign_in.issuer, assume_pkce=sign_in.assume_pkce)
        except Unreachable as fault:
            yield _out_of_reach(name, sign_in, fault)
            return
        except SignInFault as fault:
            yield _IDENTITY.fault(f"{name}.provider", fault)
            return
    told = {"issuer": sign_in.issuer, "client_id": sign_in.client_id}
    yield _IDENTITY.ok(f"{name}.provider", f"{sign_in.issuer} answers, and is sound", told)
    yield from _clock(name, sign_in, answer, between)


def redirect(name: str, sign_in: SignIn) -> Iterator[Finding]:
    """Whether a browser can come back to one of the ports that the provider knows."""
    if 0 in sign_in.ports:
        return
    try:
        sockets = listening(sign_in.host, sign_in.ports, again="localguard login")
    except SignInFault as fault:
        yield _IDENTITY.fault(f"{name}.redirect", fault, "warn")
        return
    port = sockets[0].getsockname()[1]
    for one in sockets:
        one.close()
    yield _IDENTITY.ok(f"{name}.redirect", f"the redirect port {port} is free")


def _out_of_reach(name: str, sign_in: SignIn, fault: Unreachable) -> Finding:
    """Whoever has signed in goes on for a while; what that is follows from the profile."""
    fresh = sign_in.claims_max_age
    lasts = "" if fresh is None else f" for {span(fresh + sign_in.offline_grace)} after that"
    works = f"who is signed in stays so{lasts}, and nobody can sign in"
    told = {"issuer": sign_in.issuer, "works": works}
    what = f"{fault.where}: {fault.what}; {works}"
    return _IDENTITY.warn(f"{name}.provider", what, fault.fix, told)


def _clock(name: str, sign_in: SignIn, answer: Answer, here: datetime) -> Iterator[Finding]:
    there = _date_of(answer)
    if there is None:
        yield _IDENTITY.skip(f"{name}.clock", f"{sign_in.issuer} does not say what time it is")
        return
    apart = (here - there).total_seconds()
    told = {"here": here.isoformat(), "there": there.isoformat(), "seconds": f"{apart:.0f}"}
    if abs(apart) <= BEARABLE:
        yield _IDENTITY.ok(f"{name}.clock", "this clock and the provider's agree", told)
        return
    way = "ahead of" if apart > 0 else "behind"
    what = f"the clock of this machine is {span(abs(apart))} {way} that of {sign_in.issuer}"
    found = _IDENTITY.fail if abs(apart) > TOO_MUCH else _IDENTITY.warn
    means = ", so its tokens are not valid here" if abs(apart) > TOO_MUCH else ""
    yield found(f"{name}.clock", what + means, f"set the clock: {_set()}", told)


def _date_of(answer: Answer) -> datetime | None:
    """The moment of an answer (RFC 9110 section 6.6.1), and of one from a cache what has passed."""
    try:
        said = parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    age = answer.headers.get("age", "")
    passed = int(age) if age.isascii() and age.isdecimal() and len(age) < 8 else 0
    aware = said if said.tzinfo is not None else said.replace(tzinfo=UTC)
    return datetime.fromtimestamp(aware.timestamp() + passed, UTC)


def _set() -> str:
    return _SET.get(sys.platform, "have it follow a time server")
