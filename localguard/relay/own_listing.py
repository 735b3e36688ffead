"""The guard's own listings: what is pinned, and what every later listing is compared with.

Once the handshake is done it lists all there is, again after the server says that a list has
changed, and now and then for what it does not say. A call to a tool that no list has named waits
for the list; nothing else waits. One request at a time, and none of another era than the client's
first frame, since a server settles the era of its stream at the first frame it reads.
"""

import math
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from localguard.policy.pins import Family
from localguard.relay.exchange import Open
from localguard.relay.frames import Failure, Message, Result
from localguard.relay.from_server import cut_envelope
from localguard.relay.listing import Catalog, Walk, filter_page
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
LISTED = {
    METHOD: ("tools", Family.TOOL),
    "prompts/list": ("prompts", Family.PROMPT),
    "resources/templates/list": ("resources", Family.TEMPLATE),
}
"""What is listed, in this order: the capability that announces it, and what it holds."""
PATIENCE = 10.0
"""Seconds that calls wait for the list before they are judged without it."""
AGAIN = 300.0
"""Seconds after which a call makes the guard list again, without waiting for it."""
MAX_PAGES = 100
ENVELOPE = (VERSION, CLIENT_CAPABILITIES, CLIENT_INFO)
"""What a modern request must carry in its `_meta` (2026-07-28 basic/index)."""

Then = Callable[[bool | None], None]
"""Told whether the tool is listed; None where the list could not be had."""


@dataclass(slots=True)
class _Turn:
    """One list being walked through."""

    method: str
    catalog: Catalog = field(default_factory=Catalog)
    walk: Walk = field(default_factory=dict)
    pages: int = 0


class OwnListing:
    """Lists for pins and for calls that need it, once for all that wait."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._prefix = f"{OWN_PREFIX}{secrets.token_hex(16)}"
        self._count = 0
        self._turn: _Turn | None = None
        self._due: list[str] = []
        self._params: Message = {}
        self._begun = False
        self._again = math.inf
        self._waiting: list[tuple[Open, str, Then]] = []

    def restart(self) -> None:
        """The session speaks with another server: nothing is listed, and nobody waits."""
        self._turn, self._begun, self._again = None, False, math.inf
        self._due, self._waiting = [], []

    def begin(self, params: Message) -> None:
        """List everything, once: the server is ready, and a request with `params` went to it."""
        if not self._begun and self._session.pins.lists:
            self._begun = True
            self._list(params, self._announced())

    def ensure(self, entry: Open, name: str, then: Then) -> None:
        """Tell `then` whether the tool is listed, after listing the tools if need be."""
        catalog = self._session.catalog
        if catalog.knows(METHOD, name):
            if catalog.changed or entry.started >= self._again:
                self._renew(entry)
            then(True)
        elif self._settled() or not self._ready(entry):
            then(self._listed(name))
        else:
            self._waiting.append((entry, name, then))
            self._begun |= self._session.pins.lists
            self._list(entry.request.params, [METHOD, *self._stale()])

    def _settled(self) -> bool:
        catalog = self._session.catalog
        return METHOD in catalog.complete or METHOD in catalog.unavailable

    def _ready(self, entry: Open) -> bool:
        # A modern request of the guard's has the client's own envelope, so the era is the same.
        session, modern = self._session, era(entry.request.params) == MODERN
        return modern or (session.spoken and session.initialized)

    def _listed(self, name: str) -> bool | None:
        catalog = self._session.catalog
        if catalog.knows(METHOD, name):
            return True
        return False if METHOD in catalog.complete else None

    def _announced(self) -> list[str]:
        """What the server says it has; before it has said anything, all."""
        session, offered = self._session, self._session.offered
        if not session.pins.lists:
            return []
        return [one for one, (what, _) in LISTED.items() if offered is None or what in offered]

    def _stale(self) -> list[str]:
        """What has changed by what the server says, or was never listed."""
        catalog = self._session.catalog
        known = (catalog.complete | catalog.unavailable) - catalog.changed
        return [method for method in self._announced() if method not in known]

    def _renew(self, entry: Open) -> None:
        """List again in the background: what has changed, or after some time all."""
        if self._ready(entry):
            late = entry.started >= self._again
            methods = self._announced() if late else self._stale()
            self._session.catalog.changed.clear()
            self._list(entry.request.params, methods)

    def _list(self, params: Message, methods: Iterable[str]) -> None:
        """Have these listed; the first before all that is due already."""
        self._params = params
        walked = None if self._turn is None else self._turn.method
        wanted = [method for method in dict.fromkeys(methods) if method != walked]
        self._due = list(dict.fromkeys([*wanted, *self._due]))
        if self._due:
            self._again = math.inf
        self._go_on()

    def _go_on(self) -> None:
        if self._turn is None and self._due:
            self._turn = _Turn(self._due.pop(0))
            self._session.catalog.changed.discard(self._turn.method)
            self._ask(self._turn, None)

    def _ask(self, turn: _Turn, cursor: str | None) -> None:
        self._count += 1
        id_ = f"{self._prefix}:{self._count}"
        self._session.own[id_] = lambda answer: self._answered(turn, cursor, answer)
        request = {
            "jsonrpc": "2.0",
            "id": id_,
            "method": turn.method,
            "params": self._own_params(cursor),
        }
        self._session.send(Unjudged(turn.method), request)
        self._session.later(PATIENCE, lambda: self._expired(id_))

    def _own_params(self, cursor: str | None) -> Message:
        params: Message = {} if cursor is None else {"cursor": cursor}
        if era(self._params) == MODERN:
            meta = self._params["_meta"]
            params["_meta"] = {key: meta[key] for key in ENVELOPE if key in meta}
        return cut_envelope(params, self._session.gate.from_server)

    def _answered(self, turn: _Turn, cursor: str | None, answer: Result | Failure) -> None:
        following = self._learn(turn, answer.result, cursor) if isinstance(answer, Result) else None
        turn.pages += 1
        if isinstance(following, str) and turn.pages < MAX_PAGES:
            self._ask(turn, following)
        else:
            self._over(turn)

    def _learn(self, turn: _Turn, result: Message, cursor: str | None) -> object:
        session, catalog = self._session, turn.catalog
        visible, pins = session.gate.visible, session.pins
        filter_page(turn.method, result, catalog, visible, cursor=cursor, walk=turn.walk, pins=pins)
        return result.get("nextCursor")

    def _expired(self, id_: str) -> None:
        if self._session.own.pop(id_, None) is not None and self._turn is not None:
            # Who leaves one question open is asked no other.
            unasked, self._due = self._due, []
            for method in unasked:
                self._learned(_Turn(method))
            self._over(self._turn)

    def _learned(self, turn: _Turn) -> None:
        """Tell the others what came of a list: all of it, or that it cannot be had."""
        session, method = self._session, turn.method
        session.catalog.learn(method, turn.catalog)
        _, family = LISTED[method]
        if method in turn.catalog.complete:
            session.pins.whole(family, turn.catalog.names[method])
        elif method in session.catalog.unavailable:
            session.pins.lost(family)

    def _over(self, turn: _Turn) -> None:
        session, method = self._session, turn.method
        self._learned(turn)
        self._turn = None
        if METHOD not in self._due:
            self._release()
        self._go_on()
        if method == METHOD or self._turn is None:
            session.pins.settle()
        if self._turn is None:
            self._again = session.recorder.now() + AGAIN
            session.stirred()

    def _release(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._session.refresh()
        for entry, name, then in waiting:
            if self._session.is_open(entry):
                then(self._listed(name))
