"""What decides: the profile in force and every other, the organisation's, and who goes by which."""

from collections.abc import Iterator
from typing import Final

from localguard.config.build import profile_names
from localguard.config.choice import read_choice
from localguard.config.managed import read_managed
from localguard.config.settings import read_settings
from localguard.doctor.check import Check, Finding, Scene
from localguard.doctor.chosen import in_force, modes
from localguard.doctor.findings import Findings
from localguard.doctor.older_guards import older_guards
from localguard.doctor.profile_files import faults, profile
from localguard.errors import ProfileFault
from localguard.pinning.faults import PinFault
from localguard.telling.listed import listed

_POLICY: Final = Findings("policy")


def choice(scene: Scene) -> Iterator[Finding]:
    """What a person has chosen: a profile, its version, lockdown, silence, observing."""
    try:
        chosen = read_choice(scene.places, scene.key)
    except ProfileFault as fault:
        yield _POLICY.fault("active", fault)
        return
    yield from in_force(scene, chosen)
    yield from modes(scene, chosen)


def profiles(scene: Scene) -> Iterator[Finding]:
    """Every profile there is: its faults, its tests, what is seldom meant in it."""
    try:
        known = listed(scene.places)
    except PinFault:
        # Told with the server; without it less is noted.
        known = ()
    for name in profile_names(scene.places):
        yield from profile(scene, name, known)


def settings(scene: Scene) -> Iterator[Finding]:
    """config.toml, and what the organisation has laid down."""
    try:
        read_settings(scene.places.config)
    except ProfileFault as fault:
        yield from faults("config", fault)
    try:
        managed = read_managed(scene.places)
    except ProfileFault as fault:
        yield from faults("managed", fault)
        return
    if managed is not None:
        what = f"the organisation's policy holds too: {', '.join(managed.files) or 'no file'}"
        yield _POLICY.ok("managed", what, {"folder": scene.places.managed})


checks: tuple[Check, ...] = (choice, profiles, settings, older_guards)
