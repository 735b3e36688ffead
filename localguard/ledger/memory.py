"""What one guard knows of its session, so that nothing is written, read or matched twice.

Knows targets and patterns, and no file.
"""

from typing import Final

from localguard.ledger.sightings import MAX_TARGETS, Target
from localguard.policy.rules import Pattern
from localguard.policy.truth import Truth, any_of, truth

_MAX_KNOWN: Final = 4 * MAX_TARGETS
_MAX_PATTERNS: Final = 1000


class Memory:
    """The targets of a session, by `unwritten` those that others do not know yet.

    `file` and `last` say up to which row of which file they were read.
    """

    def __init__(self) -> None:
        self.file = ""
        self.last = 0
        self.unwritten: dict[Target, None] = {}
        self._own: dict[Target, None] = {}
        self._targets: dict[Target, None] = {}
        self._answers: dict[str, tuple[int, Truth]] = {}
        self._more = False

    def learns(self, target: Target) -> bool:
        """Whether a target was not written yet."""
        if target in self._own and target not in self.unwritten:
            return False
        if len(self._targets) >= _MAX_KNOWN and target not in self._targets:
            self._more = True
            return False
        self.unwritten[target] = None
        self._targets.setdefault(target)
        return True

    def kept(self) -> None:
        """What was to be written is."""
        self._own |= self.unwritten
        self.unwritten.clear()

    def begin(self, file: str) -> None:
        """Another file: it gets what this guard has told the one before."""
        self.file, self.last = file, 0
        self.unwritten = self._own | self.unwritten

    def read(self, row: int, target: Target) -> None:
        """A target that some guard of the session has kept."""
        self.last = row
        self._targets.setdefault(target)

    def answer(self, text: str, pattern: Pattern, complete: bool) -> bool | None:
        """Whether some known target matches; a no only where all of them are known."""
        done, found = self._answers.get(text, (0, Truth.NO))
        if found is not Truth.YES and done < len(self._targets):
            fresh = list(self._targets)[done:]
            found = any_of([found, *(_judge(pattern, target) for target in fresh)])
            if len(self._answers) >= _MAX_PATTERNS:
                self._answers.clear()
            self._answers[text] = len(self._targets), found
        if found is Truth.YES:
            return True
        complete = complete and not self._more
        return False if complete and found is Truth.NO else None


def _judge(pattern: Pattern, target: Target) -> Truth:
    if not pattern.names(target.server, target.item):
        return Truth.NO
    if pattern.mark is None:
        return Truth.YES
    return Truth.DOUBT if target.marks is None else truth(pattern.mark in target.marks)
