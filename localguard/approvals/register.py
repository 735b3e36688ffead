"""The open requests, found by id, by digest and by live call; and the last ones that were closed.

Every change of a request goes through here: the table of `transitions` is asked first, the books
are changed next, and what is to be said about it waits in the outbox. Decides nothing.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from localguard.approvals.happenings import Changed, Closed, Happening, Opened, Tell, Troubled
from localguard.approvals.outbox import Outbox
from localguard.approvals.request import Live, Request
from localguard.approvals.requests import Finished, How, Pending, Settled, State, Turned
from localguard.approvals.transitions import REVISING, Event, LostRequest, Next, step
from localguard.policy.decide import BUILT_IN
from localguard.policy.decisions import Deny

KEPT: Final = 200
"""So many closed requests are remembered."""


class Register:
    """The books of one desk."""

    def __init__(
        self,
        now: Callable[[], float],
        monotonic: Callable[[], float],
        tell: Tell,
        table: Mapping[tuple[State, Event], Next],
    ) -> None:
        self.now = now
        self.monotonic = monotonic
        self.outbox = Outbox()
        self._tell = tell
        self._table = table
        self._requests: dict[str, Request] = {}
        self._digests: dict[str, Request] = {}
        self._calls: dict[str, Request] = {}
        self._finished: deque[Finished] = deque(maxlen=KEPT)

    def __len__(self) -> int:
        return len(self._requests)

    def __iter__(self) -> Iterator[Request]:
        """The open requests, the oldest first; they may change meanwhile."""
        return iter(tuple(self._requests.values()))

    def get(self, id: str) -> Request | None:  # noqa: A002
        """The open request of an id."""
        return self._requests.get(id)

    def at(self, digest: str) -> Request | None:
        """The open request for calls with a digest."""
        return self._digests.get(digest)

    def of(self, call: str) -> Request | None:
        """The request that a live call waits in."""
        return self._calls.get(call)

    def finished(self) -> tuple[Finished, ...]:
        """The last that were closed, the oldest first."""
        return tuple(self._finished)

    def open(self, request: Request) -> None:
        """Enter a new request."""
        self._requests[request.id] = self._digests[request.matter.digest] = request
        self.say(Opened(self.shown(request)))

    def foresee(self, request: Request, event: Event) -> None:
        """Raise LostRequest if an event cannot happen to a request."""
        step(self._table, request.state, event)

    def advance(self, request: Request, event: Event, why: str = "") -> None:
        """Take a request to its next state. Raises LostRequest, and then nothing has changed.

        `why` is told to whoever answers what was shown before, where the event makes that stale.
        """
        new = step(self._table, request.state, event)
        if new == "closed":
            request.closed = True
        else:
            request.state = new
        if new != "sending":
            request.yes, request.sends = None, math.inf
        if event in REVISING:
            request.revision, request.why = request.revision + 1, why

    def add(self, request: Request, live: Live) -> None:
        """Have a live call wait in a request."""
        request.live.append(live)
        self._calls[live.waiting.id] = request

    def take(self, request: Request, live: Live) -> None:
        """A live call waits no more."""
        request.live.remove(live)
        del self._calls[live.waiting.id]

    def settle(self, request: Request, live: Live, settled: Settled) -> None:
        """A live call waits no more, and this is what has become of it."""
        self.take(request, live)
        self.outbox.put(partial(live.waiting.settle, settled))

    def turn(self, request: Request, event: Event, deny: Deny, how: How, who: str | None) -> None:
        """Deny all live calls of a request, and close it."""
        self.advance(request, event)
        self._turn(request, deny, how, who)

    def shut(self, request: Request, how: How, who: str | None) -> None:
        """Strike out a request that is closed; calls that still wait in it are forgotten."""
        for live in tuple(request.live):
            self.take(request, live)
        del self._requests[request.id]
        if self._digests[request.matter.digest] is request:
            del self._digests[request.matter.digest]
        finished = request.finished(how, who, self.now())
        self._finished.append(finished)
        self.say(Closed(finished, held=request.state == "held"))

    def moved(self, request: Request, digest: str) -> Request | None:
        """Find a request by another digest from now on; if there is one already, that one."""
        if request.matter.digest == digest:
            return None
        del self._digests[request.matter.digest]
        other = self._digests.setdefault(digest, request)
        return None if other is request else other

    def lawful(self, request: Request) -> "Lawful":
        """Where the table has no row for what is done here, the request fails closed."""
        return Lawful(self, request)

    def abandon(self, request: Request, fault: LostRequest) -> None:
        """Deny what waits in a request that localguard has lost track of, and close it."""
        request.closed = True
        self.say(Troubled(request.id, fault.explain()))
        self._turn(request, Deny(BUILT_IN, fault.explain()), "ended", None)

    def changed(self, request: Request) -> None:
        """Say that a request is another than before."""
        self.say(Changed(self.shown(request)))

    def shown(self, request: Request) -> Pending:
        """A request as it is now."""
        return request.pending(self.monotonic())

    def say(self, happening: Happening) -> None:
        """Tell those who listen, in order."""
        self.outbox.put(partial(self._tell, happening))

    def _turn(self, request: Request, deny: Deny, how: How, who: str | None) -> None:
        for live in tuple(request.live):
            self.settle(request, live, Turned(request.id, deny, who))
        self.shut(request, how, who)


class Lawful:
    """Abandons a request, and goes on after the block, where a step of it was not lawful."""

    def __init__(self, register: Register, request: Request) -> None:
        self._register = register
        self._request = request

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if not isinstance(error, LostRequest):
            return False
        self._register.abandon(self._request, error)
        return True
