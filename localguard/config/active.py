"""The profile in force, followed through edits and switches.

It is fixed by `--profile`, or named in state/active.toml, and is read again only when a `stat` says
that a file changed, so an edit bites on the next call and an unchanged file costs microseconds.
"""

import os
import time
from dataclasses import dataclass
from typing import Final, Literal

from localguard.config.build import profile_names, read_profile
from localguard.config.faults import FileFault
from localguard.config.load import read_document
from localguard.config.looks import Look, look
from localguard.config.paths import Places, checked_name
from localguard.config.replace import replace_text
from localguard.errors import ProfileFault
from localguard.policy.decide import Standing
from localguard.policy.profile import Profile

_TICK: Final = 100_000_000
"""Nanoseconds in which a second edit may leave the time of a file as it is."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of the profile in force, for the record. `fault` says why it cannot be read."""

    name: str | None
    digest: str | None
    change: Literal["loaded", "switched", "fault", "repaired"]
    fault: str | None = None


class ActiveProfile:
    """The profile in force for one guard. `generation` rises when what is visible may change."""

    def __init__(self, places: Places, fixed: str | None = None) -> None:
        self.fixed = fixed is not None
        self.name = fixed
        self.generation = 0
        self._places = places
        self._name_fault: str | None = None
        self._name_look: Look = (-1,)
        self._looks: tuple[Look, ...] = ()
        self._young = True
        self._watched = self._files() if self.fixed else ()
        self._valid: Profile | None = None
        self._standing = Standing(None, "no profile was read yet")
        self._changes: list[Change] = []

    def standing(self) -> Standing:
        """What decides now. Reads only what changed since the last time, and never raises."""
        named = self._follow_name()
        looks = tuple([look(path) for path in self._watched])
        if named or self._young or looks != self._looks:
            self._young = any(_is_young(one) for one in (self._name_look, *looks))
            self._looks = looks
            self._read()
        return self._standing

    def changes(self) -> tuple[Change, ...]:
        """The changes since this was last asked, oldest first."""
        found = tuple(self._changes)
        self._changes.clear()
        return found

    def followed(self) -> tuple[tuple[str, Look], ...]:
        """The files that the profile in force follows from, with what was seen of each.

        Empty as long as one of them is so young that its next change might not be seen.
        """
        if self._young:
            return ()
        named = () if self.fixed else ((self._places.active_file, self._name_look),)
        return (*named, *zip(self._watched, self._looks, strict=True))

    def _follow_name(self) -> bool:
        if self.fixed:
            return False
        found = look(self._places.active_file)
        if found == self._name_look and not self._young:
            return False
        self._name_look = found
        self.name, self._name_fault = None, None
        try:
            self.name = active_name(self._places)
        except ProfileFault as fault:
            self._name_fault = fault.explain()
        self._watched = self._files()
        return True

    def _files(self) -> tuple[str, ...]:
        if self.name is None:
            # The fault lists the profiles there are.
            return (self._places.profiles,)
        try:
            return self._places.profile_file(self.name), self._places.remembered_file(self.name)
        except ProfileFault:
            return ()

    def _read(self) -> None:
        if self.name is None:
            self._settle(Standing(None, self._name_fault or _no_active(self._places).explain()))
            return
        try:
            profile = read_profile(self._places, self.name)
        except ProfileFault as fault:
            last = self._valid if self._valid and self._valid.name == self.name else None
            self._settle(Standing(last, fault.explain()))
        else:
            self._settle(Standing(profile))

    def _settle(self, new: Standing) -> None:
        old = self._standing
        if new.fault == old.fault and _digest(new) == _digest(old):
            return
        self._changes.append(self._change(old, new))
        self._valid = new.profile or self._valid
        self._standing = new
        self.generation += 1

    def _change(self, old: Standing, new: Standing) -> Change:
        if new.fault is not None:
            return Change(self.name, _digest(new), "fault", new.fault)
        if self._valid is not None and self._valid.name != self.name:
            return Change(self.name, _digest(new), "switched")
        repaired = old.fault is not None and self.generation > 0
        return Change(self.name, _digest(new), "repaired" if repaired else "loaded")


def active_name(places: Places) -> str | None:
    """The profile that state/active.toml names; None when there is no such file.

    Raises ProfileFault when the file is there and cannot be used.
    """
    if not os.path.lexists(places.active_file):
        return None
    document = read_document(places.active_file)
    name = document.tables.get("profile")
    if not isinstance(name, str):
        fix = "localguard profile use NAME"
        raise FileFault("it does not name a profile", where=document.name, fix=fix)
    return checked_name(name)


def use(places: Places, name: str) -> bool:
    """Make a valid profile the active one; False when it is so already.

    Raises ProfileFault when the profile has faults or the choice cannot be written.
    """
    read_profile(places, name)
    try:
        if active_name(places) == name:
            return False
    except ProfileFault:
        # The broken file is about to be replaced.
        pass
    replace_text(
        places.active_file, f'# Written by "localguard profile use".\nprofile = "{name}"\n'
    )
    return True


def _no_active(places: Places) -> ProfileFault:
    names = profile_names(places)
    fix = "localguard profile use NAME"
    if names:
        fix += f", where NAME is one of: {', '.join(names)}"
    else:
        fix = f"create {places.profiles}/NAME.toml, then run {fix}"
    return FileFault("no profile is active", fix=fix)


def _is_young(found: Look) -> bool:
    return found is not None and abs(time.time_ns() - found[0]) < _TICK


def _digest(standing: Standing) -> str | None:
    return None if standing.profile is None else standing.profile.digest
