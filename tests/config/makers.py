"""Makes folders of localguard and profiles in them."""

import os
import time
from pathlib import Path

from localguard import seals
from localguard.config.acceptance import current_version
from localguard.config.build import read_profile
from localguard.config.choice import Choice, Key, by_person, change_choice
from localguard.config.faults import faults_of
from localguard.config.paths import Places, places
from localguard.config.switches import accept, use
from localguard.errors import ProfileFault
from localguard.policy.profile import Profile
from localguard.vault.keys import Keys

HOME = "/home/ana"
LONG_AGO = time.time_ns() - 10**12


def places_in(folder: Path | str) -> Places:
    """The places below a folder, with ana's home; the tests' user may set managed policy."""
    found = places({"HOME": HOME, "LOCALGUARD_HOME": str(folder)}, "linux")
    owners = frozenset({0} if os.name == "nt" else {0, os.getuid()})
    return found._replace(managed=os.path.join(folder, "managed"), managed_owners=owners)


def manage(where: Places, text: str | bytes, name: str = "base.toml") -> Path:
    """Write a file of the organisation's."""
    path = Path(where.managed, name)
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    path.parent.chmod(0o755)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(0o644)
    return path


def put(where: Places, name: str, text: str | bytes, *, remembered: bool = False) -> Path:
    """Write a profile, or its remembered file, as its owner would."""
    path = Path(where.remembered_file(name) if remembered else where.profile_file(name))
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(0o600)
    return path


def key_of(where: Places) -> Key:
    """The key of the seals, as guards and commands take it from the vault."""
    return lambda: Keys(where.vault).key(seals.NAME).secret


def choose(where: Places, name: str) -> Choice:
    """Make a profile the active one, whatever it says and whatever was chosen before."""
    return change_choice(
        where, key_of(where), lambda choice: by_person(choice._replace(profile=name)), mend=True
    )


def choose_valid(where: Places, name: str) -> Choice:
    """Make a profile the active one as `profile use` does, which accepts it the first time."""
    read_profile(where, name)
    return use(where, key_of(where), current_version(where, name), nobody_told)


def approve(where: Places, name: str) -> Choice:
    """Accept the files of a valid profile as they are now."""
    read_profile(where, name)
    return accept(where, key_of(where), current_version(where, name), nobody_told)


def nobody_told() -> None:
    """A choice that is not recorded."""


def age(path: Path, nanoseconds: int = LONG_AGO) -> None:
    """Make a file look as if it was written long ago."""
    os.utime(path, ns=(nanoseconds, nanoseconds))


def profile_of(folder: Path, text: str, remembered: str | None = None) -> Profile:
    """The profile `work` with a text."""
    where = places_in(folder)
    put(where, "work", text)
    if remembered is not None:
        put(where, "work", remembered, remembered=True)
    return read_profile(where, "work")


def messages(folder: Path, text: str | bytes, remembered: str | None = None) -> list[str]:
    """What a person is told about a profile `work`, line by line."""
    where = places_in(folder)
    put(where, "work", text)
    if remembered is not None:
        put(where, "work", remembered, remembered=True)
    try:
        read_profile(where, "work")
    except ProfileFault as fault:
        return [one.explain() for one in faults_of(fault)]
    return []


def written(folder: Path, text: str) -> str:
    """The path of a `config.toml` with this text."""
    path = folder / "config.toml"
    path.write_text(text)
    path.chmod(0o600)
    return str(path)
