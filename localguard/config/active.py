"""The profile in force, followed through edits and switches.

It is fixed by `--profile`, or chosen in state/active.toml, and joined by the organisation's policy.
All of it is read again only when a `stat` says that a file changed, so an edit bites on the next
call and an unchanged file costs microseconds. An edit that nobody has accepted loosens nothing.
config.toml is read once, when a guard starts.
"""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import repeat
from typing import Final, Literal

from localguard.config.acceptance import accept_first, held
from localguard.config.build import read_profile
from localguard.config.choice import FIX, Choice, Key, read_choice
from localguard.config.faults import FileFault
from localguard.config.followed_choice import FollowedChoice, no_choice
from localguard.config.looks import Look, look
from localguard.config.managed import managed_paths, read_managed
from localguard.config.paths import Places
from localguard.config.settings import STRICTEST, AuditSettings, read_settings
from localguard.errors import ProfileFault
from localguard.policy.decide import Standing
from localguard.policy.profile import Profile

LOCKDOWN: Final = "lockdown: every call is denied until a person lifts it: localguard lockdown off"
_TICK: Final = 100_000_000
"""Nanoseconds in which a second edit may leave the time of a file as it is."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of the profile in force, for the record.

    `fault` says why it cannot be read, or what of it nobody has accepted; `accepted` that this was
    its first use ever, which has accepted it.
    """

    name: str | None
    digest: str | None
    change: Literal[
        "loaded", "switched", "fault", "repaired", "lockdown", "lifted", "observing", "enforcing"
    ]
    fault: str | None = None
    accepted: bool = False


