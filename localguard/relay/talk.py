"""Questions to a server without a client: the handshake, and all that it lists.

Speaks the legacy protocol (2025-11-25 basic/lifecycle), as a client that can do all that the
profile lets servers ask for, since some servers list more for such. What it asks for is not done.
"""

from collections.abc import Callable, Collection
from typing import Final

import anyio

from localguard import __version__
from localguard.errors import ServerFault
from localguard.policy.pins import Account, Definition, Family, Greeting, Identity
from localguard.relay import replies
from localguard.relay.frames import Failure, Message, Request, Result, emit, parse
from localguard.relay.lines import Oversized
from localguard.relay.listing import SHELVES
from localguard.relay.own_listing import LISTED, MAX_PAGES
from localguard.relay.session import Sink
from localguard.text import safe

PATIENCE: Final = 30.0
"""Seconds for each answer; the first one may wait for an installation."""
ROOM: Final = 32 * 1024 * 1024
"""Bytes of answers that are kept."""
_VERSION: Final = "2025-11-25"
_LAST_WORDS: Final = 5


async def account(talk: "Talk", identity: Identity, wishes: Collection[str]) -> Account:
    """What a server says of itself. Raises ServerFault."""
    hello = await talk.ask(
        "initialize",
        {
            "protocolVersion": _VERSION,
            "capabilities": {wish: {} for wish in sorted(wishes)},
            "clientInfo": {"name": "localguard", "version": __version__},
        },
    )
    if hello is None:
        raise talk.fault("refuses the handshake")
    talk.tell({"jsonrpc": "2.0", "method": "notifications/initialized"})
    info, said = hello.get("serverInfo"), hello.get("instructions")
    greeting = Greeting(
        info if isinstance(info, dict) else {}, said if isinstance(said, str) else None
    )
    definitions: dict[str, Definition] = {}
    listed: set[Family] = set()
    offered = hello.get("capabilities")
    for method, (capability, family) in LISTED.items():
        if isinstance(offered, dict) and capability in offered:
            whole = await _listed(talk, method, family, definitions)
            listed |= {family} if whole else set()
    return Account(identity, greeting, definitions, frozenset(listed))


async def _listed(
    talk: "Talk", method: str, family: Family, definitions: dict[str, Definition]
) -> bool:
    """Take in all pages of a list; whether it came to its end. Of two of one name the first."""
    shelf, params = SHELVES[method], Message()
    for _ in range(MAX_PAGES):
        page = await talk.ask(method, params)
        entries = None if page is None else page.get(shelf.member)
        if page is None or not isinstance(entries, list):
            return False
        for entry in entries:
            name = entry.get(shelf.key) if isinstance(entry, dict) else None
            if isinstance(name, str):
                definition = Definition(family, name, entry)
                definitions.setdefault(definition.item, definition)
        cursor = page.get("nextCursor")
        if cursor is None:
            return True
        params = {"cursor": cursor}
    return False


class Talk:
    """Questions to a server, one at a time; what else it says is answered or left."""

    def __init__(self, patience: float, room: int, fix: str) -> None:
        """`fix` is what a person does about a server that does not answer."""
        self._patience = patience
        self._fix = fix
        self._count = 0
        self._room = room
        self._answer: Result | Failure | None = None
        self._why: str | None = None
        self._heard = anyio.Event()
        self._ended = False
        self._errors: list[bytes] = []
        self._writer: Sink | None = None

    def through(self, writer: Sink) -> None:
        """Send what is asked that way."""
        self._writer = writer

    async def ask(self, method: str, params: Message) -> Message | None:
        """The result of a request, None for an error. Raises ServerFault where none comes."""
        self._count += 1
        self._answer, self._heard = None, anyio.Event()
        self.tell({"jsonrpc": "2.0", "id": self._count, "method": method, "params": params})
        if not self._ended:
            with anyio.move_on_after(self._patience):
                await self._heard.wait()
        return self._result(method)

    def tell(self, message: Message) -> None:
        """Send a message."""
        if self._writer is not None:
            self._writer.write(emit(message))

    def fault(self, what: str) -> ServerFault:
        """The fault of the server, with the last it has said on stderr."""
        said = b" / ".join(self._errors).decode("utf-8", "replace")
        more = f"; its last words: {safe(said, 600)}" if said else ""
        return ServerFault(f"the server {what}{more}", fix=self._fix)

    def lost(self, words: str) -> None:
        """The answer will not come; why, as sentences for a person."""
        self._why = words
        self._heard.set()

    def _result(self, method: str) -> Message | None:
        if isinstance(self._answer, Result):
            return self._answer.result
        if self._answer is None and self._why is not None:
            raise ServerFault(self._why.removesuffix("."))
        if self._answer is None:
            raise self.fault(self._silence(method))
        return None

    def _silence(self, method: str) -> str:
        if self._room < 0:
            return "says more than can be kept"
        return "ended" if self._ended else f"has not answered {method} for {self._patience:.0f} s"

    def line(self, line: bytes | Oversized) -> None:
        """A line of the server's."""
        self._room -= line.size if isinstance(line, Oversized) else len(line)
        frame = None if isinstance(line, Oversized) or self._room < 0 else parse(line)
        if isinstance(frame, Request):
            self.tell(_refusal(frame))
        elif isinstance(frame, Result | Failure) and frame.id == self._count:
            self._answer = frame
            self._heard.set()
        if self._room < 0:
            self.end()

    def error(self, line: bytes | Oversized) -> None:
        """A line of its stderr."""
        said = line.head if isinstance(line, Oversized) else line
        self._errors = [*self._errors, said][-_LAST_WORDS:]

    def end(self) -> None:
        """It says no more."""
        self._ended = True
        self._heard.set()


_ANSWERS: Final[dict[str, Callable[[], Message]]] = {
    "ping": dict,
    "roots/list": lambda: {"roots": []},
}


def _refusal(request: Request) -> Message:
    """To a wish of the server's: nobody is here to fulfil it."""
    answer = _ANSWERS.get(request.method)
    if answer is None:
        return replies.not_offered(request.id)
    return {"jsonrpc": "2.0", "id": request.id, "result": answer()}
