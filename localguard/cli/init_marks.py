"""What servers that were just pinned say of their tools, and one question for all of them.

Nothing is started again: what is shown, and confirmed by a yes, is what the guards have pinned. A
server of which anything is odd is left to `server review`, where its texts are read.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from localguard.cli.choosing import Person
from localguard.cli.first_look import yes_after_looking
from localguard.cli.init_asking import Line
from localguard.errors import AuditFault, ProfileFault
from localguard.pinning.faults import PinFault
from localguard.pinning.store import PinStore
from localguard.telling.first_looks import overview, warned
from localguard.telling.pin_texts import names_elsewhere
from localguard.telling.reviews import Review, settle
from localguard.telling.subjects import subjects

QUESTION: Final = "Let these marks count?"


@dataclass(frozen=True, slots=True)
class Marks:
    """The pins, who is asked and how, and the moment (ISO 8601); `width` is in columns, or 0.

    `refused` says why they may not choose, or is None. It is asked for before any guard is started,
    as whoever starts one is a client of it from then on, and no person.
    """

    store: PinStore
    person: Person
    refused: str | None
    line: Line
    say: Callable[[Iterable[str]], None]
    now: Callable[[], str]
    width: int

    def unreviewed(self, servers: Iterable[str]) -> dict[str, Review | None]:
        """Servers that nobody has reviewed; without a review those that need one by themselves."""
        found = ((server, self._reviews(server)) for server in servers)
        return {server: reviews[0] for server, reviews in found if reviews}

    def ask(self, servers: Iterable[str]) -> None:
        """Show what is pinned of servers that nobody has reviewed, and confirm it after a yes."""
        found = self.unreviewed(servers)
        if not found:
            return
        self.say(["", "Marks"])
        if self.refused is not None:
            self.say([f"  nobody is asked about them here: {self.refused}"])
            return
        asked = self._shown(found)
        if asked and yes_after_looking(QUESTION, self.line, lambda: self._whole(asked)):
            self.say(f"  {one}" for one in self._confirmed(asked))

    def _reviews(self, server: str) -> list[Review | None]:
        """None of it where it was reviewed, or where there is nothing of it."""
        try:
            found = subjects(self.store, server)
        except PinFault:
            return [None]
        if all(one.pin and one.pin.confirmed and one.seen is None for one in found):
            return []
        if len(found) > 1 or found[0].seen is not None or found[0].pin is None:
            return [None]
        subject, account = found[0], found[0].pin.account
        return [Review(subject, account, names_elsewhere(self.store, server))]

    def _shown(self, found: dict[str, Review | None]) -> list[Review]:
        """Say what there is; the reviews that one question is about."""
        asked: list[Review] = []
        for review in found.values():
            if review is not None:
                warnings = warned(review, review.steps[0])
                self.say(overview(review, review.steps[0], warnings, self.width))
                asked += [] if warnings else [review]
        names = [one.subject.server for one in asked]
        if alone := [server for server in found if server not in names]:
            told = "not asked about here, as its texts are to be read first"
            self.say([f"  {', '.join(alone)}: {told}: localguard server review {' '.join(alone)}"])
        return asked

    def _whole(self, asked: Sequence[Review]) -> None:
        for review in asked:
            self.say(review.introduction())
            self.say(review.lines(review.steps[0]))

    def _confirmed(self, asked: Sequence[Review]) -> Iterator[str]:
        """Confirm each; what became of it."""
        for review in asked:
            pin = review.after([True], self.now())
            if pin is None:
                continue
            try:
                # What cannot be recorded is not confirmed.
                self.person.record(review.record(pin))
                yield settle(self.store, review, pin, refused=0)
            except (AuditFault, PinFault, ProfileFault) as fault:
                yield fault.explain()
