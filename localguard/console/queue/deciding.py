"""The queue as far as it decides.

A key decides only about the request that is drawn in the pane, as it is drawn, and only some time
after that. Nothing allows more than one call without a list that was read, and nothing that is
destructive, or cannot all be seen, without a code.
"""

from collections.abc import Sequence
from functools import partial

from textual.events import Key

from localguard.console.confirm import undoes
from localguard.console.content import plain
from localguard.console.hub import Held
from localguard.console.queue.answering import Scoped, Verdict, in_words
from localguard.console.queue.batch import batch
from localguard.console.queue.batches import objection
from localguard.console.queue.note import Note
from localguard.console.queue.over import still
from localguard.console.queue.sending import Sending


class Deciding(Sending):
    """The keys that answer, and those that open a dialog which does."""

    def _target(self, event: Key) -> Held | None:
        """What a key decides about: nothing, unless it was pressed for what is drawn."""
        taken, shown = self.key_lock.takes(event), self.shown
        if not taken or shown is None or self.answers.is_going(shown):
            return None
        return shown

    def allow(self, event: Key) -> None:
        """Allow once what is drawn."""
        held = self._target(event)
        if held is None:
            return
        self.key_lock.decided(event)
        self._with_code(held, Verdict(allow=True))

    def deny(self, event: Key) -> None:
        """Deny what is drawn."""
        held = self._target(event)
        if held is not None:
            self.key_lock.decided(event)
            self._send(held, Verdict(allow=False))

    def note(self, _: Key) -> None:
        """Deny with a note, which is typed first."""
        if self.shown is not None:
            self.over(Note(self.around, self.shown), partial(self._noted, self.shown))

    def _noted(self, held: Held, note: str | None) -> None:
        now = still(self.picture_now(), held)
        if note is None or now is None:
            self._left(held)
        else:
            self._send(now, Verdict(allow=False, reason=note or None))

    def scope(self, _: Key) -> None:
        """Ask how far an answer goes."""
        from localguard.console.queue.scope import ScopePanel  # noqa: PLC0415 -- slow to load

        if self.shown is not None:
            self.over(ScopePanel(self.around, self.shown), partial(self._scoped, self.shown))

    def _scoped(self, held: Held, scoped: Scoped | None) -> None:
        if scoped is None:
            self._left(held)
            return
        verdict = _verdict(scoped)
        now = still(self.picture_now(), held)
        if now is None:
            self._left(held)
        elif verdict.allow:
            self._with_code(now, verdict)
        else:
            self._send(now, verdict)

    def edit(self, _: Key) -> None:
        """Let other arguments be written."""
        if self.shown is not None:
            self.edit_again(self.shown, "", "")

    def edit_again(self, held: Held, text: str, why: str) -> None:
        """Write arguments, from what was written before and the guard's no to it, if it is one."""
        from localguard.console.queue.edit import Edit  # noqa: PLC0415 -- slow to load

        now = still(self.picture_now(), held)
        if now is None:
            self._left(held)
        else:
            self.over(Edit(self.around, now, text, why), partial(self._edited, now))

    def _edited(self, held: Held, text: str | None) -> None:
        now = still(self.picture_now(), held)
        if text is None or now is None:
            self._left(held)
        else:
            self._with_code(now, Verdict(allow=True, arguments=text))

    def together(self, _: Key) -> None:
        """Allow once everything that is marked, where it is alike."""
        marks = list(self.rows.marks)
        why = objection(marks)
        if why is not None:
            self.say(plain(f"Not together: {why}.", "$warning"))
        else:
            self.over(batch(self.around, marks), partial(self._batched, marks))

    def _batched(self, marks: Sequence[Held], sure: bool | None) -> None:
        self.key_lock.close()
        if sure:
            self.rows.marked.clear()
            self.run_worker(self._send_all(marks))

    async def _send_all(self, marks: Sequence[Held]) -> None:
        """One answer after the other, each to a request as it was shown."""
        said = []
        for mark in marks:
            held = still(self.picture_now(), mark) or mark
            reply, _ = await self.answers.send(held, Verdict(allow=True))
            said.append(in_words(reply, held, self.picture_now()))
        self.say(plain("  ").join(said[:3]) + plain(f"  … {len(said)} in all" * (len(said) > 3)))
        self.key_lock.close()

    def sending(self) -> Held | None:
        """The call that can be stopped: the one looked at, else the first."""
        going = [one for one in self.picture_now().held if one.view.state == "sending"]
        shown = None if self.shown is None else self.shown.view.id
        return next((one for one in going if one.view.id == shown), next(iter(going), None))

    def undo(self, _: Key) -> None:
        """Stop what is being sent, else ask whether to take back what was remembered last.

        The key that stops may come too late, and must not then do something else unasked.
        """
        going = self.sending()
        if going is not None:
            self.run_worker(self._stopped(going))
        else:
            self.over(undoes(self.around), self._sure_to_undo)

    async def _stopped(self, going: Held) -> None:
        self.say(in_words(await self.answers.stop(going), going, self.picture_now()))
        self.key_lock.close()

    def _sure_to_undo(self, sure: bool | None) -> None:
        self.key_lock.close()
        if sure:
            self.run_worker(self._undone())

    async def _undone(self) -> None:
        self.say(await self.around.services.remembering().undo())


def _verdict(scoped: Scoped) -> Verdict:
    """What was picked in the panel; what is written down counts for the guard as once."""
    choice = scoped.choice
    if choice.scope == "always":
        return Verdict(choice.allow, "always", lasting=scoped)
    # All that lasts and is not written down keeps whole members of the arguments.
    kept = tuple(".".join(one.path) for one in choice.fixed)
    return Verdict(choice.allow, choice.scope, choice.match, kept)
