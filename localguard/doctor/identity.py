"""Sign-ins: the provider, the clock, the ports of the redirect, who is signed in, their tokens.

What asks providers is loaded only where a profile asks for a sign-in.
"""

from collections.abc import Iterator
from typing import Final

from localguard.doctor.check import Check, Finding, Scene
from localguard.doctor.findings import Findings
from localguard.doctor.profiles import in_force, readable
from localguard.policy.server_auth import OAuth

_IDENTITY: Final = Findings("identity")


def sign_ins(scene: Scene) -> Iterator[Finding]:
    """For each profile with [identity]; a provider that several name is asked once."""
    asked = [(one.name, one.sign_in) for one in readable(scene) if one.sign_in is not None]
    if not asked:
        yield _IDENTITY.skip("sign-in", "no profile asks for a sign-in")
        return
    from localguard.doctor.provider import provider, redirect  # noqa: PLC0415 -- loads HTTP
    from localguard.doctor.signed_in import followed, person  # noqa: PLC0415

    known, seen = followed(scene), set[object]()
    for name, sign_in in asked:
        place = (sign_in.host, sign_in.ports)
        if sign_in.issuer not in seen:
            yield from provider(name, sign_in, scene.now)
        if place not in seen:
            yield from redirect(name, sign_in)
        seen.update((sign_in.issuer, place))
        yield from person(scene, name, sign_in, known)


def tokens(scene: Scene) -> Iterator[Finding]:
    """The tokens of servers, by the profile in force."""
    profile = in_force(scene)
    if profile is None or not any(isinstance(t.auth, OAuth) for t in profile.servers.values()):
        return
    from localguard.doctor.server_tokens import server_tokens  # noqa: PLC0415 -- loads OAuth
    from localguard.doctor.signed_in import followed  # noqa: PLC0415

    yield from server_tokens(scene, profile, followed(scene))


checks: tuple[Check, ...] = (sign_ins, tokens)
