"""What a server says of itself in one session, held against its pin: what of it is shown, and by
which marks calls are judged.

What the server lists to the end first is pinned; from then on an entry that differs is shown as it
was pinned, and a new one by its name alone. Knows no frames; own_listing and answers bring what the
server says, and the gate asks for facts.
"""

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from typing import Final

from localguard.pinning.faults import PinFault
from localguard.pinning.store import PinStore
from localguard.policy.calls import Arguments
from localguard.policy.pins import (
    CHANGED,
    NEW,
    Account,
    Definition,
    Family,
    Greeting,
    Identity,
    compared,
    greets_alike,
    judged_marks,
    unlisted_marks,
)
from localguard.relay import withheld
from localguard.relay.fitting import misfit
from localguard.relay.frames import Message
from localguard.relay.heard import Heard, spelled
from localguard.relay.kept_pin import KeptPin
from localguard.relay.pin_records import PinRecords
from localguard.relay.pins import Outline
from localguard.relay.world import Known

KINDS: Final = {Family.TOOL: "tools", Family.PROMPT: "prompts", Family.TEMPLATE: "resources"}
"""The kind of `list_changed` that makes a client ask again for a family."""


class PinBook:
    """The pins of one server, for one session. A call costs a look-up."""

    lists = True

    def __init__(
        self,
        server: str,
        identity: Identity,
        store: PinStore,
        records: PinRecords,
        now: Callable[[], str],
    ) -> None:
        """`now` gives the moment in ISO 8601 with its zone."""
        self.identity: str | None = identity.digest
        self._server = server
        self._of = identity
        self._store = store
        self._records = records
        self._now = now
        self._kept = KeptPin(server, identity, store, now)
        self._heard = Heard()
        self._judged: dict[str, Known] = {}
        self._greeting: Greeting | None = None
        self._whole: set[Family] = set()
        self._lost: set[Family] = set()
        self._unnoted = False

    def known(self, item: str) -> Known:
        """What calls to an item are judged by."""
        found = self._judged.get(item)
        return self._unseen(item) if found is None else found

    def misfit(self, item: str, arguments: Arguments) -> str | None:
        """Why the arguments do not fit the schema that the person knows; None where they do."""
        self._load()
        pinned = self._kept.definitions.get(item)
        if pinned is None or pinned.family is not Family.TOOL:
            return None
        return misfit(pinned.body.get("inputSchema"), arguments)

    def greeted(self, info: Message, said: str | None) -> str | None:
        """The instructions to show."""
        self._load()
        kept = self._kept
        self._greeting = Greeting(info, said)
        if kept.strange is not None:
            self._unnoted = True
            return withheld.strange_instructions(self._server, kept.strange)
        if kept.greeted(self._greeting):
            return said
        self._unnoted = True
        before = kept.instructions
        self._records.instructions(before, said)
        return withheld.other_instructions(self._server, before)

    def shown(self, family: Family | None, name: str, body: Message) -> Message | None:
        """The entry, or what is shown in its place."""
        self._load()
        if family is None:
            return body if self._kept.strange is None else withheld.bare_resource(name)
        definition = Definition(family, name, body)
        text = spelled(body)
        if not self._heard.knows(definition.item, text):
            self._hear(definition, text)
        return self._instead(definition, body)

    def note(self) -> None:
        """Keep what was seen."""
        if not self._unnoted:
            return
        self._unnoted = False
        try:
            self._store.note(self._server, self._account(), self._now())
        except PinFault as fault:
            self._records.fault(fault.explain())

    def whole(self, family: Family, names: Collection[str]) -> None:
        """What is not among the names is gone."""
        self._load()
        self._whole.add(family)
        self._lost.discard(family)
        listed = {Definition(family, name, {}).item for name in names}
        for one in self._definitions():
            if one.family is family and one.item not in listed:
                self._forget(one.item)
        self._kept.close(family)

    def lost(self, family: Family) -> None:
        """What was in the list counts as not listed, until a list names it again."""
        self._load()
        self._whole.discard(family)
        self._lost.add(family)
        for one in list(self._heard.definitions.values()):
            if one.family is family:
                self._judged.pop(one.item, None)
                self._heard.forget(one.item)

    def settle(self) -> None:
        """Pin what was seen first, and keep or forget what differs from the pin."""
        self._load()
        first = self._kept.first
        if self._kept.save():
            if first:
                self._records.first(self._kept.account())
            self._judge_all()
        elif self._kept.faulty:
            self._judge_all()
        self._tell_strange()
        self._forget_noted()
        self.note()

    def refresh(self) -> Collection[str]:
        """Follow the file, at the price of one `stat`."""
        if not self._kept.follow():
            return ()
        self._tell_strange()
        return self._judge_all()

    def outline(self) -> Outline:
        """The server at a glance."""
        self._load()
        tools = sum(one.family is Family.TOOL for one in self._definitions())
        unreviewed = sum(any(_look(known)[:2]) for known in self._judged.values())
        return Outline(self._kept.confirmed, tools, unreviewed)

    def told(self, item: str) -> tuple[Definition | None, Definition | None]:
        """What the server says of an item now, and what was pinned of it."""
        self._load()
        return self._heard.definitions.get(item), self._kept.definitions.get(item)

    def _load(self) -> None:
        if self._kept.load():
            self._tell_strange()

    def _tell_strange(self) -> None:
        if self._kept.strange is not None:
            self._records.strange(self._of, self._kept.strange, faulty=self._kept.faulty)

    def _unseen(self, item: str) -> Known:
        """The facts of what no listing has named yet in this session, or names no more."""
        self._load()
        kept = self._kept
        pinned = kept.definitions.get(item)
        if pinned is not None and pinned.family not in self._whole | self._lost:
            return self._known(pinned.marks, pinned.digest)
        marks = unlisted_marks(item, strange=kept.strange is not None)
        if kept.first and Family.TOOL in self._whole:
            # As long as nobody has reviewed anything, the server's own answer is the better one.
            marks -= {NEW}
        return self._known(marks, None)

    def _known(self, marks: frozenset[str], pin: str | None) -> Known:
        return Known(marks, self._kept.confirmed, self.identity, pin)

    def _hear(self, definition: Definition, text: bytes) -> None:
        item = definition.item
        pinned = self._kept.definitions.get(item)
        if pinned is not None and spelled(pinned.body) == text:
            definition = pinned
        if not self._heard.keep(item, text, definition):
            self._judged[item] = self._known(unlisted_marks(item, strange=True), None)
            return
        if pinned is None and definition.family in self._kept.open:
            self._kept.add(definition)
        self._judge(definition)

    def _judge(self, live: Definition) -> None:
        pinned = self._kept.definitions.get(live.item)
        marks = judged_marks(pinned, live)
        self._judged[live.item] = self._known(marks, live.digest)
        if not marks.isdisjoint((NEW, CHANGED)):
            self._unnoted = True
            if self._kept.strange is None:
                self._records.differs(pinned, live)

    def _judge_all(self) -> Collection[str]:
        """Judge all that was heard by the pins as they are now; the kinds that look different."""
        before = {item: _look(known) for item, known in self._judged.items()}
        heard = self._heard.definitions.values()
        for live in heard:
            self._judge(live)
        different = (one for one in heard if _look(self._judged[one.item]) != before.get(one.item))
        return sorted({KINDS[one.family] for one in different})

    def _forget(self, item: str) -> None:
        pinned = self._kept.definitions.get(item)
        if pinned is not None:
            self._unnoted |= item in self._heard.definitions
            self._unnoted |= self._records.removed(pinned)
        self._judged.pop(item, None)
        self._heard.forget(item)

    def _forget_noted(self) -> None:
        """What was kept to be reviewed is out of date where the server says nothing else now."""
        kept, seen = self._kept.account(), self._account()
        alike = greets_alike(kept, seen) and not compared(kept, seen)
        if self._kept.strange is None and alike:
            self._unnoted = False
            with suppress(PinFault):
                self._store.forget(self._server, self._of)

    def _definitions(self) -> Iterable[Definition]:
        return {**self._kept.definitions, **self._heard.definitions}.values()

    def _account(self) -> Account:
        heard = dict(self._heard.definitions)
        return Account(self._of, self._greeting, heard, frozenset(self._whole))

    def _instead(self, definition: Definition, body: Message) -> Message | None:
        item = definition.item
        pinned, live = self._kept.definitions.get(item), self._heard.definitions.get(item)
        if pinned is None:
            return withheld.stand_in(self._server, definition)
        same = live is not None and (live is pinned or live.digest == pinned.digest)
        return body if same else dict(pinned.body)


def _look(known: Known) -> tuple[bool, bool, str | None]:
    """What decides how an entry is shown."""
    marks = known.marks or ()
    return NEW in marks, CHANGED in marks, known.pin
