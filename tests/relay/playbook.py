"""A session as a score: what each side says, and what must come out, in which order.

There are no descriptors and no waiting: lines go in as messages, everything that leaves the session
or is recorded lands in one transcript, and time passes when the test says so.
"""

import json
import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from localguard.approvals.desk import Desk
from localguard.approvals.happenings import Happening
from localguard.approvals.kept import Leave, Remembered
from localguard.approvals.requests import Judge
from localguard.audit.people import Person as Who
from localguard.audit.records import Record
from localguard.config.build import build
from localguard.config.lines import Lines
from localguard.config.load import Document
from localguard.errors import AuditFault
from localguard.ledger.charges import Charge, Reservation, Taken
from localguard.policy.decide import Standing
from localguard.policy.grants import Answer
from localguard.policy.people import Identity, Person
from localguard.policy.profile import Profile
from localguard.relay.call import Gate
from localguard.relay.client_side import ClientSide
from localguard.relay.counting import Counting
from localguard.relay.elicited_offer import Pages
from localguard.relay.held_call import Holding
from localguard.relay.judging import Facts, Judging, Objection
from localguard.relay.lines import Oversized
from localguard.relay.methods import CLIENT_CAPABILITIES, CLIENT_INFO, VERSION
from localguard.relay.pinned import PinBook
from localguard.relay.pins import Unpinned
from localguard.relay.recorder import Log, Recorder
from localguard.relay.server_side import ServerSide
from localguard.relay.session import Session
from localguard.relay.told_arguments import Teller
from localguard.relay.verdicts import Verdicts
from localguard.relay.world import UNKNOWN, Known, World

HOME = "/home/ana"
OWN_FOLDER = f"{HOME}/.localguard"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
EVERYTHING = '[[rule]]\nallow = "*/*"'
NOTHING = '[[rule]]\nallow = "elsewhere/*"'

Message = dict[str, Any]
Line = Message | bytes | Oversized
Kind = TypeVar("Kind", bound=Record)


def profile(rules: str) -> Profile:
    """The profile `work` with these rules or tables."""
    text = f'version = 1\nprofile = "work"\n{rules}\n'
    document = Document("/profiles/work.toml", text.encode(), tomllib.loads(text), Lines(text))
    return build("work", [document], HOME)


def request(id_: Any, method: str, **params: Any) -> Message:
    """A request without `_meta`."""
    return {"jsonrpc": "2.0", "id": id_, "method": method, "params": params}


def call(id_: Any, tool: str, **arguments: Any) -> Message:
    """A legacy `tools/call`."""
    return request(id_, "tools/call", name=tool, arguments=arguments)


def note(method: str, **params: Any) -> Message:
    """A notification."""
    return {"jsonrpc": "2.0", "method": method, "params": params}


def result(id_: Any, **members: Any) -> Message:
    """A good answer."""
    return {"jsonrpc": "2.0", "id": id_, "result": members}


def error(id_: Any, code: int, **data: Any) -> Message:
    """A bad answer."""
    body: Message = {"code": code, "message": "no"} | ({"data": data} if data else {})
    return {"jsonrpc": "2.0", "id": id_, "error": body}


def tools(*names: str) -> list[Message]:
    """The entries of a listing."""
    return [{"name": name, "inputSchema": {"type": "object"}} for name in names]


def modern(message: Message, **meta: Any) -> Message:
    """The request with the envelope of 2026-07-28, and what else its `_meta` has."""
    envelope = {
        VERSION: "2026-07-28",
        CLIENT_CAPABILITIES: {"elicitation": {}, "roots": {}},
        CLIENT_INFO: {"name": "ana's client", "version": "1"},
    }
    return {**message, "params": {**message["params"], "_meta": envelope | meta}}


@dataclass
class Transcript:
    """Everything that left the session, in order: to whom, and what."""

    entries: list[tuple[str, Any]] = field(default_factory=list)

    def of(self, *who: str) -> list[Any]:
        """What went to one of these."""
        return [what for to, what in self.entries if to in who]


@dataclass
class Pipe:
    """A sink that writes into the transcript."""

    transcript: Transcript
    name: str

    def write(self, data: bytes) -> None:
        assert data.endswith(b"\n")
        assert data.count(b"\n") == 1
        assert all(0x20 <= byte < 0x7F for byte in data[:-1])
        self.transcript.entries.append((self.name, json.loads(data)))


@dataclass
class FakeLog:
    """An audit log in the transcript that can be told to fail."""

    transcript: Transcript
    failing: bool = False
    before: Callable[[Record], None] = lambda _: None
    durable: list[Record] = field(default_factory=list)
    person: Who | None = None

    def belong_to(self, person: Who | None) -> None:
        self.person = person

    def write(self, record: Record, *, durable: bool = False) -> int:
        self.before(record)
        if durable:
            self.durable.append(record)
        if self.failing:
            raise AuditFault("the audit log cannot be written", fix="free disk space")
        record.fields()
        self.transcript.entries.append(("log", record))
        return len(self.transcript.entries)


