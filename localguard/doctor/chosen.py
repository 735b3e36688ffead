"""What a person has chosen for all guards, and whether they have accepted what is in force."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from localguard.config.build import profile_names, read_profile
from localguard.config.choice import Choice
from localguard.doctor.check import Finding, Scene
from localguard.doctor.findings import Findings
from localguard.errors import ProfileFault

_POLICY: Final = Findings("policy")


def in_force(scene: Scene, choice: Choice) -> Iterator[Finding]:
    """Which profile decides, and whether it is the one that was accepted."""
    name = choice.profile
    if name is None:
        some = ", ".join(profile_names(scene.places))
        fix = f"localguard profile use NAME, of: {some}" if some else "localguard init"
        yield _POLICY.warn("active", "no profile is in force, so every call is denied", fix)
        return
    try:
        digest = read_profile(scene.places, name).digest
    except ProfileFault:
        what = f"the profile in force, {name}, cannot be used: guards deny, or ask for everything"
        fix = f"localguard profile validate {name}"
        yield _POLICY.fail("active", what, fix)
        return
    yield _POLICY.ok("active", f"the profile {name} is in force", {"digest": digest})
    yield from _acceptance(choice, name, digest)
    yield from _others(scene, choice)


def modes(scene: Scene, choice: Choice) -> Iterator[Finding]:
    """What holds for every profile until a person ends it."""
    if choice.lockdown:
        what = "lockdown is on, so every call is denied, until: localguard lockdown off"
        yield _POLICY.ok("lockdown", what)
    if choice.silent:
        what = "it is silent: what would be asked is held at once (localguard approvals list)"
        yield _POLICY.ok("silent", what)
    now = scene.now().timestamp()
    for name in choice.observed:
        until = choice.observed_until(name, now)
        if until is not None:
            yield _observed(name, until)


def _acceptance(choice: Choice, name: str, digest: str) -> Iterator[Finding]:
    accept = f"localguard profile accept {name}"
    known = choice.accepted.get(name)
    if known is None:
        what = f"nobody has used {name} yet; its first use accepts it"
        yield _POLICY.ok("accepted", what)
    elif known != digest:
        what = f"{name} was changed since it was accepted, so what it allows in addition is asked"
        yield _POLICY.warn("accepted", what, accept, {"accepted": known, "now": digest})
    elif choice.is_only_used(name):
        what = f"no person has accepted {name}: a guard has used it first"
        yield _POLICY.warn("accepted", what, accept)
    else:
        yield _POLICY.ok("accepted", f"{name} is as a person has accepted it")


def _others(scene: Scene, choice: Choice) -> Iterator[Finding]:
    """Profiles that a client may have a guard hold on to, and that were edited since."""
    for name in sorted(choice.accepted.keys() - {choice.profile}):
        try:
            digest = read_profile(scene.places, name).digest
        except ProfileFault:
            # Gone, or told with the profile itself.
            continue
        if choice.accepted[name] != digest:
            what = f"{name}, which is not in force, was changed since it was accepted"
            fix = f"localguard profile accept {name}"
            yield _POLICY.warn(f"accepted.{name}", what, fix)


def _observed(name: str, until: int) -> Finding:
    end = datetime.fromtimestamp(until).astimezone()
    what = f"{name} is observed until {end:%Y-%m-%d %H:%M}: what no rule names is let through"
    fix = "make rules of it: localguard learn; then: localguard profile observe off"
    return _POLICY.warn(f"observed.{name}", what, fix)
