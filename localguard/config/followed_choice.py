"""The choice as one guard follows it: never back to an older one, and never out of lockdown.

What cannot be believed (no seal, another's seal, an older copy, no file any more) changes nothing
but that it is told, except that an older choice for lockdown counts too. What was written at no
person's word, though it is sealed, takes nothing back.
"""

from collections.abc import Mapping
from typing import Final

from localguard.config.build import profile_names
from localguard.config.choice import FIX, Choice, Key, read_choice
from localguard.config.faults import FileFault
from localguard.config.looks import Look, look
from localguard.config.paths import Places
from localguard.errors import ProfileFault

_NEVER: Final[Look] = (-1,)


class FollowedChoice:
    """`now` is the last choice that counts, None before there is one; `fault` why no newer does."""

    def __init__(self, places: Places, key: Key | None) -> None:
        self.now: Choice | None = None
        self.fault: str | None = None
        self.look: Look = _NEVER
        self._places = places
        self._key = key

    def follow(self, *, young: bool) -> bool:
        """Look at the file; whether it was read again, as with `young` it is in any case."""
        found = look(self._places.active_file)
        if found == self.look and not young:
            return False
        self.look = found
        self._read()
        return True

    def take(self, found: Choice) -> None:
        """Take up a choice that was sealed, as far as it counts beside the one before."""
        last = self.now
        if last is None or found.chosen > last.chosen:
            self.now, self.fault = found, None
        elif (found.chosen, found.serial) < (last.chosen, last.serial):
            self.now = last._replace(lockdown=last.lockdown or found.lockdown)
            self.fault = _older(found).explain()
        else:
            self.now, self.fault = _with_more(last, found), None

    def _read(self) -> None:
        try:
            self.take(read_choice(self._places, self._key))
        except ProfileFault as fault:
            self.fault = fault.explain()


def _with_more(last: Choice, found: Choice) -> Choice:
    """A choice with what anybody may have added since: no person has chosen anything."""
    return found._replace(
        profile=last.profile or found.profile,
        lockdown=last.lockdown or found.lockdown,
        silent=last.silent or found.silent,
        accepted={**found.accepted, **last.accepted},
        observed=_shorter(last.observed, found.observed),
        confirmed=last.confirmed,
    )


def _shorter(one: Mapping[str, int], other: Mapping[str, int]) -> Mapping[str, int]:
    """What both observe, until the earlier of the two ends."""
    return {name: min(one[name], other[name]) for name in one.keys() & other.keys()}


def no_choice(places: Places) -> FileFault:
    """That nobody has chosen a profile, and which there are."""
    names = profile_names(places)
    fix = f"{FIX}, where NAME is one of: {', '.join(names)}"
    if not names:
        fix = f"create {places.profiles}/NAME.toml, then run {FIX}"
    return FileFault("no profile is active", fix=fix)


def _older(found: Choice) -> FileFault:
    what = "this is an older choice, which was put back" if found.serial else "it was removed"
    return FileFault(what, where="active.toml", fix=FIX)
