"""`server review`: a person looks at what a server says of itself, and confirms it or does not.

What is confirmed is what was shown, by its digests, never what the server says later. Who may
answer is for `answering` to say, before anything here runs.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TextIO

from localguard.audit.records import Pin as PinRecord
from localguard.cli.exits import Exit
from localguard.cli.output import print_lines
from localguard.cli.servers import counted
from localguard.cli.visits import Candidate, candidate, store_of
from localguard.config.paths import Places
from localguard.errors import ServerFault
from localguard.pinning.faults import PinFault
from localguard.pinning.store import PinStore
from localguard.policy.pins import (
    Account,
    Change,
    Definition,
    Family,
    Pin,
    compared,
    greets_alike,
)
from localguard.telling.counts import count
from localguard.telling.definitions import change_lines, definition_lines, text_lines, warnings

_TOLD = 20


@dataclass(frozen=True, slots=True)
class Talk:
    """Where a review prints, whom it asks and whom it tells, and the moment (ISO 8601).

    `ask` puts a question that is answered with yes or no; no answer is a no.
    """

    out: TextIO
    ask: Callable[[str], bool]
    record: Callable[[PinRecord], None]
    now: Callable[[], str]

    def say(self, lines: Iterable[str]) -> None:
        """Print lines, made safe."""
        print_lines(self.out, lines)


def review(places: Places, server: str, profile: str | None, talk: Talk) -> Exit:
    """Show what nobody has confirmed of a server, and pin what is confirmed now.

    Exits with 0 if something was confirmed or nothing was to be, with 1 for a no. Raises PinFault
    and UsageFault, and ServerFault where it cannot be started and was never seen.
    """
    store = store_of(places)
    found = candidate(places, store, server, profile)
    live = _looked_at(found, talk)
    if _is_done(found, live):
        talk.say([f"{server}: nothing to review, it is as it was confirmed"])
        _forget(store, found)
        return Exit.OK
    talk.say(_introduction(found, live))
    asked = _Questions(found, live, _names_elsewhere(store, server), talk)
    pin = asked.pin()
    if pin is None:
        talk.say(["Nothing was confirmed, so nothing has changed."])
        return Exit.FAILURE
    # What cannot be recorded is not confirmed.
    talk.record(_record(found, pin))
    store.put(server, pin, found.pin)
    if asked.refused == 0:
        _forget(store, found)
    talk.say([_done(server, pin, asked.refused)])
    return Exit.OK


class _Questions:
    """The questions of one review; `refused` counts those that were answered with no."""

    def __init__(
        self,
        found: Candidate,
        live: Account,
        elsewhere: dict[str, tuple[str, ...]],
        talk: Talk,
    ) -> None:
        self.refused = 0
        self._found = found
        self._live = live
        self._elsewhere = elsewhere
        self._talk = talk

    def pin(self) -> Pin | None:
        """The pin as it is after all answers; None where nothing was confirmed."""
        before, live, now = self._found.pin, self._live, self._talk.now()
        if before is None:
            return Pin(live, now, now) if self._knows() and self._confirms_all() else None
        account = before.account
        definitions = dict(account.definitions)
        confirmed = before.confirmed
        if confirmed is None and self._confirms_kept(before):
            confirmed = now
        greeting = account.greeting
        if not greets_alike(account, live) and self._confirms_instructions():
            greeting = live.greeting
        for change in compared(account, live):
            if self._confirms(change):
                _carry_out(change, definitions)
        listed = account.listed | live.listed if confirmed else account.listed
        after = replace(account, greeting=greeting, definitions=definitions, listed=listed)
        unchanged = after.digest == account.digest and confirmed == before.confirmed
        return None if unchanged else Pin(after, before.first, confirmed)

    def _knows(self) -> bool:
        """Whether the person means this server, where another one is pinned under its name."""
        others = self._found.others
        if not others:
            return True
        self._talk.say(
            [f"  pinned under this name: {pin.account.identity.shown}" for pin in others]
        )
        return self._ask("Is this other command the one that you mean?")

    def _confirms_all(self) -> bool:
        live = self._live
        self._say_instructions(live)
        self._say_definitions(live.definitions.values())
        return self._ask(f"Confirm all of this ({counted(live)})?")

    def _confirms_kept(self, before: Pin) -> bool:
        """Of a server that nobody has reviewed yet, all that was pinned at first sight."""
        live, account = self._live, before.account
        changed = {change.definition.item for change in compared(account, live)}
        kept = [one for one in account.definitions.values() if one.item not in changed]
        self._say_instructions(account)
        self._say_definitions(kept)
        what = count(len(kept), "definition")
        return self._ask(f"Confirm what was pinned at first sight ({what})?")

    def _confirms_instructions(self) -> bool:
        self._say_instructions(self._live)
        return self._ask("Confirm these instructions in place of the ones before?")

    def _confirms(self, change: Change) -> bool:
        self._talk.say(change_lines(change))
        if change.new is not None:
            self._warn(change.new)
        verb = "Forget" if change.new is None else "Confirm"
        return self._ask(f"{verb} the {change.word} {change.definition.family}?")

    def _say_instructions(self, account: Account) -> None:
        said = None if account.greeting is None else account.greeting.instructions
        if said is not None:
            self._talk.say(["  instructions:", *text_lines(said)])

    def _say_definitions(self, definitions: Iterable[Definition]) -> None:
        for definition in definitions:
            self._talk.say(definition_lines(definition))
            self._warn(definition)

    def _warn(self, definition: Definition) -> None:
        family = definition.family
        kin = {**self._live.definitions, **self._pinned()}.values()
        own = [one.name for one in kin if one.family is family]
        elsewhere = self._elsewhere if family is Family.TOOL else {}
        self._talk.say(warnings(definition, own, elsewhere))

    def _pinned(self) -> dict[str, Definition]:
        pin = self._found.pin
        return {} if pin is None else dict(pin.account.definitions)

    def _ask(self, question: str) -> bool:
        answer = self._talk.ask(question)
        self.refused += not answer
        return answer


def _looked_at(found: Candidate, talk: Talk) -> Account:
    """What the server says now, with what guards have seen beside that; or the latter alone."""
    pinned: dict[str, Definition] = {} if found.pin is None else dict(found.pin.account.definitions)
    seen = None if found.seen is None else found.seen.account
    try:
        live = found.visit()
    except ServerFault as fault:
        last = seen or (None if found.pin is None else found.pin.account)
        if last is None:
            raise
        talk.say([f"  {fault.explain()}", "  so this is what was seen of it last:"])
        return last
    beside = {
        item: one
        for item, one in (seen.definitions if seen is not None else {}).items()
        if item not in pinned or pinned[item].digest != one.digest
    }
    return replace(live, definitions={**beside, **live.definitions})


def _is_done(found: Candidate, live: Account) -> bool:
    pin = found.pin
    if pin is None or pin.confirmed is None:
        return False
    return greets_alike(pin.account, live) and not compared(pin.account, live)


def _introduction(found: Candidate, live: Account) -> Iterator[str]:
    yield f"{found.server}: {found.identity.shown}"
    info = {} if live.greeting is None else live.greeting.info
    told = " ".join(str(info[key]) for key in ("name", "version") if key in info)
    yield f"  calls itself {told or 'nothing'}; lists {counted(live)}"
    if found.pin is not None:
        state = found.pin.confirmed or "never"
        yield f"  pinned on {found.pin.first}, reviewed: {state}"


def _names_elsewhere(store: PinStore, server: str) -> dict[str, tuple[str, ...]]:
    """The names of the tools of all other servers."""
    found: dict[str, tuple[str, ...]] = {}
    for other in store.names():
        if other != server:
            found[other] = tuple(sorted(_tools_of(store, other)))
    return found


def _tools_of(store: PinStore, server: str) -> set[str]:
    try:
        pins: Sequence[Pin] = store.read(server) or ()
    except PinFault:
        # A help to this review, and the fault of another server.
        return set()
    return {
        one.name
        for pin in pins
        for one in pin.account.definitions.values()
        if one.family is Family.TOOL
    }


def _carry_out(change: Change, definitions: dict[str, Definition]) -> None:
    item = change.definition.item
    if change.new is None:
        del definitions[item]
    else:
        definitions[item] = change.new


def _forget(store: PinStore, found: Candidate) -> None:
    if found.seen is not None:
        store.forget(found.server, found.identity)


def _record(found: Candidate, pin: Pin) -> PinRecord:
    before = Account(found.identity) if found.pin is None else found.pin.account
    items = [change.definition.item for change in compared(before, pin.account)]
    return PinRecord(
        event="confirmed",
        server=found.server,
        differs=items[:_TOLD],
        old=None if found.pin is None else before.digest,
        new=pin.account.digest,
    )


def _done(server: str, pin: Pin, refused: int) -> str:
    state = "confirmed" if pin.confirmed else "changed, and still not confirmed as a whole"
    rest = (
        f"; {count(refused, 'answer')} was no, and what it was about stays held" if refused else ""
    )
    return f"{server} is {state}: {counted(pin.account)}{rest}"
