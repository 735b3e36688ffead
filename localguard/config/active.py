"""The profile in force, followed through edits and switches.

It is fixed by `--profile`, or named in state/active.toml, and joined by the organisation's policy.
All of it is read again only when a `stat` says that a file changed, so an edit bites on the next
call and an unchanged file costs microseconds. config.toml is read once, when a guard starts.
"""

import os
import time
from dataclasses import dataclass
from itertools import repeat
from typing import Final, Literal

from localguard.config.build import profile_names, read_profile
from localguard.config.faults import FileFault
from localguard.config.load import read_document
from localguard.config.looks import Look, look
from localguard.config.managed import joined, managed_paths, read_managed
from localguard.config.paths import Places, checked_name
from localguard.config.replace import replace_text
from localguard.config.settings import STRICTEST, AuditSettings, read_settings
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
        self._settings: AuditSettings | None = None
        self._settings_fault: str | None = None
        self._name_fault: str | None = None
        self._name_look: Look = (-1,)
        self._looks: tuple[Look, ...] = ()
        self._young = True
        self._watched: tuple[str, ...] = ()
        self._valid: Profile | None = None
        self._ruled: str | None = None
        self._standing = Standing(None, "no profile was read yet")
        self._changes: list[Change] = []

    @property
    def settings(self) -> AuditSettings:
        """What config.toml says, as it was first read without a fault; until then the strictest."""
        self.standing()
        return self._settings or STRICTEST

    def standing(self) -> Standing:
        """What decides now. Reads only what changed since the last time, and never raises."""
        named = self._follow_name()
        looks = tuple(map(look, self._watched, self._looks or repeat(())))
        if named or self._young or looks != self._looks:
            self._read_settings()
            # Before the policy is read: what changes from now on is seen by the next look.
            self._watched = (*self._files(), *managed_paths(self._places))
            self._looks = tuple([look(path) for path in self._watched])
            self._young = any(_is_young(one) for one in (self._name_look, *self._looks))
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
        return True

    def _files(self) -> tuple[str, ...]:
        """The person's own files that count now. config.toml does until it was read."""
        settings = () if self._settings else (self._places.config,)
        if self.name is None:
            # The fault lists the profiles there are.
            return (*settings, self._places.profiles)
        try:
            own = self._places.profile_file(self.name), self._places.remembered_file(self.name)
        except ProfileFault:
            return settings
        return (*settings, *own)

    def _read(self) -> None:
        own, fault = self._own()
        try:
            managed = read_managed(self._places)
        except ProfileFault as broken:
            # Nothing is known of what the organisation forbids.
            self._settle(Standing(None, broken.explain()))
            return
        if self._settings is None:
            self._settle(Standing(None, self._settings_fault))
        else:
            self._settle(Standing(None if own is None else joined(own, managed), fault))

    def _read_settings(self) -> None:
        try:
            self._settings = self._settings or read_settings(self._places.config)
        except ProfileFault as fault:
            self._settings_fault = fault.explain()

    def _own(self) -> tuple[Profile | None, str | None]:
        """The person's profile, or the fault and the last valid one of the name."""
        if self.name is None:
            return None, self._name_fault or _no_active(self._places).explain()
        last = self._valid if self._valid and self._valid.name == self.name else None
        try:
            found = read_profile(self._places, self.name)
        except ProfileFault as fault:
            return last, fault.explain()
        # The same files are the same object, with what it has worked out of itself.
        self._valid = last if last and last.digest == found.digest else found
        return self._valid, None

    def _settle(self, new: Standing) -> None:
        old = self._standing
        if new.fault == old.fault and _digest(new) == _digest(old):
            return
        self._changes.append(self._change(old, new))
        self._ruled = new.profile.name if new.profile else self._ruled
        self._standing = new
        self.generation += 1

    def _change(self, old: Standing, new: Standing) -> Change:
        if new.fault is not None:
            return Change(self.name, _digest(new), "fault", new.fault)
        if self._ruled not in (None, self.name):
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


def require_active(places: Places) -> str:
    """The name of the active profile. Raises ProfileFault when there is none."""
    name = active_name(places)
    if name is None:
        raise FileFault("no profile is active", fix="localguard profile use NAME")
    return name


def active_or_none(places: Places) -> str | None:
    """The name of the active profile, if there is one that can be told."""
    try:
        return active_name(places)
    except ProfileFault:
        return None


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
