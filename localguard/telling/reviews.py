"""A review of a server, step by step: what a person is shown and asked, and what follows from it.

What is confirmed is what was shown, by its digests, never what the server says later. Knows no
terminal and no screen, starts no server and writes nothing: whoever asks the questions puts the pin
that follows into the store, after its record is in the audit log.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from localguard.audit.records import Pin as PinRecord
from localguard.pinning.store import PinStore
from localguard.policy.lookalikes import skeleton
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
from localguard.telling.definitions import (
    change_lines,
    definition_lines,
    text_lines,
    text_warnings,
    warnings,
)
from localguard.telling.pin_texts import counted
from localguard.telling.subjects import Subject

Others = Mapping[str, Sequence[str]]
"""The names of the tools of other servers."""

Kind = Literal["server", "all", "kept", "instructions", "change"]
"""Whether another server is meant than is pinned, all of a server that is not pinned, what was
pinned at first sight, new instructions, one definition."""

_TOLD: Final = 20


@dataclass(frozen=True, slots=True)
class Step:
    """One question, to be answered with yes or no after all its lines were shown.

    `key` says that what follows is asked only after a yes.
    """

    kind: Kind
    question: str
    definitions: tuple[Definition, ...] = ()
    change: Change | None = None
    said: tuple[str, ...] = ()
    key: bool = False


class Review:
    """One server, what it says now (`live`) and the questions that follow from the difference."""

    def __init__(self, subject: Subject, live: Account, elsewhere: Others) -> None:
        self.subject = subject
        self.live = live
        self.steps = tuple(self._steps())
        self._own = self._names()
        self._elsewhere = {server: _by_looks(names) for server, names in elsewhere.items()}

    def introduction(self) -> Iterator[str]:
        """Which server it is, what it calls itself, and since when it is known."""
        yield f"{self.subject.server}: {self.subject.identity.shown}"
        info = {} if self.live.greeting is None else self.live.greeting.info
        told = " ".join(str(info[key]) for key in ("name", "version") if key in info)
        yield f"  calls itself {told or 'nothing'}; lists {counted(self.live)}"
        pin = self.subject.pin
        if pin is not None:
            yield f"  pinned on {pin.first}, reviewed: {pin.confirmed or 'never'}"

    def lines(self, step: Step) -> Iterator[str]:
        """Everything that a person must see before the question of a step."""
        yield from step.said
        if step.change is not None:
            yield from change_lines(step.change)
            yield from self._warnings(step.change.new)
        for definition in step.definitions:
            yield from definition_lines(definition)
            yield from self._warnings(definition)

    def after(self, answers: Sequence[bool], now: str) -> Pin | None:
        """The pin as it is after the answers to the steps, in their order; those left out are no.

        None where nothing was confirmed. `now` is in ISO 8601.
        """
        told = [*answers, *[False] * (len(self.steps) - len(answers))]
        before = self.subject.pin
        if before is None:
            return Pin(self.live, now, now) if all(told) else None
        yes = [step for step, answer in zip(self.steps, told, strict=True) if answer]
        kinds = {step.kind for step in yes}
        confirmed = now if "kept" in kinds else before.confirmed
        account, live = before.account, self.live
        after = replace(
            account,
            greeting=live.greeting if "instructions" in kinds else account.greeting,
            definitions=_carried_out(account, (step.change for step in yes)),
            listed=account.listed | live.listed if confirmed else account.listed,
        )
        same = after.digest == account.digest and confirmed == before.confirmed
        return None if same else Pin(after, before.first, confirmed)

    def record(self, pin: Pin) -> PinRecord:
        """What the audit log is told of a pin that followed."""
        found = self.subject
        before = Account(found.identity) if found.pin is None else found.pin.account
        items = [change.definition.item for change in compared(before, pin.account)]
        return PinRecord(
            event="confirmed",
            server=found.server,
            differs=items[:_TOLD],
            old=None if found.pin is None else before.digest,
            new=pin.account.digest,
        )

    def _steps(self) -> Iterator[Step]:
        before, live = self.subject.pin, self.live
        if before is None:
            yield from self._whole()
            return
        changes = compared(before.account, live)
        if before.confirmed is None:
            yield _kept(before.account, changes)
        if not greets_alike(before.account, live):
            question = "Confirm these instructions in place of the ones before?"
            yield Step("instructions", question, said=tuple(_instructions(live)))
        for change in changes:
            verb = "Forget" if change.new is None else "Confirm"
            question = f"{verb} the {change.word} {change.definition.family}?"
            yield Step("change", question, change=change)

    def _whole(self) -> Iterator[Step]:
        others = self.subject.others
        if others:
            said = [f"  pinned under this name: {pin.account.identity.shown}" for pin in others]
            question = "Is this other command the one that you mean?"
            yield Step("server", question, said=tuple(said), key=True)
        yield Step(
            "all",
            f"Confirm all of this ({counted(self.live)})?",
            definitions=tuple(self.live.definitions.values()),
            said=tuple(_instructions(self.live)),
        )

    def _names(self) -> dict[Family, Mapping[str, Sequence[str]]]:
        pin = self.subject.pin
        pinned = {} if pin is None else pin.account.definitions
        kin = {**self.live.definitions, **pinned}.values()
        return {
            family: _by_looks(one.name for one in kin if one.family is family) for family in Family
        }

    def _warnings(self, definition: Definition | None) -> Iterator[str]:
        if definition is None:
            return
        looks = skeleton(definition.name)
        elsewhere = self._elsewhere if definition.family is Family.TOOL else {}
        yield from warnings(
            definition,
            self._own[definition.family].get(looks, ()),
            {server: names[looks] for server, names in elsewhere.items() if looks in names},
        )


def settle(store: PinStore, review: Review, pin: Pin, *, refused: int) -> str:
    """Put a pin that was recorded in place of the one before; what a person is told of it.

    Raises PinFault, also where the pin is no longer the one that the person was shown.
    """
    subject = review.subject
    store.put(subject.server, pin, subject.pin)
    if refused == 0:
        forget(store, subject)
    state = "confirmed" if pin.confirmed else "changed, and still not confirmed as a whole"
    rest = (
        f"; {count(refused, 'answer')} was no, and what it was about stays held" if refused else ""
    )
    return f"{subject.server} is {state}: {counted(pin.account)}{rest}"


def forget(store: PinStore, subject: Subject) -> None:
    """Forget what was seen beside a pin: all of it was looked at. Raises PinFault."""
    if subject.seen is not None:
        store.forget(subject.server, subject.identity)


def _kept(account: Account, changes: Sequence[Change]) -> Step:
    """Of a server that nobody has reviewed yet, all that was pinned at first sight."""
    changed = {change.definition.item for change in changes}
    kept = tuple(one for one in account.definitions.values() if one.item not in changed)
    question = f"Confirm what was pinned at first sight ({count(len(kept), 'definition')})?"
    return Step("kept", question, definitions=kept, said=tuple(_instructions(account)))


def _instructions(account: Account) -> Iterator[str]:
    said = None if account.greeting is None else account.greeting.instructions
    if said is not None:
        yield "  instructions:"
        yield from text_lines(said)
        yield from text_warnings("instructions", said)


def _carried_out(account: Account, changes: Iterable[Change | None]) -> dict[str, Definition]:
    definitions = dict(account.definitions)
    for change in changes:
        if change is None:
            continue
        if change.new is None:
            del definitions[change.definition.item]
        else:
            definitions[change.definition.item] = change.new
    return definitions


def _by_looks(names: Iterable[str]) -> dict[str, list[str]]:
    """Names by what a quick reader makes of them: only those of one heap can be mistaken."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        found[skeleton(name)].append(name)
    return found
