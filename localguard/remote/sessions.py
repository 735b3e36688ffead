"""A session of 2025-03-26 to 2025-11-25: what it puts into headers, and when it is gone. Pure.

Their basic/transports "Session Management" and "Protocol Version Header".
"""

import re
from typing import Final, NamedTuple

from localguard.remote.failures import is_modern
from localguard.remote.flight import Flight
from localguard.remote.ports import METHOD_NOT_FOUND, Message
from localguard.remote.sender import Pairs

WITH_VERSION: Final = "2025-06-18"
"""The first revision that names itself in a header."""
SESSION_ID: Final = re.compile(r"[\x21-\x7e]{1,4096}")
_VERSION: Final = re.compile(r"[0-9A-Za-z.-]{1,32}")
_SESSION: Final = re.compile(r"session", re.IGNORECASE)


class Session(NamedTuple):
    """What a server has said in answer to `initialize`, and whose session it is."""

    id: str | None = None
    version: str | None = None
    holder: object = None

    def headers(self) -> Pairs:
        """The headers of all that is asked in it."""
        found = [] if self.id is None else [("Mcp-Session-Id", self.id)]
        if self.version is not None and self.version >= WITH_VERSION:
            found.append(("MCP-Protocol-Version", self.version))
        return found


def session_of(id_: str | None, message: Message, holder: object) -> Session:
    """The session that an answer to somebody's `initialize` begins."""
    result = message.get("result")
    version = result.get("protocolVersion") if isinstance(result, dict) else None
    sound = isinstance(version, str) and _VERSION.fullmatch(version)
    return Session(id_, version if sound else None, holder)


def forgotten(status: int, message: Message | None, session: Session, flight: Flight) -> bool:
    """Whether a failure says that the session is not known.

    The specification has 404 for it. The TypeScript SDK's servers say so with 400 and in words.
    """
    if session.id is None or is_modern(message):
        return False
    if status == 404:
        unknown = message is not None and message["error"]["code"] == METHOD_NOT_FOUND
        return message is None or not (unknown and flight.answers(message))
    words = "" if message is None else message["error"]["message"]
    return status == 400 and _SESSION.search(words) is not None
