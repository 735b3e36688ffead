"""Servers of 2025-03-26 to 2025-11-25: sessions, and streams that are taken up again.

Their basic/transports "Streamable HTTP". A request is asked a second time only after 404, by which
a server says that it did not know the session.
"""

from functools import partial
from typing import Final

import anyio
import orjson

from localguard.remote.answer import Answer
from localguard.remote.failures import OLD, failure, may_be_old, said
from localguard.remote.flight import Flight, Taken
from localguard.remote.ports import Ears, Message, Unanswered
from localguard.remote.reading import JSON, Cursor, Reading
from localguard.remote.sender import ANY, Asked, Sender
from localguard.remote.sessions import SESSION_ID, Session, forgotten, session_of
from localguard.remote.streams import Streams, is_old
from localguard.remote.theirs import until_theirs, while_theirs

INITIALIZE: Final = "initialize"
INITIALIZED: Final = "notifications/initialized"
OWN_ID: Final = "localguard:session"
_NO_STREAM: Final = frozenset({401, 403, 404, 405, 406, 410, 501})
"""Statuses of a server that has no stream of its own, or none for this token."""
_SLOWEST: Final = 30.0


class Legacy:
    """One client's sessions with one server, one after another."""

    def __init__(self, sender: Sender, reading: Reading, ears: Ears) -> None:
        self._sender = sender
        self._reading = reading
        self._ears = ears
        self._streams = Streams(sender, reading)
        self._session = Session()
        self._hello: Message | None = None
        self._initialized: bytes | None = None
        self._lock = anyio.Lock()
        self._news = anyio.Event()
        self._listening = anyio.CancelScope()

    async def ask(self, flight: Flight) -> None:
        """Have a request answered. Raises Unanswered."""
        if flight.method == INITIALIZE:
            self._session = Session(holder=flight.holder)
            self._hello, self._initialized = flight.message, None
            await self._greet(flight)
            return
        session = self._session
        if self._is_theirs(flight, session) and await self._asked(flight, session):
            return
        if not await self._asked(flight, await self._renewed(session, flight.holder)):
            raise self._sender.fault("forgets its sessions at once (HTTP 404)", "restart it")

    async def tell(self, flight: Flight) -> None:
        """Send what has no answer. Raises Unanswered."""
        session = self._session
        known = self._is_theirs(flight, session) and await self._told(flight, session)
        if not known and flight.method:
            # An answer would mean nothing to a session that has not asked.
            await self._told(flight, await self._renewed(session, flight.holder))
        if flight.method == INITIALIZED:
            self._initialized = flight.data
            self._listen_anew()

    def _is_theirs(self, flight: Flight, session: Session) -> bool:
        """Whether the session was begun for whose message it is, if it was begun at all."""
        return self._hello is None or flight.holder == session.holder

    async def listen(self) -> None:
        """Hear what the server says by itself, in one session after another."""
        while True:
            await self._news.wait()
            self._news = anyio.Event()
            with anyio.CancelScope() as self._listening:
                await self._attend(self._session)

    async def leave(self) -> None:
        """Tell the server that its session is over; whether it hears that is its own affair."""
        session = self._session
        if session.id is None:
            return
        asked = Asked("DELETE", session.headers(), repeatable=True, holder=session.holder)
        try:
            async with self._sender.send(asked) as answer:
                await answer.words()
        except Unanswered:
            return

    async def _asked(self, flight: Flight, session: Session) -> bool:
        """Ask in a session; False where the server does not know it."""
        cursor = Cursor()
        async with self._sender.send(_post(flight, session)) as answer:
            if answer.good:
                await self._reading.take(flight, answer, cursor)
            elif not await self._refused(flight, answer, session):
                return False
        if not flight.answered:
            await self._streams.resume(flight, session, cursor)
        return True

    async def _refused(self, flight: Flight, answer: Answer, session: Session) -> bool:
        """Answer with the server's own error; False if the session is the reason."""
        message = said(await answer.words())
        if forgotten(answer.status, message, session, flight):
            return False
        if message is None:
            raise failure(self._sender, answer)
        self._reading.pass_on(flight, message["error"])
        return True

    async def _told(self, flight: Flight, session: Session) -> bool:
        async with self._sender.send(_post(flight, session)) as answer:
            if answer.good:
                await answer.rest(0.5)
                return True
            if forgotten(answer.status, said(await answer.words()), session, flight):
                return False
            raise failure(self._sender, answer)

    async def _greet(self, flight: Flight) -> None:
        """Begin a session with a request `initialize`."""
        cursor, take = Cursor(), flight.take
        nobodys = Session(holder=flight.holder)
        async with self._sender.send(_post(flight, nobodys)) as answer:
            id_ = self._id_in(answer)

            def met(data: bytes, message: Message) -> None:
                self._session = session_of(id_, message, flight.holder)
                take(data, message)

            flight.take = met
            if answer.good:
                await self._reading.take(flight, answer, cursor)
            else:
                await self._unmet(flight, answer)
        if not flight.answered:
            await self._streams.resume(flight, nobodys._replace(id=id_), cursor)

    def _id_in(self, answer: Answer) -> str | None:
        id_ = answer.headers.get("mcp-session-id")
        if id_ is not None and SESSION_ID.fullmatch(id_) is None:
            what = "names its session with what is no visible ASCII (Mcp-Session-Id)"
            raise self._sender.fault(what, "update the server")
        return id_

    async def _unmet(self, flight: Flight, answer: Answer) -> None:
        """The server refuses the handshake; one of 2024-11-05 is named as such."""
        message = said(await answer.words())
        if message is not None:
            self._reading.pass_on(flight, message["error"])
        elif may_be_old(answer.status) and await is_old(self._sender):
            raise self._sender.fault(*OLD)
        else:
            raise failure(self._sender, answer)

    async def _renewed(self, gone: Session, holder: object) -> Session:
        """The session in place of one that is gone, or another person's; begun once for all."""
        async with self._lock:
            if self._session is not gone:
                return self._session
            if self._hello is None:
                raise self._sender.fault("does not know the session", "reconnect in the client")
            said: list[bytes] = []
            hello = {**self._hello, "id": OWN_ID}
            take: Taken = lambda line, _: said.append(line)  # noqa: E731
            flight = Flight(hello, orjson.dumps(hello), take, holder)
            await self._greet(flight)
            objection = self._ears.met_again(said[0])
            if objection is not None:
                raise self._sender.fault(f"began anew: {objection}", "reconnect it in the client")
            if self._initialized is not None:
                note = Flight({"method": INITIALIZED}, self._initialized, flight.take, holder)
                await self._told(note, self._session)
                self._listen_anew()
            return self._session

    def _listen_anew(self) -> None:
        self._news.set()
        self._listening.cancel()

    async def _attend(self, session: Session) -> None:
        """Keep a session's stream open while its person is signed in, and again once they are."""
        follow = partial(self._follow, session)
        while not await while_theirs(self._sender, session.holder, follow):
            await until_theirs(self._sender, session.holder)

    async def _follow(self, session: Session) -> None:
        """Keep the stream of a session open, for as long as it lasts."""
        cursor, idle, opened = Cursor(), 0, False
        while self._session is session:
            begun = anyio.current_time()
            status = await self._streams.read(None, session, cursor)
            opened = opened or status == 200
            if status == 404 and opened and session.id is not None:
                # Where it never was, it is the stream that is not known, and no session lost.
                await self._try_renewing(session)
            elif status in _NO_STREAM:
                return
            lasted = anyio.current_time() - begun
            idle = 0 if status == 200 and lasted > _SLOWEST else min(idle + 1, 6)
            # A server that closes at once is asked ever more rarely.
            await anyio.sleep(max(cursor.retry, min(0.5 * 2.0**idle, _SLOWEST)))

    async def _try_renewing(self, session: Session) -> None:
        try:
            await self._renewed(session, session.holder)
        except Unanswered as fault:
            self._ears.trouble(fault.explain())


def _post(flight: Flight, session: Session) -> Asked:
    headers = [*session.headers(), ("Accept", ANY), ("Content-Type", JSON)]
    return Asked("POST", headers, flight.data, flight.repeatable, flight.left, session.holder)
