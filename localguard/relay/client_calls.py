"""Requests of the client that are judged: from the table to the server, or back with the reason."""

from collections.abc import Callable

from localguard.policy.decisions import Allow, Deny
from localguard.relay import replies, targets
from localguard.relay.edited import change_note, with_arguments
from localguard.relay.elicited_sign_in import ElicitedSignIn
from localguard.relay.exchange import Open
from localguard.relay.frames import Message
from localguard.relay.from_server import cut_request
from localguard.relay.judged import Judged
from localguard.relay.methods import Unjudged
from localguard.relay.own_listing import OwnListing
from localguard.relay.session import Session
from localguard.text import safe

NOT_HELD = "this kind of request cannot be held"
CHANGED_HANDS = "who is signed in has changed; repeat the call"


class ClientCalls:
    """Has requests judged, and carries out the verdict."""

    def __init__(self, session: Session, listing: OwnListing, signing_in: ElicitedSignIn) -> None:
        self._session = session
        self._listing = listing
        self._signing_in = signing_in

    def tool(self, entry: Open) -> None:
        """A call of a tool, which may wait for a person who is just signing in."""
        self._signing_in.settled(entry, self._tool)

    def _tool(self, entry: Open) -> None:
        """It waits for the list too, where none has named the tool."""
        name = entry.request.params.get("name")
        if isinstance(name, str):
            self._listing.ensure(entry, name, lambda listed: self._judge(entry, listed))
        else:
            self._judge(entry, None)

    def item(self, entry: Open) -> None:
        """A resource or a prompt."""
        self._judge(entry, None)

    def completion(self, entry: Open) -> None:
        """Nobody is asked about what a person has half typed."""
        self._judge(entry, None, unheld=NOT_HELD)

    def listen(self, entry: Open) -> None:
        """What is not allowed is taken out, so that the server acknowledges the rest."""
        uris = targets.listened(entry.request)
        if uris is None:
            self._judge(entry, None)
            return
        session = self._session
        message = cut_request(entry.request, session.gate.from_server)
        params = message.get("params", {})
        wanted = dict(params.get("notifications", {}))
        if uris:
            wanted["resourceSubscriptions"] = [u for u in uris if self._may_listen(entry, u)]
        if isinstance(tasks := wanted.get("taskIds"), list):
            wanted["taskIds"] = [task for task in tasks if session.knows_task(task)]
        if wanted != params.get("notifications", {}):
            message = {**message, "params": {**params, "notifications": wanted}}
        session.send(Unjudged("subscriptions/listen"), message)

    def _may_listen(self, entry: Open, uri: str) -> bool:
        verdicts: list[Judged] = []
        target = targets.resource(uri)
        session = self._session
        quiet = self._quiet(entry)
        session.gate.judge(
            session.standing, entry, target, verdicts.append, quiet=quiet, unheld=NOT_HELD
        )
        allowed = [judged for judged in verdicts if isinstance(judged.verdict, Allow)]
        for judged in allowed:
            entry.parts.append(judged.id)
            entry.person = session.recorder.person
            session.gate.sent(judged, session.standing)
        return bool(allowed)

    def _judge(self, entry: Open, listed: bool | None, *, unheld: str | None = None) -> None:
        session = self._session
        target = targets.target_of(entry.request, entry.treatment)
        if target is None:
            words = f"{entry.request.method} lacks what it reaches for"
            session.refuse_frame("client", "bad-params", words)
            session.reply(entry, replies.error(entry.request.id, replies.INVALID_PARAMS, words))
            return
        session.recorder.size = entry.size
        session.gate.judge(
            session.standing,
            entry,
            target,
            lambda judged: self._deliver(entry, judged),
            listed=listed,
            progress=session.beats.begin(entry),
            quiet=self._quiet(entry),
            unheld=unheld,
        )

    def _quiet(self, entry: Open) -> Callable[[Callable[[], None]], None]:
        """Clients drop a token with its answer: nothing may be told of the call after that."""
        return lambda act: self._session.beats.when_quiet(entry, act)

    def _deliver(self, entry: Open, judged: Judged) -> None:
        session, request = self._session, entry.request
        verdict, target = judged.verdict, judged.call.target
        entry.call, entry.person = judged.id, session.recorder.person
        if not session.is_open(entry):
            self._too_late(entry, judged)
            return
        if isinstance(verdict, Allow) and not session.is_still(judged.call.facts.person):
            self._too_late(entry, judged)
            words = f"{safe(target)} was not executed: {CHANGED_HANDS}"
            session.reply(entry, replies.refusal(request, words, judged.id))
        elif isinstance(verdict, Allow):
            entry.redact = verdict.duties.redact
            session.send(verdict, self._allowed(entry, judged))
            session.gate.sent(judged, session.standing)
        elif isinstance(verdict, Deny):
            asking = self._signing_in.answer(entry, target, verdict)
            session.reply(entry, asking or replies.denied(request, target, verdict, judged.id))
        else:
            session.reply(entry, replies.held(request, target, verdict))

    def _too_late(self, entry: Open, judged: Judged) -> None:
        """Its client has taken it back while it was decided, or somebody else sits there."""
        if isinstance(judged.verdict, Allow):
            self._session.recorder.outcome(entry, "cancelled")
            self._session.gate.unsent(judged)

    def _allowed(self, entry: Open, judged: Judged) -> Message:
        """The message of an allowed call, with the arguments that a person has changed, if any."""
        message = cut_request(entry.request, self._session.gate.from_server)
        if judged.edited is None:
            return message
        entry.note = change_note(entry.request, judged.edited)
        return with_arguments(message, judged.edited)
