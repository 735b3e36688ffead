"""What a server says in the body of an answer: one message, or a stream of them.

What is passed on is what was read, so that the relay judges the server's own words. Only the
message whose id is that of the request answers it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import anyio
import orjson

from localguard.remote.answer import MAX_BODY, Answer, TooLarge
from localguard.remote.connection import Cut
from localguard.remote.decoding import Undecodable
from localguard.remote.failures import failure, said
from localguard.remote.flight import Flight
from localguard.remote.ports import Ears, Unanswered
from localguard.remote.sender import STREAM, Sender
from localguard.remote.sse import Event, Events
from localguard.remote.sse import TooLarge as EventTooLarge
from localguard.text import safe

JSON: Final = "application/json"
LOOK: Final = "look at the server whether it was carried out before repeating it"
_CLOSING: Final = 0.5
"""Seconds for a stream to end after its answer."""
_MESSAGES: Final = frozenset({b"message", b""})


@dataclass(slots=True)
class Cursor:
    """Where a stream can be taken up again, and after how many seconds."""

    id: bytes | None = None
    retry: float = 1.0


class Flow:
    """Holds what a server says while the client takes nothing more."""

    def __init__(self) -> None:
        self._open = anyio.Event()
        self._open.set()

    def pause(self) -> None:
        """Read no more."""
        if self._open.is_set():
            self._open = anyio.Event()

    def resume(self) -> None:
        """Read on."""
        self._open.set()

    async def ready(self) -> None:
        """Return when the client takes more."""
        while not self._open.is_set():
            await self._open.wait()


class Reading:
    """Reads the answers of one server."""

    def __init__(self, sender: Sender, ears: Ears, flow: Flow) -> None:
        self._sender = sender
        self._ears = ears
        self._flow = flow

    async def take(self, flight: Flight, answer: Answer, cursor: Cursor) -> None:
        """Read the good answer to a request; a stream may end without it. Raises Unanswered."""
        if answer.status in (202, 204):
            raise self._fault("took the request and announces no answer to it")
        if answer.media == STREAM:
            await self.events(flight, answer, cursor)
        elif answer.media == JSON:
            await self._whole(flight, answer)
        else:
            media = safe(answer.media, 60) or "no type"
            raise self._fault(f"answered with {media}, which is neither JSON nor events")

    async def refused(self, flight: Flight, answer: Answer) -> None:
        """Pass on the error in the body of a failure. Raises Unanswered where there is none."""
        message = said(await answer.words())
        if message is None:
            raise failure(self._sender, answer)
        self.pass_on(flight, message["error"])

    def pass_on(self, flight: Flight, error: Any) -> None:
        """Answer a request with an error of the server's, whatever id that had.

        Raises Unanswered.
        """
        message = {"jsonrpc": "2.0", "id": flight.id, "error": error}
        try:
            line = orjson.dumps(message)
        except TypeError:
            raise self._fault("refused the request in words that are nested too deep") from None
        flight.answered = True
        flight.take(line, message)

    async def events(self, flight: Flight | None, answer: Answer, cursor: Cursor) -> None:
        """Read a stream until it ends, breaks or has answered. Raises Unanswered."""
        try:
            with anyio.CancelScope() as reading:
                await self._events(flight, answer, cursor, reading)
        except Cut:
            return
        except EventTooLarge:
            raise self._fault(f"sent an event of more than {MAX_BODY >> 20} MiB") from None
        except Undecodable:
            raise self._fault("answered in a coding that cannot be undone") from None

    async def _events(
        self, flight: Flight | None, answer: Answer, cursor: Cursor, reading: anyio.CancelScope
    ) -> None:
        events = Events(MAX_BODY)
        async for chunk in answer.chunks():
            for event in events.feed(chunk):
                await self._flow.ready()
                self._event(flight, event, cursor)
            if flight is not None and flight.answered:
                # The connection can be used again, if the stream ends soon.
                reading.deadline = min(reading.deadline, anyio.current_time() + _CLOSING)

    async def _whole(self, flight: Flight, answer: Answer) -> None:
        try:
            body = await answer.body()
        except Cut as cut:
            raise self._fault(f"{cut.what} within its answer") from None
        except TooLarge:
            raise self._fault(f"answered with more than {MAX_BODY >> 20} MiB") from None
        except Undecodable:
            raise self._fault("answered in a coding that cannot be undone") from None
        await self._flow.ready()
        self._message(flight, body)
        if not flight.answered:
            raise self._fault("answered another request than the one it was asked")

    def _event(self, flight: Flight | None, event: Event, cursor: Cursor) -> None:
        if event.retry is not None:
            cursor.retry = min(max(event.retry / 1000, 0.1), 60.0)
        if event.data and event.name in _MESSAGES:
            self._message(flight, event.data)
        if event.id is not None:
            # After the message: what was not taken in is asked for again.
            cursor.id = event.id or None

    def _message(self, flight: Flight | None, data: bytes) -> None:
        try:
            value = orjson.loads(data)
        except ValueError:
            if flight is None:
                # The relay records it.
                self._ears.line(data)
                return
            raise self._fault("answered what is no JSON") from None
        if isinstance(value, list):
            self._batch(flight, data, value)
        elif not isinstance(value, dict) or "method" in value:
            self._wish(flight, data, value)
        elif flight is not None and flight.answers(value):
            if not flight.answered:
                flight.answered = True
                flight.take(data, value)
        elif flight is not None:
            flight.strange = True

    def _wish(self, flight: Flight | None, data: bytes, value: Any) -> None:
        """A message of the server's own; those of 2026-07-28 make no requests."""
        if flight is None or not (flight.modern and isinstance(value, dict) and "id" in value):
            self._ears.line(data)

    def _batch(self, flight: Flight | None, data: bytes, members: Sequence[Any]) -> None:
        """Several messages at once, of the one revision that has them; the relay takes it apart."""
        answers = [m for m in members if isinstance(m, dict) and "method" not in m]
        own = (
            flight is not None
            and not flight.modern
            and flight.method != "initialize"
            and all(flight.answers(one) for one in answers)
        )
        if not members or (answers and not own):
            if flight is not None:
                flight.strange = True
            return
        if flight is not None and answers:
            flight.answered = True
            self._ears.line(data, flight.id)
        else:
            self._ears.line(data)

    def _fault(self, what: str) -> Unanswered:
        return self._sender.fault(what, LOOK, unknown=True)
