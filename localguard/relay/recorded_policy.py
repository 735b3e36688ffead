"""The policy in force and who sits there, with every change of either in the audit log first."""

from collections.abc import Callable
from dataclasses import replace

from localguard.audit.people import PersonChange, person
from localguard.audit.records import Chosen, ProfileChange
from localguard.config.active import ActiveProfile, Change
from localguard.policy.decide import Standing
from localguard.policy.people import Identity, Nobody, Person
from localguard.policy.profile import Profile
from localguard.relay.people import People, nobody
from localguard.relay.recorder import Recorder


class RecordedPolicy:
    """A policy source for the gate. As long as `fault` says why, nothing passes.

    `people` tells who is signed in; it is asked where the profile has a `sign_in`.
    """

    def __init__(
        self,
        active: ActiveProfile,
        recorder: Recorder,
        fault: Callable[[], str | None],
        people: People = nobody,
    ) -> None:
        self._active = active
        self._recorder = recorder
        self._fault = fault
        self._present = Present(people, recorder)

    def standing(self) -> Standing:
        """The policy in force now. The same object until it, or who is signed in, changes."""
        standing = self._active.standing()
        for change in self._active.changes():
            self._record(change)
        fault = self._fault()
        return self._present.at(standing) if fault is None else Standing(None, fault)

    def _record(self, change: Change) -> None:
        self._recorder.tell(
            ProfileChange(
                name=change.name,
                digest=change.digest,
                change=change.change,
                fault=change.fault,
            )
        )
        if change.accepted:
            value = f"{change.name} {change.digest}"
            self._recorder.tell(Chosen(what="accepted", value=value, who="its first use"))


class Present:
    """Who is signed in for the profile in force."""

    def __init__(self, people: People, recorder: Recorder) -> None:
        self._people = people
        self._recorder = recorder
        self._profile: str | None = None
        self._person: Person | None = None
        self._bare: Standing | None = None
        self._whole: Standing | None = None

    def at(self, standing: Standing) -> Standing:
        """A policy with who is signed in: the same object as long as both are the same."""
        profile = standing.profile
        if profile is None or profile.sign_in is None:
            self._leave()
            return standing
        found = self._people(profile)
        if standing is self._bare and self._whole is not None and found == self._person:
            return self._whole
        self._change(profile, found)
        self._bare, self._person, self._profile = standing, found, profile.name
        self._whole = replace(standing, person=found)
        return self._whole

    def _leave(self) -> None:
        """The profile in force asks for no sign-in."""
        self._profile = self._person = self._bare = None
        self._recorder.belong_to(None)

    def _change(self, profile: Profile, now: Person) -> None:
        before = self._person if self._profile == profile.name else None
        self._recorder.belong_to(now.signed_in if isinstance(now, Identity) else None)
        change = _change(profile.name, before, now)
        if change is not None:
            self._recorder.tell(change)


def _change(profile: str, before: Person | None, now: Person) -> PersonChange | None:
    """The record of what became of the person; None where nothing did that is worth one."""
    if isinstance(now, Nobody):
        if not isinstance(before, Identity):
            return None
        return PersonChange(
            change="expired" if now.expired else "signed_out",
            profile=profile,
            person=person(before.signed_in),
            reason=now.reason,
        )
    who = person(now.signed_in)
    if before is None:
        return PersonChange(change="present", profile=profile, person=who)
    if isinstance(before, Nobody) or before.signed_in != now.signed_in:
        return PersonChange(change="signed_in", profile=profile, person=who)
    if before != now:
        return PersonChange(change="claims", profile=profile, person=who)
    return None
