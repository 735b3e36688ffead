"""Rules and answers from their files and the audit log, read and changed beside the screen.

Only what localguard wrote is changed, and nothing that is not in the audit log. Who may is said by
whoever makes this.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from anyio import to_thread

from localguard.audit.records import Chosen
from localguard.config.acceptance import accept_now
from localguard.config.active import require_active
from localguard.config.build import read_profile
from localguard.config.managed import joined, read_managed
from localguard.config.paths import Places
from localguard.config.remembered_change import Accepting, Unwritten
from localguard.config.remembered_file import Removed, entries, remove, undo
from localguard.console.panes.person import Person
from localguard.console.rules.ports import Found, Kept
from localguard.console.services import Told
from localguard.errors import LocalguardError
from localguard.policy.profile import Profile
from localguard.telling.backtest import Recalled
from localguard.telling.live_rules import LAST, Passing, live_rules
from localguard.telling.newest import newest_first
from localguard.telling.recent_calls import Recent, recent_calls
from localguard.telling.rule_trial import answer_lines, rule_lines

TRIED: Final = 500
"""Calls that a rule is tried on."""


class RuleFiles:
    """`Rules` over the files. `kept` are the answers that hold for a while only."""

    def __init__(
        self,
        places: Places,
        person: Person,
        recalled: Recalled,
        kept: Kept,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        self._places = places
        self._person = person
        self._recalled = recalled
        self._kept = kept
        self._now = now

    async def live(self) -> Found:
        """Everything in force under the active profile, with its figures."""
        return await to_thread.run_sync(self._live)

    async def tried(self, place: str) -> Sequence[str]:
        """What the rule or answer at a place would have done to the last calls, line by line."""
        return await to_thread.run_sync(self._tried, place)

    async def remove(self, entry: str) -> Told:
        """Take one remembered answer or denial out, by its id."""
        return await to_thread.run_sync(self._done, lambda: self._remove(entry))

    async def take_back(self, request: str) -> Told:
        """End what was answered to a request for a while."""
        return await to_thread.run_sync(self._done, lambda: self._take_back(request))

    async def undo(self) -> Told:
        """Take back the last change of what is remembered."""
        return await to_thread.run_sync(self._done, self._undo)

    def _live(self) -> Found:
        try:
            passing, trouble = self._passing()
            live = live_rules(
                self._places,
                self._profile(),
                self._recent(LAST),
                now=self._now(),
                recalled=self._recalled,
                passing=passing,
            )
        except LocalguardError as fault:
            return Found(None, fault.explain())
        return Found(live, trouble)

    def _passing(self) -> tuple[Sequence[Passing], str | None]:
        """What holds for a while; and why, where that is not known: the rules are, all the same."""
        try:
            return self._kept.listed(), None
        except LocalguardError as fault:
            return (), fault.explain()

    def _tried(self, place: str) -> Sequence[str]:
        try:
            profile = self._profile()
            recent, home = self._recent(TRIED), self._places.home
            for rule in profile.rules:
                if str(rule.origin) == place:
                    return list(rule_lines(profile, rule, recent, home, self._recalled))
            written = [one for one in entries(self._places, profile.name) if one.kind == "answer"]
            for answer, one in zip(profile.answers, written, strict=False):
                if one.place == place:
                    return list(answer_lines(answer, recent, home, self._recalled))
        except LocalguardError as fault:
            return [fault.explain()]
        return [f"nothing stands at {place} any more: read again"]

    def _remove(self, entry: str) -> Told:
        name = self._name()
        accepting = self._accepting(f"{name}: {entry} removed")
        done = remove(self._places, name, entry, key=self._person.key, accepting=accepting)
        if isinstance(done, Removed):
            what = "no longer denied" if done.entry.kind == "rule" else "asked again from now on"
            return Told(True, f"{done.entry.id} is removed: what it named is {what}. u undoes that")
        return Told(False, done.explain())

    def _take_back(self, request: str) -> Told:
        value = f"{self._name()}: the answer to {request} taken back"
        self._person.record(Chosen(what="undone", value=value, who=self._person.who))
        if self._kept.remove(request):
            return Told(True, f"the answer to {request} is taken back: it is asked again")
        return Told(False, f"nothing of the answer to {request} holds any more")

    def _undo(self) -> Told:
        name = self._name()
        accepting = self._accepting(f"{name}: the last change")
        done = undo(self._places, name, key=self._person.key, accepting=accepting)
        if isinstance(done, Unwritten):
            return Told(False, done.explain())
        parts = [f"{one} is no longer remembered" for one in done.taken]
        parts += [f"{one} is remembered again" for one in done.restored]
        return Told(True, ", ".join(parts) or "the last change is undone")

    def _done(self, deed: Callable[[], Told]) -> Told:
        refusal = self._person.refusal()
        if refusal is not None:
            return Told(False, f"nothing can be changed here: {refusal}")
        try:
            return deed()
        except LocalguardError as fault:
            return Told(False, fault.explain())

    def _accepting(self, value: str) -> Accepting:
        """What cannot be recorded is not changed; what a person changes is accepted with it."""

        def accepting(name: str, write: Callable[[], None]) -> None:
            self._person.record(Chosen(what="undone", value=value, who=self._person.who))
            accept_now(self._places, self._person.key, name, write)

        return accepting

    def _profile(self) -> Profile:
        own = read_profile(self._places, self._name(), tested=False)
        return joined(own, read_managed(self._places))

    def _name(self) -> str:
        return require_active(self._places, self._person.key)

    def _recent(self, number: int) -> Recent:
        return recent_calls(newest_first(self._places.audit), number)
