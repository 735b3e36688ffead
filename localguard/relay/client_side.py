"""What the client says: one line in, through the table, to the server or back."""

from collections.abc import Callable

from localguard.policy.decisions import Allow, Deny
from localguard.policy.rules import Verb
from localguard.relay import replies, targets
from localguard.relay.edited import change_note, with_arguments
from localguard.relay.exchange import Open, is_id
from localguard.relay.frames import (
    Failure,
    Frame,
    Id,
    Message,
    Notification,
    Refused,
    Request,
    Result,
    parse,
    split_batch,
    too_long,
)
from localguard.relay.from_server import cut_capabilities, cut_envelope
from localguard.relay.judged import Judged
from localguard.relay.lines import Oversized
from localguard.relay.methods import (
    CLIENT_INFO,
    CLIENT_NOTIFICATIONS,
    CLIENT_REQUESTS,
    JUDGED,
    MODERN,
    REMOVED,
    Treatment,
    Unjudged,
    era,
)
from localguard.relay.own_listing import OwnListing
from localguard.relay.pinned import KINDS
from localguard.relay.session import Answered, Session

REPLAYED = f"{replies.OWN_PREFIX}initialize"
NOT_HELD = "this kind of request cannot be held"


class ClientSide:
    """Handles the lines of the client."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._listing = OwnListing(session)
        self._hello: Request | None = None
        self._handlers: dict[Treatment, Callable[[Open], None]] = {
            Treatment.PASS: self._pass,
            Treatment.DISCOVER: self._discover,
            Treatment.LIST: self._list,
            Treatment.TASKS: self._pass,
            Treatment.INITIALIZE: self._initialize,
            Treatment.TOOL: self._tool,
            Treatment.READ: self._judged,
            Treatment.PROMPT: self._judged,
            Treatment.COMPLETE: self._completed,
            Treatment.LISTEN: self._listen,
            Treatment.TASK: self._task,
        }

    def line(self, line: bytes | Oversized) -> None:
        """One line of the client, without its newline."""
        session = self._session
        if isinstance(line, Oversized):
            session.recorder.size = line.size
            self._refused(too_long(line.head, line.tail))
            return
        session.recorder.size = len(line)
        session.refresh()
        frame = parse(line)
        members = split_batch(line) if session.takes_apart(frame) else None
        if not members:
            self._frame(frame)
        for member in members or ():
            self._frame(parse(member))

    def _frame(self, frame: Frame | Refused) -> None:
        if isinstance(frame, Request):
            self._request(frame)
        elif isinstance(frame, Notification):
            self._notification(frame)
        elif isinstance(frame, Refused):
            self._refused(frame)
        else:
            self._answer(frame)

    def _refused(self, refused: Refused) -> None:
        session, id_ = self._session, refused.id
        session.refuse_frame("client", refused.reason, refused.detail)
        if id_ is None:
            return
        if refused.asks and session.asked.get(id_) is None:
            session.tell(replies.frame_refused(id_, refused.reason, refused.detail))
        elif refused.answers and session.wished.take(id_) is not None:
            words = f"the client's answer was refused ({refused.reason})"
            session.send(Unjudged("answer"), replies.error(id_, replies.INTERNAL_ERROR, words))

    def _request(self, request: Request) -> None:
        session = self._session
        if session.asked.get(request.id) is not None:
            session.refuse_frame("client", "id-in-use")
            return
        if reason := self._unfit_id(request.id):
            self._refused(Refused(reason, id=request.id, asks=True))
            return
        self._learn_client(request)
        treatment = CLIENT_REQUESTS.get(request.method)
        now, size = session.recorder.now(), session.recorder.size
        entry = Open(request, treatment or Treatment.PASS, now, size)
        session.asked.add(entry)
        removed = request.method in REMOVED and era(request.params) == MODERN
        if removed or (treatment is None and not session.gate.relays_unknown()):
            session.refuse_frame("client", "unknown-method", request.method)
            session.reply(entry, replies.unknown_method(request.id, request.method))
            return
        self._handlers[entry.treatment](entry)

    def _unfit_id(self, id: Id) -> str | None:  # noqa: A002
        """Some peers take 7 and "7" for one id, and the guard needs ids of its own."""
        if self._session.asked.twin(id):
            return "id-in-use"
        reserved = isinstance(id, str) and id.startswith(replies.OWN_PREFIX)
        return "reserved-id" if reserved else None

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

    def _list(self, entry: Open) -> None:
        self._pass(entry)
        if era(entry.request.params) == MODERN:
            self._listing.begin(entry.request.params)

    def _outgoing(self, request: Request) -> Message:
        params = cut_envelope(request.params, self._session.gate.from_server)
        return (
            request.message if params is request.params else {**request.message, "params": params}
        )

    def _initialize(self, entry: Open) -> None:
        self._hello = entry.request
        self._session.expect(entry)
        self._session.send(Unjudged("initialize"), self._greeting(entry.request))

    def _greeting(self, request: Request) -> Message:
        message, params = self._outgoing(request), request.params
        if "capabilities" not in params:
            return message
        cut = cut_capabilities(params["capabilities"], self._session.gate.from_server)
        return {**message, "params": {**message["params"], "capabilities": cut}}

    def replay(self, answered: Answered) -> None:
        """Greet a server that was started anew as the client has greeted the one before."""
        session, hello = self._session, self._hello
        if hello is not None:
            session.own[REPLAYED] = answered
            session.send(Unjudged("initialize"), {**self._greeting(hello), "id": REPLAYED})

    def replay_initialized(self) -> None:
        """The replayed handshake is done."""
        if self._session.initialized:
            note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
            self._session.send(Unjudged("notifications/initialized"), note)

    def restarted(self) -> None:
        """What the client knows of lists is out of date, and the guard lists anew."""
        self._listing = OwnListing(self._session)
        if self._session.initialized:
            self._listing.begin({})
        for kind in sorted(KINDS.values()):
            self._session.announce(kind)

    def _discover(self, entry: Open) -> None:
        self._session.expect(entry)
        self._pass(entry)

    def _tool(self, entry: Open) -> None:
        name = entry.request.params.get("name")
        if isinstance(name, str):
            self._listing.ensure(entry, name, lambda listed: self._judge(entry, listed))
        else:
            self._judge(entry, None)

    def _judged(self, entry: Open) -> None:
        self._judge(entry, None)

    def _completed(self, entry: Open) -> None:
        """Nobody is asked about what a person has half typed."""
        self._judge(entry, None, unheld=NOT_HELD)

    def _judge(self, entry: Open, listed: bool | None, *, unheld: str | None = None) -> None:
        target = targets.target_of(entry.request, entry.treatment)
        if target is None:
            words = f"{entry.request.method} lacks what it reaches for"
            self._session.refuse_frame("client", "bad-params", words)
            self._session.reply(
                entry, replies.error(entry.request.id, replies.INVALID_PARAMS, words)
            )
            return
        session = self._session
        session.recorder.size = entry.size
        session.gate.judge(
            session.standing,
            entry,
            target,
            lambda judged: self._settled(entry, judged),
            listed=listed,
            progress=session.beats.begin(entry),
            unheld=unheld if session.is_open(entry) else "the client has taken it back",
        )

    def _settled(self, entry: Open, judged: Judged) -> None:
        """After what was said while the call was held: clients drop a token with its answer."""
        self._session.beats.when_quiet(entry, lambda: self._deliver(entry, judged))

    def _deliver(self, entry: Open, judged: Judged) -> None:
        session, request = self._session, entry.request
        verdict, target = judged.verdict, judged.call.target
        if not session.is_open(entry):
            self._too_late(entry, judged)
            return
        entry.call = judged.id
        if isinstance(verdict, Allow):
            entry.redact = verdict.duties.redact
            session.send(verdict, self._allowed(entry, judged))
            session.gate.sent(judged, session.standing)
        elif isinstance(verdict, Deny):
            session.reply(entry, replies.denied(request, target, verdict, judged.id))
        else:
            session.reply(entry, replies.held(request, target, verdict))

    def _allowed(self, entry: Open, judged: Judged) -> Message:
        """The message of an allowed call, with the arguments that a person has changed, if any."""
        message = self._outgoing(entry.request)
        if judged.edited is None:
            return message
        entry.note = change_note(entry.request, judged.edited)
        return with_arguments(message, judged.edited)

    def _too_late(self, entry: Open, judged: Judged) -> None:
        """The client has taken its request back meanwhile."""
        if isinstance(judged.verdict, Allow):
            entry.call = judged.id
            self._session.recorder.outcome(entry, "cancelled")
            self._session.gate.unsent(judged)

    def _listen(self, entry: Open) -> None:
        """What is not allowed is taken out, so that the server acknowledges the rest."""
        uris = targets.listened(entry.request)
        if uris is None:
            self._judge(entry, None)
            return
        message, session = self._outgoing(entry.request), self._session
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
        session.gate.judge(session.standing, entry, target, verdicts.append, unheld=NOT_HELD)
        allowed = [judged for judged in verdicts if isinstance(judged.verdict, Allow)]
        for judged in allowed:
            entry.parts.append(judged.id)
            session.gate.sent(judged, session.standing)
        return bool(allowed)

    def _task(self, entry: Open) -> None:
        task = entry.request.params.get("taskId")
        if self._session.knows_task(task):
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
            if frame.method == "notifications/initialized":
                self._listing.begin({})
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

    def _cancelled(self, id: object) -> bool:  # noqa: A002
        """Whether a cancellation concerns the server: the request was open and had been sent."""
        session = self._session
        entry = session.asked.get(id) if is_id(id) else None
        if entry is None or entry.treatment is Treatment.INITIALIZE:
            return False
        waiting = entry.treatment in JUDGED and entry.call is None
        session.recorder.outcome(entry, "cancelled")
        session.close(entry)
        return not waiting
