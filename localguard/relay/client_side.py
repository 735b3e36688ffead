"""What the client says: one line in, through the table, to the server or back."""

from collections.abc import Callable
from typing import Any

from localguard.approvals.desk import Expired
from localguard.policy.decisions import Allow, Deny
from localguard.policy.rules import Verb
from localguard.relay import replies, targets
from localguard.relay.call import Judged
from localguard.relay.exchange import Open
from localguard.relay.frames import (
    Failure,
    Message,
    Notification,
    Refused,
    Request,
    Result,
    likely_id,
    parse,
    split_batch,
)
from localguard.relay.from_server import cut_capabilities, cut_envelope
from localguard.relay.lines import Oversized
from localguard.relay.methods import (
    BATCHING_REVISION,
    CLIENT_INFO,
    CLIENT_NOTIFICATIONS,
    CLIENT_REQUESTS,
    Treatment,
    Unjudged,
)
from localguard.relay.own_listing import OwnListing
from localguard.relay.session import Session


class ClientSide:
    """Handles the lines of the client."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._listing = OwnListing(session)
        self._handlers: dict[Treatment, Callable[[Open], None]] = {
            Treatment.PASS: self._pass,
            Treatment.DISCOVER: self._pass,
            Treatment.LIST: self._pass,
            Treatment.TASKS: self._pass,
            Treatment.INITIALIZE: self._initialize,
            Treatment.TOOL: self._tool,
            Treatment.READ: self._judged,
            Treatment.PROMPT: self._judged,
            Treatment.COMPLETE: self._judged,
            Treatment.LISTEN: self._listen,
            Treatment.TASK: self._task,
        }

    def line(self, line: bytes | Oversized) -> None:
        """One line of the client, without its newline."""
        if isinstance(line, Oversized):
            self._session.recorder.size = len(line.head)
            self._refused(Refused("too-long", id=likely_id(line.head)))
            return
        self._session.recorder.size = len(line)
        self._session.refresh()
        frame = parse(line)
        match frame:
            case Request():
                self._request(frame)
            case Notification():
                self._notification(frame)
            case Result() | Failure():
                self._answer(frame)
            case Refused(reason="batch") if self._session.version == BATCHING_REVISION:
                self._batch(line)
            case Refused():
                self._refused(frame)

    def _batch(self, line: bytes) -> None:
        for member in split_batch(line) or ():
            self.line(member)

    def _refused(self, refused: Refused) -> None:
        self._session.refuse_frame("client", refused.reason, refused.detail)
        if refused.id is not None and self._session.asked.get(refused.id) is None:
            self._session.tell(replies.frame_refused(refused.id, refused.reason, refused.detail))

    def _request(self, request: Request) -> None:
        session = self._session
        if session.asked.get(request.id) is not None:
            session.refuse_frame("client", "id-in-use")
            return
        text_id = isinstance(request.id, str)
        if session.asked.twin(request.id) or (text_id and _reserved(str(request.id))):
            self._refused(Refused("id-in-use", "another request of that id is open", request.id))
            return
        self._learn_client(request)
        treatment = CLIENT_REQUESTS.get(request.method)
        now, size = session.recorder.now(), session.recorder.size
        entry = Open(request, treatment or Treatment.PASS, now, size)
        session.asked.add(entry)
        if treatment is None and not session.gate.relays_unknown():
            session.refuse_frame("client", "unknown-method", request.method)
            session.reply(entry, replies.unknown_method(request.id, request.method))
            return
        self._handlers[entry.treatment](entry)

    def _learn_client(self, request: Request) -> None:
        meta = request.params.get("_meta")
        info = meta.get(CLIENT_INFO) if isinstance(meta, dict) else None
        if request.method == "initialize":
            info = request.params.get("clientInfo")
        name = info.get("name") if isinstance(info, dict) else None
        if isinstance(name, str):
            self._session.gate.client = name

    def _pass(self, entry: Open) -> None:
        self._session.send(Unjudged(entry.request.method), self._outgoing(entry.request))

    def _outgoing(self, request: Request) -> Message:
        params = cut_envelope(request.params, self._session.gate.from_server)
        return (
            request.message if params is request.params else {**request.message, "params": params}
        )

    def _initialize(self, entry: Open) -> None:
        params = entry.request.params
        cut = cut_capabilities(params.get("capabilities"), self._session.gate.from_server)
        message = {**entry.request.message, "params": {**params, "capabilities": cut}}
        self._session.send(Unjudged("initialize"), message)

    def _tool(self, entry: Open) -> None:
        name = entry.request.params.get("name")
        if isinstance(name, str):
            self._listing.ensure(entry, name, lambda listed: self._judge(entry, listed))
        else:
            self._judge(entry, None)

    def _judged(self, entry: Open) -> None:
        self._judge(entry, None)

    def _judge(self, entry: Open, listed: bool | None) -> None:
        target = targets.target_of(entry.request, entry.treatment)
        if target is None:
            words = f"{entry.request.method} lacks what it reaches for"
            self._session.refuse_frame("client", "bad-params", words)
            self._session.reply(
                entry, replies.error(entry.request.id, replies.INVALID_PARAMS, words)
            )
            return
        gate = self._session.gate
        self._session.recorder.size = entry.size
        gate.judge(
            entry.request, target, lambda judged: self._settled(entry, judged), listed=listed
        )

    def _settled(self, entry: Open, judged: Judged) -> None:
        session, request = self._session, entry.request
        entry.call = judged.id
        if not session.is_open(entry):
            session.recorder.outcome(entry, "cancelled")
            return
        match judged.verdict:
            case Allow() as allow:
                session.send(allow, self._outgoing(request))
            case Deny() as deny:
                session.reply(entry, replies.denied(request, judged.target, deny, judged.id))
            case Expired(held):
                message = replies.held(request, judged.target, held.ask, held.id, judged.id)
                session.reply(entry, message)

    def _listen(self, entry: Open) -> None:
        """URIs that are not allowed are taken out, so that the server acknowledges the rest."""
        uris = targets.listened(entry.request)
        if uris is None:
            self._judge(entry, None)
            return
        allowed: list[str] = []
        for uri in uris:
            self._judge_listened(entry, uri, allowed)
        message = self._outgoing(entry.request)
        if len(allowed) != len(uris):
            notifications = {**message["params"]["notifications"], "resourceSubscriptions": allowed}
            message = {**message, "params": {**message["params"], "notifications": notifications}}
        self._session.send(Unjudged("subscriptions/listen"), message)

    def _judge_listened(self, entry: Open, uri: str, allowed: list[str]) -> None:
        def settled(judged: Judged) -> None:
            if isinstance(judged.verdict, Allow):
                allowed.append(uri)
                entry.parts.append(judged.id)

        self._session.gate.judge(entry.request, targets.resource(uri), settled, hold=False)

    def _task(self, entry: Open) -> None:
        task = entry.request.params.get("taskId")
        if isinstance(task, str) and task in self._session.tasks:
            if entry.request.method in ("tasks/get", "tasks/result"):
                entry.call = self._session.tasks[task]
            self._pass(entry)
            return
        words = "no allowed call of this session has started that task"
        self._session.refuse_frame("client", "unknown-task")
        self._session.reply(entry, replies.error(entry.request.id, replies.INVALID_PARAMS, words))

    def _answer(self, frame: Result | Failure) -> None:
        """The client's answer to a request of the server's."""
        if frame.id is None or self._session.wished.take(frame.id) is None:
            self._session.refuse_frame("client", "unknown-id")
            return
        self._session.send(Unjudged("answer"), frame.message)

    def _notification(self, frame: Notification) -> None:
        session = self._session
        treatment = CLIENT_NOTIFICATIONS.get(frame.method)
        if self._passes(frame, treatment):
            session.initialized |= frame.method == "notifications/initialized"
            session.send(Unjudged(frame.method), frame.message)
        elif treatment is not Treatment.CANCEL:
            session.refuse_frame("client", "dropped-notification", frame.method)

    def _passes(self, frame: Notification, treatment: Treatment | None) -> bool:
        match treatment:
            case Treatment.PASS:
                return True
            case Treatment.CANCEL:
                return self._cancelled(frame.params.get("requestId"))
            case Treatment.PROGRESS:
                return self._session.wished.has_token(frame.params.get("progressToken"))
            case Treatment.ROOTS:
                return self._session.gate.from_server("roots") is Verb.ALLOW
            case _:
                return self._session.gate.relays_unknown()

    def _cancelled(self, id: Any) -> bool:  # noqa: A002
        """Whether a cancellation concerns the server: the request was open and had been sent."""
        session = self._session
        entry = session.asked.get(id) if isinstance(id, int | str) else None
        if entry is None or entry.treatment is Treatment.INITIALIZE:
            return False
        waiting = entry.treatment is Treatment.TOOL and entry.call is None
        session.recorder.outcome(entry, "cancelled")
        session.asked.take(entry.request.id)
        return not waiting


def _reserved(id: str) -> bool:  # noqa: A002
    return id.startswith(replies.OWN_PREFIX)
