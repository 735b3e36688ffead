"""What the server says: answers to the client, wishes of its own, notifications, noise."""

from typing import TypeGuard

from localguard.policy.rules import Verb
from localguard.relay import replies
from localguard.relay.answers import Answers
from localguard.relay.edited import noted
from localguard.relay.exchange import Open, is_id
from localguard.relay.frames import (
    Failure,
    Frame,
    Id,
    Notification,
    Refused,
    Request,
    Result,
    parse,
    split_batch,
    too_long,
)
from localguard.relay.from_server import asks_for_input, inner_objection, objection
from localguard.relay.lines import Oversized
from localguard.relay.methods import (
    SERVER_NOTIFICATIONS,
    SERVER_REQUESTS,
    Treatment,
    Unjudged,
)
from localguard.relay.session import Session
from localguard.relay.strays import Strays

BLANK = b" \t\r\n\xef\xbb\xbf"
"""What may stand before a message: white space, or a byte order mark."""

MAX_WISHES = 1000
"""Requests of the server's that may wait for the client at once."""


class ServerSide:
    """Handles the lines of the server."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._answers = Answers(session)
        self._strays = Strays(session.recorder)

    def line(self, line: bytes | Oversized) -> None:
        """One line of the server, without its newline."""
        recorder = self._session.recorder
        if isinstance(line, Oversized):
            recorder.size = line.size
            self._frame(too_long(line.head, line.tail), line.head)
            return
        recorder.size = len(line)
        frame = parse(line)
        members = split_batch(line) if self._session.takes_apart(frame) else None
        if not members:
            self._frame(frame, line)
        for member in members or ():
            self._frame(parse(member), member)

    def _frame(self, frame: Frame | Refused, line: bytes) -> None:
        if isinstance(frame, Result):
            self._answer(frame)
        elif isinstance(frame, Notification):
            self._notification(frame)
        elif isinstance(frame, Refused):
            self._refused(frame, line)
        elif isinstance(frame, Request):
            self._request(frame)
        else:
            self._answer(frame)

    def _refused(self, refused: Refused, line: bytes) -> None:
        session = self._session
        if not line.lstrip(BLANK).startswith((b"{", b"[")):
            self._strays.heard(line)
            return
        session.refuse_frame("server", refused.reason, refused.detail)
        if refused.answers and self._awaits(refused.id):
            words = f"the server's answer was refused ({refused.reason})"
            message = replies.error(refused.id, replies.INTERNAL_ERROR, words)
            self._answer(Failure(message, refused.id, message["error"]))

    def _awaits(self, id: Id | None) -> TypeGuard[Id]:  # noqa: A002
        own, asked = self._session.own, self._session.asked
        return id is not None and (id in own or asked.get(id) is not None)

    def _answer(self, frame: Result | Failure) -> None:
        session = self._session
        if isinstance(frame.id, str) and frame.id in session.own:
            session.own.pop(frame.id)(frame)
            return
        entry = None if frame.id is None else session.asked.get(frame.id)
        if entry is None:
            session.refuse_frame("server", "unknown-id")
            return
        if entry.call is not None:
            frame = self._redacted(entry, frame)
        message = self._answers.inspect(entry, frame)
        if entry.call is None:
            # After what it says was held against the pins, which know the server's own words.
            message, _ = session.redacting.other(message, entry.request.method)
        session.reply(entry, message if entry.note is None else noted(message, entry.note))

    def _redacted(self, entry: Open, frame: Result | Failure) -> Result | Failure:
        """The answer to a judged call without what it may not carry, before it is recorded."""
        redacting, method = self._session.redacting, entry.request.method
        if entry.treatment is Treatment.TASK:
            message, counts = redacting.other(frame.message, method)
        else:
            message, counts = redacting.answer(frame.message, method, entry.redact)
        if message is frame.message:
            return frame
        entry.redacted = counts
        if isinstance(frame, Failure):
            return Failure(message, frame.id, message["error"])
        return Result(message, frame.id, message["result"])

    def _request(self, request: Request) -> None:
        session = self._session
        treatment = SERVER_REQUESTS.get(request.method)
        if session.wished.get(request.id) is not None:
            session.refuse_frame("server", "id-in-use")
            return
        if (words := self._untimely(request.id)) is not None:
            session.refuse_frame("server", "too-many-open", request.method)
            answer = replies.error(request.id, replies.INTERNAL_ERROR, words)
            session.send(Unjudged("answer"), answer)
            return
        refusal = self._objection(request, treatment)
        if treatment is not Treatment.PASS:
            refusal = session.recorder.wish(request.method, refusal)
        if refusal is None:
            session.wished.add(Open(request, treatment or Treatment.PASS, session.recorder.now()))
            self._tell(request)
        else:
            session.send(Unjudged("answer"), replies.not_offered(request.id))

    def _untimely(self, id: Id) -> str | None:  # noqa: A002
        """Why the client cannot be asked now."""
        if len(self._session.wished) >= MAX_WISHES:
            return "too many requests of the server's are unanswered"
        if id in self._session.forsaken:
            return "the client may still answer a request of that id, by the server before this one"
        return None

    def _tell(self, frame: Request | Notification) -> None:
        message, _ = self._session.redacting.other(frame.message)
        self._session.tell(message)

    def _objection(self, request: Request, treatment: Treatment | None) -> str | None:
        gate = self._session.gate
        match treatment:
            case None:
                return None if gate.relays_unknown() else "the method is unknown"
            case Treatment.PASS:
                return None
            case Treatment.TASK:
                verbs = {gate.from_server("sampling"), gate.from_server("elicitation")}
                return None if Verb.ALLOW in verbs else "from_server allows no request with tasks"
            case _:
                return objection(request.method, request.params, gate.from_server)

    def _notification(self, frame: Notification) -> None:
        treatment = SERVER_NOTIFICATIONS.get(frame.method)
        if self._passes(frame, treatment):
            self._tell(frame)
        else:
            self._session.refuse_frame("server", "dropped-notification", frame.method)

    def _passes(self, frame: Notification, treatment: Treatment | None) -> bool:
        session = self._session
        match treatment:
            case Treatment.PASS:
                return True
            case Treatment.CHANGED:
                session.catalog.forget(frame.method.split("/")[1])
                return True
            case Treatment.PROGRESS:
                return self._progresses(frame)
            case Treatment.CANCEL:
                return self._cancelled(frame.params.get("requestId"))
            case Treatment.TASK_STATUS:
                return session.knows_task(frame.params.get("taskId")) and self._may_ask(frame)
            case _:
                return session.gate.relays_unknown()

    def _progresses(self, frame: Notification) -> bool:
        session, token = self._session, frame.params.get("progressToken")
        known = session.asked.has_token(token) or (is_id(token) and token in session.task_tokens)
        return known and session.beats.passes(token, frame.params.get("progress"))

    def _may_ask(self, frame: Notification) -> bool:
        refusal = inner_objection(frame.params, self._session.gate.from_server)
        asks = asks_for_input(frame.params)
        return not asks or self._session.recorder.wish(frame.method, refusal) is None

    def _cancelled(self, id: object) -> bool:  # noqa: A002
        """A server may take back its own request, or end a subscription (2026-07-28)."""
        if not is_id(id):
            return False
        if self._session.wished.take(id) is not None:
            return True
        entry = self._session.asked.get(id)
        if entry is None or entry.treatment is not Treatment.LISTEN:
            return False
        self._session.recorder.outcome(entry, "cancelled")
        self._session.close(entry)
        return True
