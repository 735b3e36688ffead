"""A text over the screen, to be read and left."""

from collections.abc import Iterable, Sequence

from textual.content import Content
from textual.widget import Widget

from localguard.console.dialog import Dialog
from localguard.console.keys import Command
from localguard.console.services import Surroundings
from localguard.console.sheet import Lines, Sheet


class Reading(Dialog[None]):
    """A sheet in a box. The key that opened it leaves it too."""

    DEFAULT_CSS = """
    Reading > #box { width: 100%; max-width: 140; height: 100%; }
    Reading Sheet { height: 1fr; }
    """

    def __init__(self, around: Surroundings, heading: Content, lines: Lines, key: str) -> None:
        super().__init__(around)
        self._heading = heading
        self._lines = lines
        self._key = key

    def heading(self) -> Content:
        """What is read."""
        return self._heading

    def body(self) -> Iterable[Widget]:
        """One sheet."""
        yield Sheet()

    def commands(self) -> Sequence[Command]:
        """Only what every dialog has."""
        return (Command(self._key, "back", lambda _: self.leave(), quiet=True),)

    def on_mount(self) -> None:
        """Fill the sheet; its keys scroll."""
        super().on_mount()
        sheet = self.query_one(Sheet)
        sheet.show(self._lines)
        sheet.focus()
