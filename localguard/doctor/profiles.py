"""The profiles that checks look at: the one in force first, and of the others those that are valid.

What is wrong with a profile is told by the checks of the policy, and by no other.
"""

from collections.abc import Iterator

from localguard.config.build import profile_names, read_profile
from localguard.config.choice import Choice, read_choice
from localguard.doctor.check import Scene
from localguard.errors import ProfileFault
from localguard.policy.profile import Profile


def choice_of(scene: Scene) -> Choice:
    """What a person has chosen; nothing where that cannot be told."""
    try:
        return read_choice(scene.places, scene.key)
    except ProfileFault:
        return Choice()


def readable(scene: Scene) -> Iterator[Profile]:
    """Every profile that can be read, the one in force first."""
    active = choice_of(scene).profile
    for name in sorted(profile_names(scene.places), key=lambda one: (one != active, one)):
        found = _read(scene, name)
        if found is not None:
            yield found


def in_force(scene: Scene) -> Profile | None:
    """The profile that is chosen, if it can be read."""
    name = choice_of(scene).profile
    return None if name is None else _read(scene, name)


def _read(scene: Scene, name: str) -> Profile | None:
    try:
        return read_profile(scene.places, name, tested=False)
    except ProfileFault:
        return None
