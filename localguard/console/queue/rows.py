"""Which requests the list shows, which one is looked at, and which are marked. Pure.

The order is that of arrival and nothing changes it. What arrives is appended and never looked at by
itself; what is looked at stays so until it is closed, and then it is what stands in its place.
"""

from collections.abc import Callable, Sequence

from localguard.console.hub import Held
from localguard.control.messages import RequestView


class Rows:
    """The state of the list. `at` is the place of what is looked at, None for nothing."""

    def __init__(self) -> None:
        self._all: Sequence[Held] = ()
        self._passes: Callable[[RequestView], bool] | None = None
        self.shown: Sequence[Held] = ()
        self.at: int | None = None
        self.marked: set[str] = set()

    @property
    def current(self) -> Held | None:
        """What is looked at."""
        return None if self.at is None else self.shown[self.at]

    @property
    def marks(self) -> Sequence[Held]:
        """What is marked and in the list, in its order."""
        return [held for held in self.shown if held.view.id in self.marked]

    def take(self, held: Sequence[Held]) -> None:
        """Take what is held now, in the order of arrival."""
        self._all = held
        self.marked &= {one.view.id for one in held}
        self._show()

    def filter(self, passes: Callable[[RequestView], bool] | None) -> None:
        """Show only what passes; all with None."""
        self._passes = passes
        self._show()

    def look_at(self, at: int) -> None:
        """Look at a place of the list, the nearest one there is."""
        self.at = min(max(at, 0), len(self.shown) - 1) if self.shown else None

    def step(self, by: int) -> None:
        """Look at another one; where nothing was looked at, at the first or the last."""
        if self.at is None:
            self.look_at(0 if by > 0 else len(self.shown) - 1)
        else:
            self.look_at(self.at + by)

    def mark(self) -> None:
        """Mark what is looked at, or take the mark away."""
        if self.current is not None:
            self.marked ^= {self.current.view.id}

    def _show(self) -> None:
        before = self.current
        passes = self._passes
        self.shown = [one for one in self._all if passes is None or passes(one.view)]
        if self.at is None or before is None:
            self.at = None
            return
        same = next((at for at, one in enumerate(self.shown) if _same(one, before)), None)
        if same is None:
            self.look_at(self.at)
        else:
            self.at = same


def _same(one: Held, other: Held) -> bool:
    return one.view.id == other.view.id and one.guard == other.guard
