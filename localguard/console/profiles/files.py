"""Profiles from their files: what the screen of profiles needs, done beside the screen.

Who may choose and where a record goes is said by whoever makes this. What was shown is named by a
digest, and nothing is chosen or accepted that is no longer that.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from anyio import to_thread

from localguard.audit.records import Chosen
from localguard.config import switches
from localguard.config.acceptance import Version, accepted_version, current_version
from localguard.config.active import active_or_none
from localguard.config.build import build, color_for, profile_names, read_profile
from localguard.config.choice import Choice, read_choice
from localguard.config.faults import FileFault, faults_of
from localguard.config.managed import joined, read_managed
from localguard.config.paths import Places
from localguard.console.panes.person import Person
from localguard.console.profiles.ports import Acceptance, Entry, Fault, Listed, Outlook
from localguard.console.services import Told
from localguard.errors import LocalguardError, ProfileFault
from localguard.policy.profile import Profile
from localguard.telling import switching
from localguard.telling.changes import changed
from localguard.telling.differences import Side, between, side_of
from localguard.telling.edits import edit_lines
from localguard.telling.known import Known, Source
from localguard.telling.loosening import loosening
from localguard.telling.profile_texts import profile_lines
from localguard.telling.rule_texts import rule_texts


class ProfileFiles:
    """`Profiles` over the files. `tools` are those that are known."""

    def __init__(
        self,
        places: Places,
        tools: Source,
        person: Person,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        self._places = places
        self._key = person.key
        self._tools = tools
        self._person = person
        self._now = now

    async def listed(self) -> Listed:
        """Every profile by name, valid or not."""
        return await to_thread.run_sync(self._listed)

    async def switching(self, name: str) -> Outlook:
        """What a switch to a profile would change."""
        return await to_thread.run_sync(self._told_of, self._switching, name)

    async def accepting(self, name: str) -> Outlook:
        """What a profile says otherwise than the version that was accepted."""
        return await to_thread.run_sync(self._told_of, self._accepting, name)

    async def use(self, seen: Outlook) -> Told:
        """Make a profile the active one, if its files are still those that were seen."""
        return await to_thread.run_sync(self._do, seen, self._use)

    async def accept(self, seen: Outlook) -> Told:
        """Accept the files that were seen, if they are still the same."""
        return await to_thread.run_sync(self._do, seen, self._accept)

    def _listed(self) -> Listed:
        try:
            choice, fault = read_choice(self._places, self._key), None
        except LocalguardError as broken:
            choice, fault = None, broken.explain()
        entries = [self._entry(name, choice) for name in profile_names(self._places)]
        return Listed(entries, fault)

    def _entry(self, name: str, choice: Choice | None) -> Entry:
        active = choice is not None and choice.profile == name
        file = self._places.profile_file(name)
        try:
            own = read_profile(self._places, name)
            profile = joined(own, read_managed(self._places))
            written = rule_texts(self._places, profile)
        except ProfileFault as fault:
            faults = tuple(Fault(f.where, f.what, f.fix) for f in faults_of(fault))
            return Entry(name, file, color_for(name), active, "unknown", faults)
        return Entry(
            name,
            file,
            own.color,
            active,
            _acceptance(choice, own),
            told=tuple(profile_lines(self._places, profile, written, active=active)),
            rules=len(profile.rules),
            servers=tuple(profile.servers),
            managed=bool(profile.managed),
        )

    def _told_of(self, made: Callable[[str], Outlook], name: str) -> Outlook:
        try:
            return made(name)
        except LocalguardError as fault:
            return Outlook(name, refused=fault.explain())

    def _switching(self, name: str) -> Outlook:
        version = current_version(self._places, name)
        new, notes, anew = self._side(version), list[str](), list[str]()
        try:
            choice = read_choice(self._places, self._key)
        except ProfileFault as broken:
            choice = Choice()
            anew.append("the choice is void and is begun anew, lockdown and silence off")
            notes.append(f"the choice is void: {broken.explain()}")
        if choice.profile == name:
            return Outlook(name, name, refused=f"{name} is the active profile already")
        if _acceptance(choice, new.profile) == "changed":
            notes.append(_NOT_ACCEPTED)
        before = self._before(choice.profile, notes)
        old = None if before is None else self._side(before)
        found = self._between(name, choice.profile, version, old, new, notes=notes)
        was = None if old is None or before is None else switching.Side(old.profile, before)
        steps = _steps(was, switching.Side(new.profile, version))
        return replace(found, steps=steps, loosens=(*anew, *found.loosens))

    def _before(self, name: str | None, notes: list[str]) -> Version | None:
        """The files of the profile that is in force, where they can be used."""
        if name is None:
            return None
        try:
            version = current_version(self._places, name)
            self._side(version)
        except ProfileFault as fault:
            notes.append(f"{name} cannot be read now: {fault.explain()}")
            return None
        return version

    def _accepting(self, name: str) -> Outlook:
        choice = read_choice(self._places, self._key)
        version = current_version(self._places, name)
        confirmed = choice.is_confirmed(name)
        if confirmed and choice.accepted.get(name) == version.digest:
            return Outlook(name, name, refused=f"{name} is accepted as it is")
        # What only a guard has used first is new to a person.
        accepted = accepted_version(self._places, choice, name) if confirmed else None
        old = None if accepted is None else self._side(accepted, tested=False)
        unknown = _ONLY_USED if choice.is_only_used(name) else _NOTHING_KEPT
        notes = [] if accepted is not None else [unknown]
        edits = edit_lines({} if accepted is None else accepted.texts, version.texts)
        new = self._side(version)
        return self._between(name, name, version, old, new, edits=tuple(edits), notes=notes)

    def _side(self, version: Version, *, tested: bool = True) -> Side:
        own = build(version.name, version.documents, self._places.home, tested=tested)
        return side_of(own, version.documents[0])

    def _between(
        self,
        name: str,
        before: str | None,
        version: Version,
        old: Side | None,
        new: Side,
        *,
        edits: Sequence[str] = (),
        notes: Sequence[str] = (),
    ) -> Outlook:
        managed = read_managed(self._places)
        old_profile = Profile(before or name, ()) if old is None else joined(old.profile, managed)
        new_profile = joined(new.profile, managed)
        tools, trouble = self._known()
        changes = list(changed(old_profile, new_profile, tools, self._now()))
        return Outlook(
            name,
            before,
            version.digest,
            differences=() if old is None else tuple(between(old, new)),
            edits=edits,
            changes=changes,
            tools=len(tools),
            loosens=loosening(old_profile, new_profile, changes),
            notes=(*notes, *trouble),
        )

    def _known(self) -> tuple[Sequence[Known], Sequence[str]]:
        try:
            return self._tools(self._places), ()
        except LocalguardError as fault:
            return (), (f"the known tools cannot be read: {fault.explain()}",)

    def _do(self, seen: Outlook, deed: Callable[[Outlook, Version], str]) -> Told:
        refusal = self._person.refusal()
        if refusal is not None:
            return Told(False, f"nothing can be chosen here: {refusal}")
        try:
            version = current_version(self._places, seen.name)
            if version.digest != seen.digest:
                return Told(False, f"{seen.name} was changed meanwhile: look at it again")
            build(version.name, version.documents, self._places.home)
            return Told(True, deed(seen, version))
        except LocalguardError as fault:
            return Told(False, fault.explain())

    def _use(self, seen: Outlook, version: Version) -> str:
        if active_or_none(self._places, self._key) != seen.before:
            raise FileFault("another profile was chosen meanwhile", fix="look at it again")
        told = self._recording("profile", seen.name)
        switches.use(self._places, self._key, version, told)
        return f"{seen.name} is now the active profile"

    def _accept(self, seen: Outlook, version: Version) -> str:
        switches.accept(self._places, self._key, version, self._recording("accepted", seen.name))
        return f"{seen.name} is accepted as you have seen it"

    def _recording(self, what: str, value: str) -> Callable[[], None]:
        """What cannot be recorded is not chosen."""
        return lambda: self._person.record(Chosen(what=what, value=value, who=self._person.who))


_NOT_ACCEPTED = "it was edited since it was accepted: until that is accepted, it allows nothing new"
_NOTHING_KEPT = "what was accepted of it is not known any more: all of it counts as new"
_ONLY_USED = "a guard has used it first, and no person has accepted it: all of it counts as new"


def _steps(old: switching.Side | None, new: switching.Side) -> tuple[str, ...]:
    found = switching.servers(None if old is None else old.profile, new.profile)
    first, *others = switching.switch_lines(old, new, found, ())
    del first
    return (*others, *(f"  {line}" for line in switching.after_lines(found)))


def _acceptance(choice: Choice | None, own: Profile) -> Acceptance:
    if choice is None:
        return "unknown"
    accepted = choice.accepted.get(own.name)
    if accepted is None:
        return "unused"
    if accepted != own.digest:
        return "changed"
    return "accepted" if choice.is_confirmed(own.name) else "used"