@dataclass
class Policy:
    """The policy that the test has put in force."""

    now: Standing

    def standing(self) -> Standing:
        return self.now


class FakeDefinitions:
    """What is known of items: what the test says, or nothing."""

    def __init__(self) -> None:
        self.items: dict[str, Known] = {}
        self.misfits: dict[str, str] = {}

    def known(self, item: str) -> Known:
        return self.items.get(item, UNKNOWN)

    def misfit(self, item: str, arguments: Any) -> str | None:
        return self.misfits.get(item) if arguments else None


class FakeLedger:
    """A ledger in memory, whose windows never end; `broken` is one that cannot be read."""

    def __init__(self) -> None:
        self.broken = False
        self.spent: dict[str, float] = {}
        self.called: list[tuple[str, str, frozenset[str] | None]] = []

    def reserve(self, charges: Sequence[Charge]) -> Reservation:
        counted = [charge for charge in charges if charge.cost < math.inf]
        for charge in counted:
            self.spent[charge.key] = self.spent.get(charge.key, 0) + charge.cost
        known = {} if self.broken else {one.key: self.spent[one.key] for one in counted}
        spent = {charge.key: known.get(charge.key) for charge in charges}
        return Reservation(spent, taken=tuple(Taken(c.key, 0, int(c.cost)) for c in counted))

    def give_back(self, reservation: Reservation) -> None:
        for taken in reservation.taken:
            self.spent[taken.key] -= taken.units
        reservation.taken = ()

    def note(self, server: str, item: str, marks: frozenset[str] | None) -> None:
        self.called.append((server, item, marks))

    def seen(self, patterns: Mapping[str, Any]) -> dict[str, bool | None]:
        names = [f"{server}/{item}" for server, item, _ in self.called]
        known = {one: any(fnmatchcase(name, one) for name in names) for one in patterns}
        return {one: None if self.broken else found for one, found in known.items()}


class FakeLeaves:
    """What was left for later, in memory."""

    def __init__(self) -> None:
        self.given: list[Leave] = []
        self.remembered: list[Remembered] = []

    def answers(self) -> tuple[Answer, ...]:
        return tuple(one.answer for one in self.remembered)

    def claim(self, digest: str, question: str) -> str | None:
        for leave in self.given:
            if leave.grant.call == digest and leave.question == question:
                self.given.remove(leave)
                return leave.request
        return None

    def give(self, leave: Leave) -> None:
        self.given.append(leave)

    def remember(self, remembered: Remembered) -> None:
        self.remembered.append(remembered)


@dataclass(frozen=True)
class Heard:
    """What came of one line."""

    to_client: list[Message]
    to_server: list[Message]
    records: list[Record]


