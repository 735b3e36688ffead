"""What the commands of signing in share: the sign-in that a profile asks for."""

from dataclasses import dataclass

from localguard.config.active import require_active
from localguard.config.build import read_profile
from localguard.config.choice import Key
from localguard.config.paths import Places
from localguard.errors import UsageFault
from localguard.policy.people import SignIn
from localguard.policy.profile import Profile


@dataclass(frozen=True, slots=True)
class Asking:
    """A profile that asks for a sign-in."""

    profile: str
    sign_in: SignIn


def asking(places: Places, key: Key, profile: str | None) -> Asking:
    """The profile of that name, else the one in force, and what it asks for.

    Raises ProfileFault, and UsageFault where it asks for no sign-in.
    """
    found = profile_of(places, key, profile)
    if found.sign_in is None:
        fix = f"write [identity] with issuer and client_id into {places.profile_file(found.name)}"
        raise UsageFault(f"the profile {found.name} asks for no sign-in", fix=fix)
    return Asking(found.name, found.sign_in)


def profile_of(places: Places, key: Key, profile: str | None) -> Profile:
    """The profile of that name, else the one in force. Raises ProfileFault."""
    return read_profile(places, profile or require_active(places, key), tested=False)
