"""A server with a URL beside the session: what it says goes the way of a process's lines.

What is no line, an answer that will not come or a session that the server began anew, is told to
the session here. Whoever composes the guard makes the link; nothing of the network is known.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from localguard.audit.records import ServerEvent
from localguard.relay import replies
from localguard.relay.frames import Failure, Id, Result, parse
from localguard.relay.greeting import RECONNECT, difference, take_in
from localguard.relay.listing import Catalog
from localguard.relay.server_side import ServerSide
from localguard.relay.session import Session
from localguard.text import safe


class Link(Protocol):
    """A reader and a writer of lines in one (`pipes`), that has to be run."""

    def write(self, data: bytes) -> None:
        """Take a line. Never blocks, never raises."""
        ...

    def pause(self) -> None:
        """Hear no more, so that the server feels it."""
        ...

    def resume(self) -> None:
        """Hear again."""
        ...

    def close(self) -> None:
        """Take no more lines."""
        ...

    async def drained(self) -> None:
        """Return when the server has taken everything."""
        ...

    async def answered(self) -> None:
        """Return when no request waits for its answer."""
        ...

    async def run(self) -> None:
        """Carry lines until `stop`."""
        ...

    async def stop(self) -> None:
        """End all that is on its way, and the session, in at most half a second."""
        ...


class Loss(Protocol):
    """A request that stays without an answer (`localguard.remote.ports.Lost`)."""

    @property
    def id(self) -> Id:
        """Its id."""
        ...

    @property
    def words(self) -> str:
        """Why, for a person."""
        ...

    @property
    def unknown(self) -> bool:
        """Whether the server may have carried it out."""
        ...

    @property
    def code(self) -> int | None:
        """The code of the error, None for the relay's own."""
        ...


class Hears(Protocol):
    """Who hears a remote server (`localguard.remote.ports.Ears`)."""

    def line(self, line: bytes, answers: Id | None = None) -> None:
        """A message of the server's; `answers` is the request that nothing else will answer."""
        ...

    def lost(self, lost: Loss) -> None:
        """A request stays without an answer."""
        ...

    def met_again(self, answer: bytes) -> str | None:
        """The server began a new session; why no call may go there, if so."""
        ...

    def trouble(self, words: str, *, unreachable: bool = False) -> None:
        """Something that a person should know of; `unreachable`: there is no server."""
        ...


class Ears:
    """Hears a remote server for one session. Implements `Hears`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._side = ServerSide(session)

    def line(self, line: bytes, answers: Id | None = None) -> None:
        """A message of the server's; what it should have answered and does not, gets an error."""
        self._side.line(line)
        if answers is not None:
            self.lost(_Unfit(answers))

    def lost(self, lost: Loss) -> None:
        """Answer a request that the server has left open, and record what became of it."""
        session, code = self._session, lost.code or replies.SERVER_GONE
        message = replies.error(lost.id, code, lost.words)
        if isinstance(lost.id, str) and lost.id in session.own:
            session.own.pop(lost.id)(Failure(message, lost.id, message["error"]))
            return
        entry = session.asked.get(lost.id)
        if entry is None:
            return
        session.recorder.outcome(entry, "unknown" if lost.unknown else "error", code)
        message, _ = session.redacting.other(message, entry.request.method)
        session.reply(entry, message)

    def met_again(self, answer: bytes) -> str | None:
        """Compare what the server says of itself in a new session with what the client was told.

        What it lists counts as unknown until it was listed anew. Returns why no call may reach it.
        """
        session, told = self._session, self._session.greeted
        session.forsake()
        session.catalog = Catalog()
        session.tasks.clear()
        if told is None:
            return None
        frame = parse(answer)
        problem = difference(told, frame) if isinstance(frame, Result | Failure) else _NONE
        session.gate.object(None if problem is None else f"{problem}; {RECONNECT}")
        if problem is None and isinstance(frame, Result):
            take_in(session, frame.result)
        return problem

    def trouble(self, words: str, *, unreachable: bool = False) -> None:
        """Tell the person on stderr, and record that there is no server."""
        session = self._session
        if unreachable:
            session.recorder.tell(ServerEvent(event="unresponsive", detail=safe(words, 400)))
        session.warn(f"localguard: {safe(session.gate.server)}: {words}")


Opening = Callable[[Hears, Callable[[bool], None]], Link]
"""Makes the link of a server for who hears it; told when the server falls behind its client."""


class Reachable(NamedTuple):
    """A server with a URL: how it is spoken to, and why there is no token for it without a person.

    `lacking` tells what is known by now, and never blocks.
    """

    opening: Opening
    lacking: Callable[[], str | None]


class _Unfit(NamedTuple):
    """A request whose answer was none that may be passed on."""

    id: Id
    words: str = (
        "the server's answer was refused: it is no message, or read differently by some; look at "
        "the server whether it was carried out before repeating it"
    )
    unknown: bool = True
    code: int | None = None


_NONE: Final = "the server was started anew, and answers the handshake with what is no message"