class Play:
    """A client, the guard's session, and a server named `db`."""

    def __init__(
        self,
        rules: str = EVERYTHING,
        *,
        objection: Objection = lambda _: None,
        journal: Log | None = None,
        pins: Callable[[Recorder], PinBook] | None = None,
        budget: float = 0,
        tell: Callable[[Happening], None] = lambda _: None,
        used: Callable[[str, str], None] = lambda _request, _target: None,
        pages: Pages | None = None,
    ) -> None:
        """`budget` is the seconds for which a call is held, none unless a test says so."""
        self.transcript = Transcript()
        self.policy = Policy(Standing(profile(rules)))
        self.log = FakeLog(self.transcript)
        self.seconds = 100.0
        self.alarms: list[tuple[float, Callable[[], None]]] = []
        recorder = Recorder(journal or self.log, "7f3a", lambda: self.seconds)
        self.recorder = recorder
        world = World(HOME, cwd=None, actual_cwd="/", own_folders=(OWN_FOLDER,))
        self.ledger = FakeLedger()
        self.definitions = FakeDefinitions()
        book = None if pins is None else pins(recorder)
        counting = Counting(self.ledger)
        facts = Facts(world, book or self.definitions, counting, lambda: NOON)
        teller = Teller("redacted", lambda: b"k" * 32, lambda arguments: arguments)
        self.leaves = FakeLeaves()
        self._tell = tell
        self.holding = Holding(
            judging := Judging("db", facts, objection),
            verdicts := Verdicts(recorder, counting, teller),
            policy=self.policy,
            desk=self._desk,
            leaves=self.leaves,
            budget=lambda _, timeout: budget if timeout is None else timeout,
            used=used,
        )
        self.gate = Gate(
            "db",
            self.policy,
            recorder,
            teller,
            judging=judging,
            verdicts=verdicts,
            holding=self.holding,
        )
        self.session = Session(
            client=Pipe(self.transcript, "client"),
            gate=self.gate,
            policy=self.policy,
            recorder=recorder,
            later=self._later,
            notice=lambda text: self.transcript.entries.append(("notice", text)),
        )
        self._book = book or Unpinned()
        self._facts = facts
        self.session.serve(Pipe(self.transcript, "server"), self._book)
        self._client_side = ClientSide(self.session, pages)
        self._server_side = ServerSide(self.session)

    @property
    def to_client(self) -> list[Message]:
        """Everything the client was told."""
        return self.transcript.of("client")

    @property
    def to_server(self) -> list[Message]:
        """Everything the server was told."""
        return self.transcript.of("server")

    @property
    def records(self) -> list[Record]:
        """Everything that was recorded."""
        return self.transcript.of("log")

    def recorded(self, kind: type[Kind]) -> list[Kind]:
        """The records of one kind."""
        return [record for record in self.records if isinstance(record, kind)]

    def client(self, line: Line) -> Heard:
        """The client says a line."""
        return self.said(lambda: self._client_side.line(_as_line(line)))

    def server(self, line: Line) -> Heard:
        """The server says a line."""
        return self.said(lambda: self._server_side.line(_as_line(line)))

    def wait(self, seconds: float) -> Heard:
        """Time passes."""
        self.seconds += seconds
        by_time = sorted(self.alarms, key=lambda alarm: alarm[0])
        due = [alarm for when, alarm in by_time if when <= self.seconds]
        self.alarms = [alarm for alarm in self.alarms if alarm[0] > self.seconds]
        return self.said(lambda: [alarm() for alarm in due])

    def switch(self, rules: str, fault: str | None = None) -> None:
        """Another policy is in force from now on."""
        self.policy.now = Standing(profile(rules), fault)

    def sign(self, person: Person | None) -> None:
        """Somebody else sits there from now on."""
        self.policy.now = replace(self.policy.now, person=person)
        self.recorder.belong_to(person.signed_in if isinstance(person, Identity) else None)

    def restart(self, objection: Objection = lambda _: None, trouble: str | None = None) -> Heard:
        """Another server takes the place of the one before; `trouble` says why none does."""

        def act() -> None:
            self.session.server_replaced("was stopped, since the profile defines it anew,")
            self.session.serve(Pipe(self.transcript, "server"), self._book)
            self.gate.serve(self._facts, objection)
            done = lambda: self.transcript.entries.append(("greeted", None))  # noqa: E731
            self._client_side.greeting.again(done, trouble)

        return self.said(act)

    @property
    def greeted(self) -> int:
        """How many servers that took another's place were greeted to the end."""
        return len(self.transcript.of("greeted"))

    def handshake(self, version: str = "2025-11-25", **capabilities: Any) -> Heard:
        """A legacy client and server agree; what was recorded of it is part of the transcript."""
        offer = {"protocolVersion": version, "capabilities": capabilities, "clientInfo": INFO}
        self.client(request("hello", "initialize", **offer))
        answer = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": INFO}
        heard = self.server(result("hello", **answer))
        self.client(note("notifications/initialized"))
        return heard

    def list_tools(self, *names: str) -> Heard:
        """The client lists the tools, and the server has these."""
        self.client(request("list", "tools/list"))
        return self.server(result("list", tools=tools(*names)))

    @property
    def desk(self) -> Desk:
        """Where calls wait."""
        return self.holding.desk

    def _desk(self, judge: Judge) -> Desk:
        return Desk(
            now=lambda: NOON.timestamp() + self.seconds,
            monotonic=lambda: self.seconds,
            later=self._later,
            judge=judge,
            leaves=self.leaves,
            tell=self._tell,
        )

    def _later(self, seconds: float, callback: Callable[[], None]) -> None:
        self.alarms.append((self.seconds + seconds, callback))

    def said(self, act: Callable[[], object]) -> Heard:
        """What comes of something that the test does."""
        start = len(self.transcript.entries)
        act()
        new = Transcript(self.transcript.entries[start:])
        return Heard(new.of("client"), new.of("server"), new.of("log"))


INFO = {"name": "someone", "version": "1"}


def _as_line(line: Line) -> bytes | Oversized:
    return json.dumps(line).encode() if isinstance(line, dict) else line


def ready(rules: str = EVERYTHING, *names: str, **capabilities: Any) -> Play:
    """A legacy session after its handshake, with its tools listed: those named, or `read`."""
    play = Play(rules)
    play.handshake(**capabilities)
    play.list_tools(*(names or ("read",)))
    return play
