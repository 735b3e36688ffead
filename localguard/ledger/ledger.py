"""`Ledger`: what a guard asks and tells about what was done before.

One object per guard, used from one thread. Every answer is a value: where the file cannot be read,
counts and sightings are None and `trouble` says why, until it can be read again. Knows policy's
patterns, and neither rules nor calls.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from localguard.ledger import sightings, spending
from localguard.ledger.charges import Charge, Reservation, Taken
from localguard.ledger.clients import Session
from localguard.ledger.clock import Clock, machine_clock
from localguard.ledger.faults import LedgerFault, lost
from localguard.ledger.memory import Memory
from localguard.ledger.sightings import Target
from localguard.ledger.turns import Turn, Turns
from localguard.policy.rules import Pattern

_PRUNE_EVERY: Final = 500
_MAX_OWED: Final = 1000


class Ledger:
    """What was done by all guards; `folder` is only this ledger's, and made when it is needed.

    Without a `session` nothing is ever known to have been called or not.
    """

    def __init__(self, folder: str, session: Session | None, clock: Clock | None = None) -> None:
        self.trouble: str | None = None
        self._folder = folder
        self._session = session
        self._clock = machine_clock() if clock is None else clock
        self._turns: Turns | None = None
        self._owed: list[tuple[str, Taken]] = []
        self._since_prune = _PRUNE_EVERY
        self._memory = Memory()

    def reserve(self, charges: Sequence[Charge]) -> Reservation:
        """Count a call under each rule, at once for all guards, and tell the sums.

        To be given back only if the call is never sent; there is nothing to do when it is.
        """
        if not charges:
            return Reservation({})
        try:
            with self._turn() as turn:
                self._settle(turn)
                found = _reserved(turn, charges)
        except LedgerFault as fault:
            return Reservation(dict.fromkeys(charge.key for charge in charges), fault.explain())
        self._owed.clear()
        return found

    def give_back(self, reservation: Reservation) -> None:
        """Take out what a call that was never sent has reserved; more than once is once.

        Where that fails it is done with the next reservation.
        """
        self._owed.extend((reservation.file, taken) for taken in reservation.taken)
        reservation.taken = ()
        # What is not given back stays counted, which is the safe side.
        del self._owed[:-_MAX_OWED]
        if not self._owed:
            return
        try:
            with self._turn() as turn:
                self._settle(turn)
        except LedgerFault:
            return
        self._owed.clear()

    def note(self, server: str, item: str, marks: frozenset[str] | None) -> None:
        """Keep that this client calls an item, with its marks if they are known.

        Where that fails it is done with the next note or question.
        """
        if self._session is None or not self._memory.learns(Target(server, item, marks)):
            return
        try:
            with self._turn() as turn:
                self._remember(turn, self._session)
        except LedgerFault:
            return
        self._memory.kept()

    def seen(self, patterns: Mapping[str, Pattern]) -> Mapping[str, bool | None]:
        """Whether this client has called what each pattern names, through whatever guard.

        `patterns` by their text, which is also the key of each answer; None is unknown.
        """
        complete = False
        if self._session is not None and patterns:
            try:
                with self._turn() as turn:
                    complete = self._remember(turn, self._session)
                self._memory.kept()
            except LedgerFault:
                complete = False
        memory = self._memory
        return {text: memory.answer(text, patterns[text], complete) for text in patterns}

    def close(self) -> None:
        """Let go of the file. The next question opens it again."""
        if self._turns is not None:
            self._turns.close()

    @contextmanager
    def _turn(self) -> Iterator[Turn]:
        if self._turns is None:
            from localguard.ledger.store import Store  # noqa: PLC0415 -- loads SQLite

            self._turns = Store(self._folder, self._clock)
        try:
            with self._turns.turn() as turn:
                yield turn
        except LedgerFault as fault:
            self.trouble = fault.explain()
            raise
        self.trouble = None if turn.lost is None else lost(turn.aside)

    def _settle(self, turn: Turn) -> None:
        """Give back what is owed, unless another file lies there by now; tidy up now and then."""
        for file, taken in self._owed:
            if file == turn.file:
                spending.give_back(turn, taken)
        self._since_prune += 1
        if self._since_prune > _PRUNE_EVERY:
            self._since_prune = 0
            spending.prune(turn)

    def _remember(self, turn: Turn, session: Session) -> bool:
        """Write what this guard knows, read what others do; whether that is all there was."""
        memory = self._memory
        if memory.file != turn.file:
            memory.begin(turn.file)
        known = sightings.enter(turn, session.id, session.age)
        for target in memory.unwritten:
            sightings.add(turn, known, target)
        for row, target in sightings.newer(turn, known, memory.last):
            memory.read(row, target)
        return known.all


def _reserved(turn: Turn, charges: Sequence[Charge]) -> Reservation:
    taken = tuple(filter(None, [spending.take(turn, charge) for charge in charges]))
    counted = {one.key for one in taken}
    sums = {
        charge.key: spending.spent(turn, charge) if charge.key in counted else None
        for charge in charges
    }
    unknown = None in sums.values() and turn.lost is not None
    return Reservation(sums, lost(turn.aside) if unknown else None, turn.file, taken)
