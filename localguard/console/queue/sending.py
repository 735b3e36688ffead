"""The queue as far as it sends: from a yes or a no to the guard, and what stands in between.

Nothing that is destructive, or cannot all be seen, is allowed without a code, and nothing that
takes a fresh sign-in without one. Each of these goes with the request, and then decides nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from textual.content import Content

from localguard.console.content import content, plain
from localguard.console.hub import Held
from localguard.console.queue.answering import Answers, Verdict, closed_meanwhile, in_words
from localguard.console.queue.cautions import needs_code
from localguard.console.queue.detail import arguments, doubts
from localguard.console.queue.looking import Looking
from localguard.console.queue.over import Code, Question, still, unchanged
from localguard.console.queue.signs import sign
from localguard.console.services import Surroundings
from localguard.console.sign_ins import Back
from localguard.control.messages import Refused, Scope

_DEEDS: Final[Mapping[Scope, str]] = {
    "once": "allow it once",
    "minutes": "allow it for 15 minutes",
    "session": "allow it while its client runs",
    "switch": "allow it until the profile is switched",
    "always": "allow it, and write that down",
}


class Sending(Looking):
    """Answers on their way. What an answer is about is said by whoever calls."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        self.answers = Answers(around.hub, around.services)

    def edit_again(self, held: Held, text: str, why: str) -> None:
        """Show a guard's no to edited arguments over what was written."""
        raise NotImplementedError

    def _with_code(self, held: Held, verdict: Verdict) -> None:
        """A yes to what is destructive, or cannot all be seen, needs a code."""
        going = _as_sent(held, verdict)
        if not (needs_code(held.view) or needs_code(going.view)):
            self._prove(held, verdict)
            return
        self.key_lock.close()
        question = self._question(going, _DEEDS[verdict.scope])
        about = partial(unchanged, held=held)
        self.over(Code(self.around, question, about), partial(self._coded, held, verdict))

    def _coded(self, held: Held, verdict: Verdict, sure: bool | None) -> None:
        self.key_lock.close()
        now = still(self.picture_now(), held)
        if sure and now is not None and unchanged(self.picture_now(), held):
            self._prove(now, verdict)
        else:
            self._left(held)

    def _prove(self, held: Held, verdict: Verdict) -> None:
        """A yes that takes a fresh sign-in goes by the browser first."""
        sign_ins = self.around.services.sign_ins
        if held.view.step_up is None:
            self._send(held, verdict)
        elif sign_ins is None:
            self.say(plain("Not allowed: it takes a fresh sign-in, and none can be made here."))
        else:
            from localguard.console.queue.proving import Proving  # noqa: PLC0415 -- slow to load

            self.key_lock.close()
            dialog = Proving(self.around, held, sign_ins(), _DEEDS[verdict.scope])
            self.over(dialog, partial(self._proved, held, verdict))

    def _proved(self, held: Held, verdict: Verdict, proof: Back | None) -> None:
        self.key_lock.close()
        now = still(self.picture_now(), held)
        if proof is not None and now is not None:
            self._send(now, verdict._replace(proof=proof))
        else:
            self._unproved(held, now)

    def _unproved(self, held: Held, now: Held | None) -> None:
        """Say that nothing was decided, and why."""
        if now is None or not unchanged(self.picture_now(), held):
            self._left(held)
        else:
            name = content(f"{held.view.server}/{held.view.item}", 60)
            said = "  not allowed without a fresh sign-in; it waits as before"
            self.say(Content.assemble(("- ", "$warning"), name, said))

    def _left(self, held: Held) -> None:
        """Say why a dialog went, where it was not the person who left it."""
        picture = self.picture_now()
        if not unchanged(picture, held):
            self.say(closed_meanwhile(held, picture))

    def _question(self, held: Held, deed: str) -> Question:
        view, subject = held.view, self._subject(held)
        heading = Content.assemble(
            "Allow ", content(f"{view.server}/{view.item}", 60), "?  ", sign(view).in_words()
        )

        def lines(width: int) -> Iterator[Content]:
            yield from doubts(subject, width)
            yield from arguments(subject, width)

        return Question(heading, lines, deed)

    def _send(self, held: Held, verdict: Verdict) -> None:
        self.key_lock.close()
        self.run_worker(self._sent(held, verdict))

    async def _sent(self, held: Held, verdict: Verdict) -> None:
        reply, written = await self.answers.send(held, verdict)
        if isinstance(reply, Refused) and verdict.arguments is not None:
            self.edit_again(held, verdict.arguments, reply.why)
            return
        said = in_words(reply, held, self.picture_now())
        if written is not None:
            style = "" if written.done else "$warning"
            said = Content.assemble(said, "; ", content(written.text, 300, style))
        self.say(said)
        self.key_lock.close()


def _as_sent(held: Held, verdict: Verdict) -> Held:
    """The request with the arguments that would leave."""
    if verdict.arguments is None:
        return held
    size = len(verdict.arguments)
    return held._replace(view=replace(held.view, arguments=verdict.arguments, size=size))
