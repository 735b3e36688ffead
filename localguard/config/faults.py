"""What is wrong with a file of the person's, all of it at once.

A person who repairs a file wants to see every fault, not the first one each time. Knows no TOML
and no profile.
"""

from collections.abc import Iterable, Sequence

from localguard.errors import ProfileFault
from localguard.text import safe

_LIMIT = 400
"""Characters of one sentence; a name that someone chose may be of any length."""


class FileFault(ProfileFault):
    """One fault of one file."""

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(safe(what, _LIMIT), where=where, fix=safe(fix, _LIMIT))


class ProfileFaults(FileFault):
    """Raised when a profile has faults: all of them in `faults`, in the order of their lines.

    As a fault it is the first of them, and says how many more there are.
    """

    def __init__(self, faults: Sequence[ProfileFault]) -> None:
        first, *others = faults
        super().__init__(first.what, where=first.where, fix=first.fix)
        self.faults = tuple(faults)
        self._others = len(others)

    def explain(self) -> str:
        """The first fault on one line, and how many more there are."""
        if not self._others:
            return super().explain()
        more = "There is 1 more" if self._others == 1 else f"There are {self._others} more"
        return f"{super().explain()} {more}: localguard profile validate shows all."


def raise_any(faults: Sequence[ProfileFault], names: Sequence[str]) -> None:
    """Raise ProfileFaults if there are any, in the order of the files named and of their lines."""

    def place(fault: ProfileFault) -> tuple[int, int]:
        name, _, line = fault.where.rpartition(":")
        return names.index(name), int(line)

    if faults:
        # Two readers may look at one key; a person is told once.
        told = {fault.explain(): fault for fault in faults}
        raise ProfileFaults(sorted(told.values(), key=place))


def faults_of(fault: ProfileFault) -> tuple[ProfileFault, ...]:
    """Every single fault that a fault stands for."""
    return fault.faults if isinstance(fault, ProfileFaults) else (fault,)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that looks most like a misspelt one, if any does."""
    import difflib  # noqa: PLC0415 -- milliseconds that only a fault may cost

    found = difflib.get_close_matches(word, sorted(known), n=1)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The fix for a misspelt word: the nearest right one, or all there are."""
    words = sorted(known)
    near = nearest(word, words)
    return f'did you mean "{near}"?' if near else f"use one of {', '.join(words)}"


def shell_word(path: str) -> str:
    """A path as a person types it into a shell."""
    import shlex  # noqa: PLC0415 -- only a fault needs it

    return shlex.quote(path)
