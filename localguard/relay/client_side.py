"""What the client says: one line in, through the table, to the server or back."""

from collections.abc import Callable
from typing import Final

from localguard.relay import replies
from localguard.relay.client_calls import ClientCalls
from localguard.relay.client_notes import ClientNotes
from localguard.relay.elicited_offer import Pages
from localguard.relay.elicited_sign_in import ElicitedSignIn
from localguard.relay.exchange import Open
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
from localguard.relay.from_server import cut_request
from localguard.relay.greeting import Greeting
from localguard.relay.lines import Oversized
from localguard.relay.methods import (
    CLIENT_INFO,
    CLIENT_REQUESTS,
    MODERN,
    REMOVED,
    Treatment,
    Unjudged,
    era,
)
from localguard.relay.own_listing import OwnListing
from localguard.relay.session import Session

_OF_ANOTHER: Final = (
    "another person has begun that task, and its result is theirs; they can fetch it once they are "
    "signed in again (localguard whoami says who is now)"
)


class ClientSide:
    """Handles the lines of the client."""

    def __init__(self, session: Session, pages: Pages | None = None) -> None:
        """`pages` are where a person can sign in again."""
        self._session = session
        self._signing_in = ElicitedSignIn(session, pages)
        self._listing = listing = OwnListing(session)
        self.greeting = greeting = Greeting(session, listing)
        self._notes = ClientNotes(session, listing)
        calls = ClientCalls(session, listing, self._signing_in)
        self._handlers: dict[Treatment, Callable[[Open], None]] = {
            Treatment.PASS: self._pass,
            Treatment.DISCOVER: greeting.begin,
            Treatment.LIST: self._list,
            Treatment.TASKS: self._pass,
            Treatment.INITIALIZE: greeting.begin,
            Treatment.TOOL: calls.tool,
            Treatment.READ: calls.item,
            Treatment.PROMPT: calls.item,
            Treatment.COMPLETE: calls.completion,
            Treatment.LISTEN: calls.listen,
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
            self._notes.take(frame)
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
        elif refused.answers and session.awaits(id_):
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
        self._signing_in.learn(request)
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
        message = cut_request(entry.request, self._session.gate.from_server)
        self._session.send(Unjudged(entry.request.method), message)

    def _list(self, entry: Open) -> None:
        self._pass(entry)
        if era(entry.request.params) == MODERN:
            self._listing.begin(entry.request.params)

    def _task(self, entry: Open) -> None:
        task = entry.request.params.get("taskId")
        if self._session.knows_task(task):
            if entry.request.method in ("tasks/get", "tasks/result"):
                entry.call, entry.person = self._session.tasks[task]
            self._pass(entry)
            return
        other = self._session.is_of_another(task)
        words = _OF_ANOTHER if other else "no allowed call of this session has started that task"
        self._session.refuse_frame("client", "task-of-another" if other else "unknown-task")
        self._session.reply(entry, replies.error(entry.request.id, replies.INVALID_PARAMS, words))

    def _answer(self, frame: Result | Failure) -> None:
        """The client's answer to a request of the server's."""
        if frame.id is None or not self._session.awaits(frame.id):
            self._session.refuse_frame("client", "unknown-id")
            return
        self._session.send(Unjudged("answer"), frame.message)
