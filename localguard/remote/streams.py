"""Streams that are opened by GET: a server's own, and those of requests that broke off.

2025-11-25 basic/transports "Listening for Messages from the Server" and "Resumability".
"""

from typing import Final

import anyio

from localguard.remote.answer import Answer
from localguard.remote.flight import Flight
from localguard.remote.ports import Unanswered
from localguard.remote.reading import LOOK, Cursor, Reading
from localguard.remote.sender import STREAM, Asked, Pairs, Sender
from localguard.remote.sessions import Session
from localguard.remote.sse import Events

_AGAIN: Final = frozenset({0, 200, 408, 425, 429, 500, 502, 503, 504})
"""Statuses of a stream after which it is worth asking for it once more; 0: out of reach."""
_FAILURES: Final = 8
_SLOWEST: Final = 10.0
"""Seconds between two attempts, however often there was no answer."""
_LOOK_FOR_OLD: Final = 3.0


class Streams:
    """Opens the streams of one server."""

    def __init__(self, sender: Sender, reading: Reading) -> None:
        self._sender = sender
        self._reading = reading

    async def resume(self, flight: Flight, session: Session, cursor: Cursor) -> None:
        """Take up the stream of a request where it broke off, until it has answered."""
        failures = 0
        while not flight.answered:
            if cursor.id is None or failures > _FAILURES:
                raise self._broken(flight)
            await anyio.sleep(_pause(cursor, failures))
            status = await self.read(flight, session, cursor)
            if status not in _AGAIN:
                raise self._broken(flight)
            failures = 0 if status == 200 else failures + 1

    def _broken(self, flight: Flight) -> Unanswered:
        if flight.strange:
            what = "answered another request than the one it was asked"
        else:
            what = "broke its answer off, and whether it carried the request out is unknown"
        return self._sender.fault(what, LOOK, unknown=True)

    async def read(self, flight: Flight | None, session: Session, cursor: Cursor) -> int:
        """Read a stream by GET; the status, and 0 where there was no answer.

        Raises Unanswered for what was read and may not be.
        """
        headers = [*session.headers(), ("Accept", STREAM)]
        if cursor.id is not None:
            headers.append(("Last-Event-ID", cursor.id.decode("ascii")))
        spoilt: Unanswered | None = None
        try:
            async with self._sender.send(_get(session, headers)) as answer:
                if not answer.good:
                    await answer.words()
                    return answer.status
                if answer.media != STREAM:
                    return 405
                spoilt = await self._spoilt(flight, answer, cursor)
        except Unanswered:
            return 0
        if spoilt is not None and flight is not None:
            raise spoilt
        return 200

    async def _spoilt(
        self, flight: Flight | None, answer: Answer, cursor: Cursor
    ) -> Unanswered | None:
        try:
            await self._reading.events(flight, answer, cursor)
        except Unanswered as fault:
            return fault
        return None


def _get(session: Session, headers: Pairs) -> Asked:
    return Asked("GET", headers, repeatable=True, holder=session.holder)


def _pause(cursor: Cursor, failures: int) -> float:
    slower = min(0.5 * 2.0**failures, _SLOWEST) if failures else 0.0
    return max(cursor.retry, slower)


async def is_old(sender: Sender) -> bool:
    """Whether a GET is answered with the event `endpoint` (2024-11-05 basic/transports)."""
    with anyio.move_on_after(_LOOK_FOR_OLD):
        try:
            async with sender.send(Asked("GET", [("Accept", STREAM)])) as answer:
                events = Events(4096)
                async for chunk in answer.chunks():
                    for event in events.feed(chunk):
                        return event.name == b"endpoint"
        except Exception:  # noqa: BLE001 -- whatever it is, it is no answer to that question
            return False
    return False
