"""The handshake: passed on, and said again to a server that was started in place of another.

The client keeps its session then. It is told nothing but that the lists have changed; a server that
it would have to be told more about, or that does not answer, gets no calls.
"""

from collections.abc import Callable

from localguard.relay.exchange import Open
from localguard.relay.frames import Failure, Message, Request, Result
from localguard.relay.from_server import cut_capabilities, cut_request
from localguard.relay.methods import HANDSHAKES, Treatment, Unjudged
from localguard.relay.own_listing import OwnListing
from localguard.relay.pinned import KINDS
from localguard.relay.pins import introduction
from localguard.relay.replies import OWN_PREFIX
from localguard.relay.session import Session

REPLAYED = f"{OWN_PREFIX}initialize"
INITIALIZED = "notifications/initialized"
UNANSWERED = (
    "the server was started anew, and has not answered the handshake yet; repeat the call later"
)
RECONNECT = "reconnect this server in the client"


class Greeting:
    """The handshakes of one client."""

    def __init__(self, session: Session, listing: OwnListing) -> None:
        self._session = session
        self._listing = listing
        self._hello: Request | None = None

    def begin(self, entry: Open) -> None:
        """The client greets the server, in the way of one era or the other."""
        if entry.treatment is Treatment.INITIALIZE:
            self._hello = entry.request
        self._session.expect(entry)
        self._send(entry)

    def again(self, done: Callable[[], None], trouble: str | None = None) -> None:
        """Greet a server that has just taken the place of another; `done` once that is over.

        `trouble` says why nothing that runs has taken it.
        """
        session, hello, told = self._session, self._hello, self._session.greeted
        self._listing.restart()
        if trouble is not None:
            session.gate.object(f"{trouble}; {RECONNECT}")
        for entry in session.asked:
            # Whoever still waits for the answer to its own greeting gets it from this server.
            if entry.treatment in HANDSHAKES:
                self._send(entry)
        if trouble is not None or hello is None or told is None:
            self._over(done)
            return
        session.own[REPLAYED] = lambda answer: self._answered(told, answer, done)
        session.send(Unjudged(hello.method), {**self._message(hello), "id": REPLAYED})
        # After that, since what is objected to is offered nothing.
        session.gate.object(UNANSWERED)

    def _answered(self, told: Message, answer: Result | Failure, done: Callable[[], None]) -> None:
        session = self._session
        problem = difference(told, answer)
        session.gate.object(None if problem is None else f"{problem}; {RECONNECT}")
        if problem is None and isinstance(answer, Result):
            self._accept(answer.result)
        self._over(done)

    def _accept(self, result: Message) -> None:
        session = self._session
        take_in(session, result)
        if session.initialized:
            session.send(Unjudged(INITIALIZED), {"jsonrpc": "2.0", "method": INITIALIZED})
            self._listing.begin({})

    def _over(self, done: Callable[[], None]) -> None:
        """What the client knows of lists is out of date, whatever the server is now."""
        for kind in sorted(KINDS.values()):
            self._session.announce(kind)
        self._session.stirred()
        done()

    def _send(self, entry: Open) -> None:
        self._session.send(Unjudged(entry.request.method), self._message(entry.request))

    def _message(self, request: Request) -> Message:
        permission = self._session.gate.from_server
        message, params = cut_request(request, permission), request.params
        if "capabilities" not in params:
            return message
        cut = cut_capabilities(params["capabilities"], permission)
        return {**message, "params": {**message["params"], "capabilities": cut}}


def take_in(session: Session, result: Message) -> None:
    """What a server that has taken the place of another says of itself in its handshake."""
    capabilities = result.get("capabilities")
    session.offered = frozenset(capabilities) if isinstance(capabilities, dict) else None
    session.pins.greeted(*introduction(result))


def difference(told: Message, answer: Result | Failure) -> str | None:
    """What the client would have to be told of, by a handshake of its own."""
    if isinstance(answer, Failure):
        return "the server was started anew, and refuses the handshake"
    if answer.result.get("protocolVersion") != told.get("protocolVersion"):
        return "the server was started anew, and speaks another version of MCP"
    offered, known = answer.result.get("capabilities"), told.get("capabilities")
    if isinstance(known, dict) and not (isinstance(offered, dict) and known.keys() <= {*offered}):
        return "the server was started anew, and offers less than the client was told"
    return None
