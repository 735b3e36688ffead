"""An answer on its way to a guard, and what became of it in words.

An answer is given to a request as it was shown: its id, digest and revision go with it. While one
is on its way no second one is given to the same request.
"""

from typing import NamedTuple

from textual.content import Content

from localguard.console.content import EMPTY, QUIET, content, plain
from localguard.console.hub import Held, Hub, Picture
from localguard.console.services import Choice, Preview, Services, Told
from localguard.console.sign_ins import Back
from localguard.control.messages import Decided, Match, Refused, Reply, Scope, Stale
from localguard.telling.requests import HOW


class Scoped(NamedTuple):
    """What was decided in the panel of wider answers, with the preview that was on the screen."""

    choice: Choice
    preview: Preview | None


class Verdict(NamedTuple):
    """What a person answers. `proof` is the fresh sign-in that a yes may need."""

    allow: bool
    scope: Scope = "once"
    match: Match = "exact"
    kept: tuple[str, ...] = ()
    reason: str | None = None
    arguments: str | None = None
    lasting: Scoped | None = None
    proof: Back | None = None


class Answers:
    """Sends answers, each request's one at a time."""

    def __init__(self, hub: Hub, services: Services) -> None:
        self._hub = hub
        self._services = services
        self._going: set[tuple[str, str]] = set()

    def is_going(self, held: Held) -> bool:
        """Whether an answer to this request is on its way."""
        return (held.guard, held.view.id) in self._going

    async def send(self, held: Held, verdict: Verdict) -> tuple[Reply, Told | None]:
        """Give an answer, and then write what is to be remembered, if the answer was taken."""
        key = (held.guard, held.view.id)
        self._going.add(key)
        try:
            reply = await self._hub.decide(
                held,
                allow=verdict.allow,
                scope=verdict.scope,
                match=verdict.match,
                kept=verdict.kept,
                reason=verdict.reason,
                arguments=verdict.arguments,
                receipt=None if verdict.proof is None else verdict.proof.proof,
            )
            return reply, await self._remember(held, verdict, reply)
        finally:
            self._going.discard(key)

    async def stop(self, held: Held) -> Reply:
        """Stop a call that was allowed and has not left yet."""
        return await self._hub.stop(held)

    async def _remember(self, held: Held, verdict: Verdict, reply: Reply) -> Told | None:
        lasting = verdict.lasting
        if lasting is None or lasting.preview is None or not isinstance(reply, Decided):
            return None
        remembering = self._services.remembering()
        return await remembering.remember(held.view, lasting.choice, lasting.preview)


def in_words(reply: Reply, held: Held, picture: Picture) -> Content:
    """What became of an answer."""
    name = content(f"{held.view.server}/{held.view.item}", 60)
    match reply:
        case Decided():
            return Content.assemble(("✓ ", "$success"), name, "  ", content(reply.how, 200))
        case Stale():
            why = _closed_by(held, picture) or content(reply.why, 200)
            return Content.assemble(("- ", "$warning"), name, ("  not taken: ", QUIET), why)
        case Refused():
            return Content.assemble(
                ("✗ ", "$error bold"), name, ("  refused: ", "$error"), content(reply.why, 300)
            )


def _closed_by(held: Held, picture: Picture) -> Content:
    """Who was faster."""
    for one in picture.closed:
        if one.view.id == held.view.id and one.view.by:
            by = content(one.view.by, 80)
            return Content.assemble(f"already decided, {HOW[one.view.how]} by ", by)
    return EMPTY


def closed_meanwhile(held: Held, picture: Picture) -> Content:
    """Why a dialog went away."""
    name = content(f"{held.view.server}/{held.view.item}", 60)
    said = _closed_by(held, picture) or plain("changed or closed meanwhile")
    return Content.assemble(("- ", "$warning"), name, "  ", said, ", nothing was decided here")
