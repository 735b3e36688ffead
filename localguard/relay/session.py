"""One client and one server: what both directions share, and the only ways out.

`send` is the way to the server and takes an `Allow`, or the `Unjudged` of a method that carries
nothing to judge. `reply` is the way to the client and closes the request it answers. Knows neither
descriptors nor clocks; time comes as `Later`.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Protocol, TypeGuard

from localguard.audit.people import Person
from localguard.audit.records import Direction, RefusedFrame, ServerEvent
from localguard.policy.calls import SignedIn
from localguard.policy.decide import Standing
from localguard.policy.decisions import Allow
from localguard.redaction.registered import Secrets
from localguard.relay.beats import Beats, Later
from localguard.relay.call import Gate
from localguard.relay.exchange import Exchange, Open
from localguard.relay.frames import Failure, Frame, Id, Message, Refused, Result, emit
from localguard.relay.judging import PolicySource
from localguard.relay.listing import Catalog
from localguard.relay.methods import BATCHING_REVISION, HANDSHAKES, Treatment, Unjudged
from localguard.relay.pins import Pins, Unpinned
from localguard.relay.recorder import Recorder
from localguard.relay.redacting import Redacting
from localguard.relay.replies import forsaken, list_changed, server_gone, unanswered
from localguard.relay.tally import Tally
from localguard.text import safe

PATIENCE = 10.0
"""Seconds after which an unanswered handshake is worth a word to the person."""


class Sink(Protocol):
    """Where lines go: a pipe, or a list in a test."""

    def write(self, data: bytes) -> None:
        """Take one line with its newline. Never blocks, never raises."""
        ...


Answered = Callable[[Result | Failure], None]

Notice = Callable[[str], None]
"""Tells the person something, on stderr."""

_UNPINNED = Unpinned()


class _Nobody:
    """Where lines go before there is a server."""

    def write(self, data: bytes) -> None:
        """Take one line."""


_NOBODY = _Nobody()


class Session:
    """The state of one client-server pair."""

    def __init__(
        self,
        *,
        client: Sink,
        gate: Gate,
        policy: PolicySource,
        recorder: Recorder,
        later: Later,
        notice: Notice = lambda _: None,
        redacting: Redacting | None = None,
        followed: Callable[[Standing], None] = lambda _: None,
        stirred: Callable[[], None] = lambda: None,
    ) -> None:
        """`followed` is told of each policy that comes into force.

        `stirred` is told whenever the guard may look another way to a console than before.
        """
        self.gate = gate
        self.pins: Pins = _UNPINNED
        self.redacting = redacting or Redacting(gate.server, Secrets())
        self.recorder = recorder
        self.later = later
        self.stirred = stirred
        self.asked = Exchange()
        self.beats = Beats(later, self.tell, recorder.now)
        self.wished = Exchange()
        self.forsaken: set[Id] = set()
        self.catalog = Catalog()
        self.tasks: dict[str, tuple[str | None, Person | None]] = {}
        self.task_tokens: set[Id] = set()
        self.own: dict[str, Answered] = {}
        self.version: str | None = None
        self.offered: frozenset[str] | None = None
        self.greeted: Message | None = None
        self.initialized = False
        self.spoken = False
        self._client = client
        self._server: Sink = _NOBODY
        self._followed = followed
        self._policy = policy
        self.standing = policy.standing()
        self.redacting.follow(self.standing.profile)
        self._notice = notice
        self._refused: defaultdict[tuple[Direction, str], Tally] = defaultdict(Tally)
        self._noticed = False

    def serve(self, server: Sink, pins: Pins) -> None:
        """Speak with this server from now on, and know nothing of the one before."""
        self.forsake()
        self._server, self.pins = server, pins
        self.own.clear()
        self.catalog = Catalog()
        self.tasks.clear()
        self.task_tokens.clear()
        self.offered = None

    def send(self, permit: Allow | Unjudged, message: Message) -> None:  # noqa: ARG002
        """To the server. Without a permit nothing leaves, and only policy makes an `Allow`."""
        # Nothing is read from the permit: that the caller holds one is the point.
        self.spoken = True
        self._server.write(emit(message))

    def tell(self, message: Message) -> None:
        """To the client: a notification, or a request of the server's."""
        self._client.write(emit(message))

    def reply(self, entry: Open, message: Message) -> None:
        """To the client: the answer to an open request, which it closes."""
        if self.close(entry):
            self._client.write(emit(message))

    def close(self, entry: Open) -> bool:
        """Nothing more is said to a request, and it waits for nobody; False if it was closed."""
        self.gate.withdraw(entry)
        self.beats.end(entry)
        return self.asked.take(entry.request.id) is not None

    def is_still(self, person: SignedIn | None) -> bool:
        """Whether who is signed in is still the person that a call was judged for.

        A look at the policy, where it asks for a sign-in.
        """
        if self.standing.person is None:
            return person is None
        now = self._policy.standing().identity
        return _sign_in(None if now is None else now.signed_in) == _sign_in(person)

    def is_open(self, entry: Open) -> bool:
        """False once the request was answered or cancelled."""
        return self.asked.get(entry.request.id) is entry

    def takes_apart(self, frame: Frame | Refused) -> bool:
        """Whether a line is a batch of the one revision that has them."""
        batch = isinstance(frame, Refused) and frame.reason == "batch"
        return batch and self.version == BATCHING_REVISION

    def knows_task(self, task: object) -> TypeGuard[str]:
        """True for a task that an allowed call of this session has started, for who is there now.

        What was begun while nobody was signed in is nobody's alone.
        """
        return isinstance(task, str) and task in self.tasks and not self.is_of_another(task)

    def is_of_another(self, task: object) -> bool:
        """Whether a task was begun by somebody else than who is signed in now, by what names them.

        A new sign-in of the same person may fetch what they have begun.
        """
        known = self.tasks.get(task) if isinstance(task, str) else None
        owner = None if known is None else known[1]
        return owner is not None and _names(owner) != _names(self.recorder.person)

    def expect(self, entry: Open) -> None:
        """Have it noticed, once, when the server leaves a handshake unanswered."""
        self.later(PATIENCE, lambda: self._overdue(entry))

    def _overdue(self, entry: Open) -> None:
        if self._noticed or not self.is_open(entry):
            return
        self._noticed = True
        words = f"has not answered {entry.request.method} for {PATIENCE:.0f} s"
        self.recorder.tell(ServerEvent(event="unresponsive", detail=words))
        self._notice(
            f"localguard: the server {safe(self.gate.server)} {words}; what it writes to stderr "
            "is kept in the folder stderr of localguard's state folder"
        )

    def warn(self, words: str) -> None:
        """Tell the person something, on stderr."""
        self._notice(words)

    def refuse_frame(self, direction: Direction, reason: str, detail: str = "") -> None:
        """Record a message that goes nowhere."""
        due = self._refused[direction, reason].add(self.recorder.size)
        if due is not None:
            count, size = due
            self.recorder.tell(
                RefusedFrame(
                    direction=direction, reason=reason, detail=detail, bytes=size, count=count
                )
            )

    def server_ended(self, how: str) -> None:
        """Answer everything that is open, what waits for a person too."""
        for entry in self.asked:
            if (waiting := entry.held) is not None:
                self.reply(entry, unanswered(entry.request, waiting, f"the server {how}"))
            else:
                self._lost(entry, how)

    def server_replaced(self, how: str) -> None:
        """Answer what the server has left open, but for what the next one can still answer."""
        for entry in self.asked:
            if entry.held is None and entry.treatment not in HANDSHAKES:
                self._lost(entry, how)

    def _lost(self, entry: Open, how: str) -> None:
        self.recorder.outcome(entry, "lost")
        self.reply(entry, server_gone(entry.request.id, how))

    def forsake(self) -> None:
        """The server that has asked for these is gone, and the next one counts its ids anew."""
        for wish in self.wished:
            self.wished.take(wish.request.id)
            self.forsaken.add(wish.request.id)
            self.tell(forsaken(wish.request.id))

    def awaits(self, id: Id) -> bool:  # noqa: A002
        """Take an answer of the client's: whether the server has asked for it."""
        self.forsaken.discard(id)
        return self.wished.take(id) is not None

    def refresh(self) -> None:
        """Look which policy and pins are in force, and tell the client when it may see others."""
        self.stirred()
        standing, repinned = self._policy.standing(), self.pins.refresh()
        if standing is self.standing and not repinned:
            return
        before, self.standing = self.standing, standing
        self.gate.follow(before, standing)
        self.redacting.follow(standing.profile)
        self._followed(standing)
        for kind in sorted(self.catalog.stale(self.gate.visible).union(repinned)):
            self.announce(kind)

    def announce(self, kind: str) -> None:
        """Tell the client that what it knows of a kind is out of date."""
        if self.initialized:
            self.tell(list_changed(kind))
        for entry in self.asked:
            if entry.treatment is Treatment.LISTEN and _listens(entry, kind):
                self.tell(list_changed(kind, entry.request.id))


def _names(person: Person | None) -> tuple[str, str] | None:
    return None if person is None else (person["issuer"], person["subject"])


def _sign_in(person: SignedIn | None) -> tuple[str, str] | None:
    return None if person is None else (person.id, person.session)


def _listens(entry: Open, kind: str) -> bool:
    wanted = entry.request.params.get("notifications")
    return isinstance(wanted, dict) and wanted.get(f"{kind}ListChanged") is True
