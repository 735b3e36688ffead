"""What the log screen has done in the background, one short turn after the other.

The newest records come first, what is appended meanwhile is looked for five times a second, and a
filter follows what is found. A turn takes some hundredths of a second, so that whoever wants
something else, or nothing any more, never waits. One thread takes the turns; others look and
choose. Knows no widget and no thread.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from localguard.audit.filters import Filter
from localguard.audit.reader import POLL_SECONDS
from localguard.console.log.index import Index
from localguard.console.log.matches import All, Matches, Shown
from localguard.errors import AuditFault

_ROWS: Final = 4000
_RECORDS: Final = 1000
_FIRST_ROWS: Final = 200
_SHARE: Final = 20
"""A look for what is new may take one part in so many of the time."""


class State(NamedTuple):
    """What there is to see. `progress` is up to 1, of the reading or else of the filter.

    `fault` is why nothing can be read, `trouble` what else cannot be, both in words or empty.
    `edition` is another one whenever rows that were there before are to be drawn anew.
    """

    shown: Shown = All()
    known: int = 0
    progress: float = 0.0
    fault: str = ""
    trouble: str = ""
    edition: tuple[int, ...] = ()


class Reading:
    """The records of a folder, as far as they are read, and those that the filter lets through."""

    def __init__(self, index: Index, monotonic: Callable[[], float]) -> None:
        """Touch nothing yet."""
        self.index = index
        self._monotonic = monotonic
        self._matches: Matches | None = None
        self._begun = False
        self._older = True
        self._look_at = 0.0
        self._fault = ""
        self._chosen = 0

    def choose(self, only: Filter | None) -> None:
        """Show what a filter lets through from now on, or everything; drop what was begun."""
        self._matches = None if only is None else Matches(self.index, only)
        self._chosen += 1

    def state(self) -> State:
        """What there is to see now."""
        index, matches = self.index, self._matches
        every = All(index.first, index.end)
        read = index.progress if self._begun else 0.0
        return State(
            shown=every if matches is None else matches.shown(),
            known=len(every),
            progress=read if matches is None else read * matches.progress,
            fault=self._fault,
            trouble=index.trouble,
            edition=(self._chosen, index.mended, len(every) if self._older else -1),
        )

    def turn(self) -> bool:
        """Do a piece of what is to be done; whether the next one is to follow at once."""
        try:
            if not self._begun:
                self.index.begin()
                self._begun = True
                self._older = self.index.older(_FIRST_ROWS)
            elif self._monotonic() >= self._look_at:
                self._look()
            self._fault = ""
        except AuditFault as fault:
            self._fault = fault.explain()
            return False
        if self._older:
            self._older = self.index.older(_ROWS)
        matches = self._matches
        searching = matches is not None and matches.step(_RECORDS)
        return self._older or searching

    def _look(self) -> None:
        before = self._monotonic()
        self.index.newer()
        after = self._monotonic()
        self._look_at = after + max(POLL_SECONDS, _SHARE * (after - before))
