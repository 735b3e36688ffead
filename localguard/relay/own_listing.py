"""The guard's own `tools/list`: a tool that was never listed is listed first, then judged.

Never before the client's first frame has gone to the server, since a server settles the era of its
stream at the first frame it reads.
"""

import secrets
from collections.abc import Callable

from localguard.relay.exchange import Open
from localguard.relay.frames import Failure, Message, Result
from localguard.relay.from_server import cut_envelope
from localguard.relay.listing import Walk, filter_page
from localguard.relay.methods import (
    CLIENT_CAPABILITIES,
    CLIENT_INFO,
    MODERN,
    VERSION,
    Unjudged,
    era,
)
from localguard.relay.replies import OWN_PREFIX
from localguard.relay.session import Session

METHOD = "tools/list"
PATIENCE = 10.0
"""Seconds that calls wait for the list before they are judged without it."""
MAX_PAGES = 100
ENVELOPE = (VERSION, CLIENT_CAPABILITIES, CLIENT_INFO)
"""What a modern request must carry in its `_meta` (2026-07-28 basic/index)."""

Then = Callable[[bool | None], None]
"""Told whether the tool is listed; None where the list could not be had."""


class OwnListing:
    """Lists the tools for calls that need it, once for all that wait."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._prefix = f"{OWN_PREFIX}{secrets.token_hex(16)}"
        self._count = 0
        self._pages = 0
        self._walk: Walk = {}
        self._waiting: list[tuple[Open, str, Then]] = []

    def ensure(self, entry: Open, name: str, then: Then) -> None:
        """Tell `then` whether the tool is listed, after listing the tools if need be."""
        if not self._needed(entry, name):
            then(self._listed(name))
            return
        self._waiting.append((entry, name, then))
        if len(self._waiting) == 1:
            self._pages = 0
            self._ask(entry, None)

    def _needed(self, entry: Open, name: str) -> bool:
        catalog, session = self._session.catalog, self._session
        ready = session.initialized or era(entry.request.params) == MODERN
        settled = METHOD in catalog.complete | catalog.unavailable
        return not settled and not catalog.knows(METHOD, name) and ready and session.spoken

    def _listed(self, name: str) -> bool | None:
        catalog = self._session.catalog
        if catalog.knows(METHOD, name):
            return True
        return False if METHOD in catalog.complete else None

    def _ask(self, entry: Open, cursor: str | None) -> None:
        self._count += 1
        id_ = f"{self._prefix}:{self._count}"
        self._session.own[id_] = lambda answer: self._answered(entry, cursor, answer)
        request = {
            "jsonrpc": "2.0",
            "id": id_,
            "method": METHOD,
            "params": self._params(entry, cursor),
        }
        self._session.send(Unjudged(METHOD), request)
        self._session.later(PATIENCE, lambda: self._expired(id_))

    def _params(self, entry: Open, cursor: str | None) -> Message:
        params: Message = {} if cursor is None else {"cursor": cursor}
        if era(entry.request.params) == MODERN:
            meta = entry.request.params["_meta"]
            params["_meta"] = {key: meta[key] for key in ENVELOPE if key in meta}
        return cut_envelope(params, self._session.gate.from_server)

    def _answered(self, entry: Open, cursor: str | None, answer: Result | Failure) -> None:
        following = self._learn(answer.result, cursor) if isinstance(answer, Result) else None
        self._pages += 1
        if isinstance(following, str) and self._pages < MAX_PAGES:
            self._ask(entry, following)
        else:
            self._release()

    def _learn(self, result: Message, cursor: str | None) -> object:
        session, walk = self._session, self._walk
        visible = session.gate.visible
        filter_page(METHOD, result, session.catalog, visible, cursor=cursor, walk=walk)
        return result.get("nextCursor")

    def _expired(self, id_: str) -> None:
        if self._session.own.pop(id_, None) is not None:
            self._release()

    def _release(self) -> None:
        catalog = self._session.catalog
        if METHOD not in catalog.complete:
            # Asking again for every call would make each of them wait.
            catalog.unavailable.add(METHOD)
        waiting, self._waiting = self._waiting, []
        self._session.refresh()
        for entry, name, then in waiting:
            if self._session.is_open(entry):
                then(self._listed(name))
