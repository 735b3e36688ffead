"""Servers of 2026-07-28: every request stands alone, and its headers mirror it.

Its basic/transports "Streamable HTTP". There is no session and no way back to a stream: one that
broke leaves the outcome unknown, and whoever asked decides.
"""

from typing import Any, Final

import orjson

from localguard.remote.answer import Answer
from localguard.remote.failures import failure, is_modern, said
from localguard.remote.flight import LISTEN, PROBE, Flight
from localguard.remote.header_values import (
    VERSION,
    Marked,
    Misannotated,
    marked,
    parameter_headers,
    standard_headers,
)
from localguard.remote.ports import (
    HEADER_MISMATCH,
    METHOD_NOT_FOUND,
    Ears,
    Message,
    Unanswered,
)
from localguard.remote.reading import JSON, LOOK, Cursor, Reading
from localguard.remote.sender import ANY, Asked, Sender
from localguard.text import safe

LIST: Final = "tools/list"
CALL: Final = "tools/call"
OWN_ID: Final = "localguard:headers"
MAX_PAGES: Final = 100
_ENVELOPE: Final = (
    VERSION,
    "io.modelcontextprotocol/clientCapabilities",
    "io.modelcontextprotocol/clientInfo",
)


class Modern:
    """Asks a server of 2026-07-28."""

    def __init__(self, sender: Sender, reading: Reading, ears: Ears) -> None:
        self._sender = sender
        self._reading = reading
        self._ears = ears
        self._marked: dict[str, Marked] = {}
        self._dropped: set[tuple[str, str]] = set()

    async def ask(self, flight: Flight) -> None:
        """Have a request answered. Raises Unanswered."""
        if flight.method == LIST:
            take = flight.take
            flight.take = lambda data, message: take(*self._watched(data, message))
        if not await self._asked(flight, last=flight.method != CALL):
            await self._list_anew(flight)
            await self._asked(flight, last=True)

    async def tell(self, flight: Flight) -> None:
        """Send a notification. Raises Unanswered."""
        async with self._sender.send(self._post(flight)) as answer:
            if not answer.good:
                raise failure(self._sender, answer)
            await answer.rest(0.5)

    async def _asked(self, flight: Flight, *, last: bool) -> bool:
        """Ask; False where the headers did not mirror the body, and nothing was done."""
        async with self._sender.send(self._post(flight)) as answer:
            if answer.good:
                await self._reading.take(flight, answer, Cursor())
            elif not await self._refused(flight, answer, last=last):
                return False
        if not flight.answered:
            raise self._broken(flight)
        return True

    async def _refused(self, flight: Flight, answer: Answer, *, last: bool) -> bool:
        message = said(await answer.words())
        if not last and message is not None and message["error"]["code"] == HEADER_MISMATCH:
            return False
        if flight.method == PROBE and answer.status not in (401, 403) and not is_modern(message):
            # Any other error tells a client of both eras to begin with `initialize`.
            text = f"localguard: no server of 2026-07-28 (HTTP {answer.status})"
            self._reading.pass_on(flight, {"code": METHOD_NOT_FOUND, "message": text})
        elif message is not None:
            self._reading.pass_on(flight, message["error"])
        else:
            raise failure(self._sender, answer)
        return True

    def _broken(self, flight: Flight) -> Unanswered:
        if flight.method == LISTEN:
            what = "ended the subscription, and what has changed since then is unknown"
            return self._sender.fault(what, "subscribe again, and list anew")
        if flight.strange:
            what = "answered another request than the one it was asked"
        else:
            what = "broke its answer off, and whether it carried the request out is unknown"
        return self._sender.fault(what, LOOK, unknown=True)

    def _post(self, flight: Flight) -> Asked:
        headers = [("Accept", ANY), ("Content-Type", JSON), *standard_headers(flight.message)]
        if flight.method == CALL:
            properties = self._marked.get(str(flight.params.get("name")), {})
            headers += parameter_headers(properties, flight.params.get("arguments"))
        return Asked("POST", headers, flight.data, flight.repeatable, flight.left, flight.holder)

    async def _list_anew(self, refused: Flight) -> None:
        """Learn the tools anew for a call that was refused, by a listing of our own."""
        cursor: Any = None
        for _ in range(MAX_PAGES):
            page = await self._page(refused, cursor)
            result = page.get("result")
            cursor = result.get("nextCursor") if isinstance(result, dict) else None
            if not isinstance(cursor, str):
                return

    async def _page(self, refused: Flight, cursor: str | None) -> Message:
        meta = refused.params["_meta"]
        params: Message = {} if cursor is None else {"cursor": cursor}
        params["_meta"] = {key: meta[key] for key in _ENVELOPE if key in meta}
        message = {"jsonrpc": "2.0", "id": OWN_ID, "method": LIST, "params": params}
        pages: list[Message] = []
        data, holder = orjson.dumps(message), refused.holder
        flight = Flight(message, data, lambda _, page: pages.append(page), holder)
        await self.ask(flight)
        return pages[0]

    def _watched(self, data: bytes, message: Message) -> tuple[bytes, Message]:
        """A page of tools without those whose annotations are not as they must be."""
        result = message.get("result")
        tools = result.get("tools") if isinstance(result, dict) else None
        if not isinstance(result, dict) or not isinstance(tools, list):
            return data, message
        kept = [tool for tool in tools if self._learned(tool)]
        if len(kept) == len(tools):
            return data, message
        fewer = {**message, "result": {**result, "tools": kept}}
        try:
            return orjson.dumps(fewer), fewer
        except TypeError:
            # Nested deeper than the relay takes, which refuses the whole of it.
            return data, message

    def _learned(self, tool: object) -> bool:
        """Take in what the headers of a tool's calls mirror; False for one that may not be."""
        if not isinstance(tool, dict) or not isinstance(name := tool.get("name"), str):
            return True
        try:
            self._marked[name] = marked(tool.get("inputSchema"))
        except Misannotated as why:
            self._tell_dropped(name, str(why))
            return False
        return True

    def _tell_dropped(self, name: str, why: str) -> None:
        if (name, why) not in self._dropped and len(self._dropped) < MAX_PAGES:
            self._dropped.add((name, why))
            self._ears.trouble(f"the tool {safe(name, 80)} is left out of the list: {why}")
