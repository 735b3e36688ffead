"""A stand-in for a server that must not or cannot be started: it answers, and offers nothing.

A client shows no reason for an entry that exits. So the session goes on with this in
place of the server: both handshakes succeed, the lists are empty, and the instructions say what is
wrong and how to mend it.
"""

from collections.abc import Callable

from localguard import __version__
from localguard.relay import replies
from localguard.relay.frames import Message, Request, emit, parse
from localguard.relay.methods import MODERN, era

REVISIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
MODERN_REVISIONS = ("2026-07-28",)
EMPTY = {
    "tools/list": "tools",
    "prompts/list": "prompts",
    "resources/list": "resources",
    "resources/templates/list": "resourceTemplates",
}
_INFO = {"name": "localguard", "version": __version__}


class StandIn:
    """An MCP server of both eras without tools. A `failing` one answers everything with the reason.

    Has the surface of `pipes.Writer`.
    """

    def __init__(self, why: str, answer: Callable[[bytes], None], *, failing: bool = False) -> None:
        self._why = why
        self._answer = answer
        self._failing = failing

    async def drained(self) -> None:
        """Nothing ever waits here."""

    def close(self) -> None:
        """Nothing is held here."""

    def write(self, data: bytes) -> None:
        """Take one line of the client's and answer it."""
        frame = parse(data.rstrip(b"\n"))
        if isinstance(frame, Request):
            self._answer(emit(self._reply(frame)).rstrip(b"\n"))

    def _reply(self, request: Request) -> Message:
        body = None if self._failing else self._body(request)
        if body is None:
            code = replies.SERVER_GONE if self._failing else replies.METHOD_NOT_FOUND
            return replies.error(request.id, code, self._why)
        if era(request.params) == MODERN:
            body = {"resultType": "complete", "ttlMs": 0, "cacheScope": "private", **body}
        return {"jsonrpc": "2.0", "id": request.id, "result": body}

    def _body(self, request: Request) -> Message | None:
        if request.method in EMPTY:
            return {EMPTY[request.method]: []}
        match request.method:
            case "initialize":
                return self._offer() | {
                    "protocolVersion": _agreed(request.params.get("protocolVersion")),
                    "serverInfo": _INFO,
                }
            case "server/discover":
                return self._offer() | {"supportedVersions": list(MODERN_REVISIONS)}
            case "ping":
                return {}
            case _:
                return None

    def _offer(self) -> Message:
        return {"capabilities": {"tools": {}}, "instructions": f"localguard: {self._why}"}


def _agreed(wanted: object) -> str:
    return wanted if isinstance(wanted, str) and wanted in REVISIONS else REVISIONS[-1]
