"""What is asked before the console goes while calls wait: they keep waiting without it."""

from collections.abc import Iterable, Iterator, Sequence

from textual.content import Content
from textual.widget import Widget

from localguard.console.content import plain
from localguard.console.dialog import Dialog
from localguard.console.keys import Command
from localguard.console.services import Surroundings
from localguard.console.sheet import Sheet
from localguard.telling.counts import count


class Leave(Dialog[bool]):
    """Its result is True where the person goes all the same."""

    HEADING = "Detach?"

    def __init__(self, around: Surroundings, waiting: int) -> None:
        super().__init__(around)
        self._waiting = waiting

    def body(self) -> Iterable[Widget]:
        """What becomes of the calls."""
        yield Sheet(can_focus=False)

    def on_mount(self) -> None:
        """Fill the sheet."""
        super().on_mount()
        self.query_one(Sheet).show(self._lines)

    def commands(self) -> Sequence[Command]:
        """Go; to stay is escape."""
        return (Command("q", "detach", lambda _: self._go(), also=("ctrl+c", "ctrl+q")),)

    def _go(self) -> None:
        self.give(True)

    def _lines(self, width: int) -> Iterator[Content]:
        text = (
            f"{count(self._waiting, 'request')} not answered yet. Without the console nothing is "
            "allowed: calls wait for their time, then are held, and can be answered later."
        )
        yield from plain(text).wrap(max(width, 8))