class ActiveProfile:
    """The profile in force for one guard. `generation` rises when what is visible may change.

    With a `key` only a sealed choice counts; without one it is taken as it stands, which is for
    commands that only tell. `accepting` has the first use of a profile accept it, as guards do.
    """

    def __init__(
        self,
        places: Places,
        fixed: str | None = None,
        *,
        key: Key | None = None,
        accepting: bool = False,
    ) -> None:
        self.fixed = fixed is not None
        self.name = fixed
        self.generation = 0
        self._places = places
        self._accepting_key = key if accepting else None
        self._sealed = key is not None
        self._choice = FollowedChoice(places, key)
        self._settings: AuditSettings | None = None
        self._settings_fault: str | None = None
        self._looks: tuple[Look, ...] = ()
        self._young = True
        self._watched: tuple[str, ...] = ()
        self._valid: Profile | None = None
        self._ruled: str | None = None
        self._accepted_now = False
        self._unlocked = self._standing = Standing(None, "no profile was read yet")
        self._changes: list[Change] = []

    @property
    def settings(self) -> AuditSettings:
        """What config.toml says, as it was first read without a fault; until then the strictest."""
        self.standing()
        return self._settings or STRICTEST

    @property
    def choice(self) -> Choice:
        """What is chosen, as of the last look: lockdown, silence, the serial."""
        return self._choice.now or Choice()

    def standing(self) -> Standing:
        """What decides now. Reads only what changed since the last time, and never raises."""
        chosen = self._follow_choice()
        looks = tuple(map(look, self._watched, self._looks or repeat(())))
        if chosen or self._young or looks != self._looks or self._is_over():
            self._read_settings()
            # Before the policy is read: what changes from now on is seen by the next look.
            self._watched = (*self._files(), *managed_paths(self._places))
            self._looks = tuple([look(path) for path in self._watched])
            self._young = any(_is_young(one) for one in (self._choice.look, *self._looks))
            self._settle(self._read())
        return self._standing

    @property
    def seen(self) -> Standing:
        """What decided at the last look. Reads nothing, so any thread may ask."""
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
        named = () if self.fixed else ((self._places.active_file, self._choice.look),)
        return (*named, *zip(self._watched, self._looks, strict=True))

    def _follow_choice(self) -> bool:
        if not self._choice.follow(young=self._young):
            return False
        if not self.fixed:
            self.name = self.choice.profile
        return True

    def _files(self) -> tuple[str, ...]:
        """The person's own files that count now. config.toml does until it was read."""
        settings = () if self._settings else (self._places.config,)
        if self.name is None:
            # The fault lists the profiles there are.
            return (*settings, self._places.profiles)
        try:
            own = self._places.profile_files(self.name)
        except ProfileFault:
            return settings
        return (*settings, *own)

    def _read(self) -> Standing:
        """What the files say, but for lockdown."""
        own, fault = self._own()
        try:
            managed = read_managed(self._places)
        except ProfileFault as broken:
            # Nothing is known of what the organisation forbids.
            return Standing(None, broken.explain())
        if self._settings is None:
            return Standing(None, self._settings_fault)
        if own is None:
            return Standing(None, fault)
        # In this order: the first use is part of the choice that it is then held against.
        fault = fault or self._accept(own)
        found = held(self._places, self.choice, own, managed)
        # A choice that is taken as it stands, without its seal, is nobody's word.
        confirmed = found.confirmed and self._sealed
        return replace(found, fault=fault, observing=self._observing(), confirmed=confirmed)

    def _observing(self) -> datetime | None:
        """Until when the profile in force is observed. Only what was sealed counts."""
        until = self.choice.observed_until(self.name, time.time()) if self._sealed else None
        return None if until is None else datetime.fromtimestamp(until, UTC)

    def _is_over(self) -> bool:
        """Whether the profile is observed no longer than until now."""
        until = self._unlocked.observing
        return until is not None and time.time() >= until.timestamp()

    def _read_settings(self) -> None:
        try:
            self._settings = self._settings or read_settings(self._places.config)
        except ProfileFault as fault:
            self._settings_fault = fault.explain()

    def _own(self) -> tuple[Profile | None, str | None]:
        """The person's profile, or the fault and the last valid one of the name."""
        fault = self._choice.fault
        if self._choice.now is None or self.name is None:
            return None, fault or no_choice(self._places).explain()
        last = self._valid if self._valid and self._valid.name == self.name else None
        try:
            found = read_profile(self._places, self.name)
        except ProfileFault as broken:
            return last, fault or broken.explain()
        # The same files are the same object, with what it has worked out of itself.
        self._valid = last if last and last.digest == found.digest else found
        return self._valid, fault

    def _accept(self, own: Profile) -> str | None:
        """Why the first use of a profile, which accepts it, cannot be recorded; None if it is."""
        if self._accepting_key is None or own.name in self.choice.accepted:
            return None
        try:
            self._choice.take(accept_first(self._places, self._accepting_key, own))
        except ProfileFault as fault:
            # To be tried again with the next call.
            self._young = True
            return fault.explain()
        self._accepted_now = self.choice.accepted.get(own.name) == own.digest
        return None

    def _settle(self, new: Standing) -> None:
        locked, old = self.choice.lockdown, self._unlocked
        turned = locked != self._standing.locked
        watched = new.observed_until != old.observed_until
        same = (new.observing, new.confirmed) == (old.observing, old.confirmed)
        if _told(new) != _told(old):
            self._changes.append(self._change(old, new))
            self._ruled = new.profile.name if new.profile else self._ruled
        elif same and not turned:
            return
        self._unlocked = new
        if watched:
            begun = new.observed_until is not None
            what: Final = "observing" if begun else "enforcing"
            self._changes.append(Change(self.name, _digest(new.profile), what))
        if turned:
            change: Final = "lockdown" if locked else "lifted"
            self._changes.append(Change(self.name, _digest(new.profile), change))
        now = self._unlocked
        self._standing = replace(now, fault=LOCKDOWN, locked=True) if locked else now
        self.generation += 1

    def _change(self, old: Standing, new: Standing) -> Change:
        digest = _digest(new.profile)
        if new.fault is not None:
            return Change(self.name, digest, "fault", new.fault)
        accepted, self._accepted_now = self._accepted_now, False
        held_back = None if new.accepted is None else new.unaccepted
        if self._ruled not in (None, self.name):
            return Change(self.name, digest, "switched", held_back, accepted)
        repaired = old.fault is not None and self.generation > 0
        return Change(self.name, digest, "repaired" if repaired else "loaded", held_back, accepted)


def active_name(places: Places, key: Key | None = None) -> str | None:
    """The profile that is chosen; None when none is. Without a `key` the seal is not looked at.

    Raises ProfileFault when the choice cannot be used.
    """
    return read_choice(places, key).profile


def require_active(places: Places, key: Key | None = None) -> str:
    """The name of the active profile. Raises ProfileFault when there is none."""
    name = active_name(places, key)
    if name is None:
        raise FileFault("no profile is active", fix=FIX)
    return name


def active_or_none(places: Places, key: Key | None = None) -> str | None:
    """The name of the active profile, if there is one that can be told."""
    try:
        return active_name(places, key)
    except ProfileFault:
        return None


def _is_young(found: Look) -> bool:
    return found is not None and abs(time.time_ns() - found[0]) < _TICK


def _digest(profile: Profile | None) -> str | None:
    return None if profile is None else profile.digest


def _told(standing: Standing) -> tuple[str | None, ...]:
    """What two standings of the same policy share."""
    accepted = standing.accepted
    against = (None, None) if accepted is None else (accepted.digest, standing.unaccepted)
    return (standing.fault, _digest(standing.profile), *against)
