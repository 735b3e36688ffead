"""All keys of a screen, the ones that do nothing now in a quieter colour."""

from collections.abc import Iterable, Iterator, Sequence

from textual.content import Content
from textual.widget import Widget

from localguard.console.content import QUIET, plain
from localguard.console.dialog import Dialog
from localguard.console.keys import Command
from localguard.console.services import Surroundings
from localguard.console.sheet import Sheet, hanging

_KEY = 10
_LAWS = (
    "Enter and space never allow anything.",
    "◌ keys that decide do not count yet: 0.7 s after what they decide was drawn. ● they count.",
    "!! destructive, or with hidden text   ~~ changed since it was reviewed   ++ not reviewed",
    "w may write   r only reads, as far as is known   ? not known",
    "Every command of the console exists on the command line too: localguard --help.",
)


class Help(Dialog[None]):
    """The keys, and the laws of the console."""

    HEADING = "Keys"

    def __init__(self, around: Surroundings, shown: Sequence[Command]) -> None:
        super().__init__(around)
        self._shown = [(one, one.works()) for one in shown]

    def body(self) -> Iterable[Widget]:
        """One sheet."""
        yield Sheet()

    def commands(self) -> Sequence[Command]:
        """Only what every dialog has."""
        return (Command("question_mark", "back", lambda _: self.leave(), quiet=True),)

    def on_mount(self) -> None:
        """Fill the sheet."""
        super().on_mount()
        sheet = self.query_one(Sheet)
        sheet.show(self._lines)
        sheet.focus()

    def _lines(self, width: int) -> Iterator[Content]:
        for command, works in self._shown:
            key = plain(f"{command.every_key:<{_KEY}}", "$accent bold" if works else QUIET)
            yield from hanging(key, plain(command.told, "" if works else QUIET), width)
        yield plain("")
        for law in _LAWS:
            yield from plain(law, QUIET).wrap(max(width, 8))
