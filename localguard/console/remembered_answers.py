"""What a person answers for good, written beside the queue, and taken back.

What is written is what was shown, byte for byte, or nothing. Who may write, and where the record of
it goes, is said by whoever makes this.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from anyio import to_thread

from localguard.audit.records import Chosen
from localguard.config.acceptance import accept_now
from localguard.config.active import require_active
from localguard.config.fixed import Fixed
from localguard.config.paths import Places
from localguard.config.remembered import Author, Wish
from localguard.config.remembered_change import Accepting, Unwritten
from localguard.config.remembered_file import append, undo
from localguard.console.panes.person import Person
from localguard.console.services import Choice, Preview, Told
from localguard.control.messages import RequestView
from localguard.errors import LocalguardError
from localguard.telling.backtest import Recalled
from localguard.telling.newest import newest_first
from localguard.telling.recent_calls import recent_calls
from localguard.telling.remembering import LAST, asked_of
from localguard.telling.remembering import Preview as Shown
from localguard.telling.remembering import preview as shown_of

_KEPT: Final = 16
"""Previews that may still be written."""


class RememberedAnswers:
    """`Remembering` over the files."""

    def __init__(
        self,
        places: Places,
        person: Person,
        recalled: Recalled,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        self._places = places
        self._person = person
        self._recalled = recalled
        self._now = now
        self._shown: dict[str, Shown] = {}

    async def preview(self, request: RequestView, choice: Choice) -> Preview:
        """What `remember` would write, exactly."""
        return await to_thread.run_sync(self._preview, request, choice)

    async def remember(self, request: RequestView, choice: Choice, preview: Preview) -> Told:
        """Write what was shown, or nothing where it would now be another text."""
        del choice
        return await to_thread.run_sync(self._done, lambda: self._remember(request, preview))

    async def undo(self) -> Told:
        """Take back the last change of what is remembered."""
        return await to_thread.run_sync(self._done, self._undo)

    def _preview(self, request: RequestView, choice: Choice) -> Preview:
        try:
            recent = recent_calls(newest_first(self._places.audit), LAST)
            shown = shown_of(
                self._places,
                asked_of(request),
                _wish(choice),
                Author(self._now(), self._person.who),
                recent=recent,
                recalled=self._recalled,
            )
        except LocalguardError as fault:
            return _refused(fault.explain())
        if shown.refused is not None:
            return _refused(shown.refused)
        self._keep(shown)
        backtest = "" if shown.matched is None else shown.matched.told()
        return Preview(shown.text, shown.file, shown.line, backtest)

    def _keep(self, shown: Shown) -> None:
        self._shown[shown.text] = shown
        while len(self._shown) > _KEPT:
            del self._shown[next(iter(self._shown))]

    def _remember(self, request: RequestView, preview: Preview) -> Told:
        shown = self._shown.get(preview.toml)
        if shown is None:
            return Told(False, "nothing is remembered: what was shown is too long ago, ask again")
        verb = "allow" if shown.candidate.wish.allow else "deny"
        value = f"{verb} {request.server}/{request.item}, from {request.id}"
        done = append(
            self._places,
            request.profile,
            shown.text,
            shown.expected,
            key=self._person.key,
            accepting=self._accepting("remembered", value),
        )
        if isinstance(done, Unwritten):
            return Told(False, f"nothing is remembered: {done.explain()}")
        return Told(True, f"remembered at {done.place}; u takes it back")

    def _undo(self) -> Told:
        name = require_active(self._places, self._person.key)
        accepting = self._accepting("undone", f"{name}: the last change")
        done = undo(self._places, name, key=self._person.key, accepting=accepting)
        if isinstance(done, Unwritten):
            return Told(False, done.explain())
        parts = [f"{one} is no longer remembered" for one in done.taken]
        parts += [f"{one} is remembered again" for one in done.restored]
        return Told(True, ", ".join(parts) or "the last change is undone")

    def _done(self, deed: Callable[[], Told]) -> Told:
        refusal = self._person.refusal()
        if refusal is not None:
            return Told(False, f"nothing can be remembered here: {refusal}")
        try:
            return deed()
        except LocalguardError as fault:
            return Told(False, fault.explain())

    def _accepting(self, what: str, value: str) -> Accepting:
        """What cannot be recorded is not written; what a person has seen is accepted with it."""

        def accepting(name: str, write: Callable[[], None]) -> None:
            self._person.record(Chosen(what=what, value=value, who=self._person.who))
            accept_now(self._places, self._person.key, name, write)

        return accepting


def _wish(choice: Choice) -> Wish:
    fixed = tuple(Fixed(*one) for one in choice.fixed)
    return Wish(choice.allow, choice.match, fixed, choice.forever)


def _refused(why: str) -> Preview:
    return Preview("", "", 0, "", refused=why)
