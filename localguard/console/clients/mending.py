"""What registering again would write, all of it, and only then the key and the digits that do it.

It counts as accepted what it adds to the profile, so a person has to have read it. What was shown
is what is written: a file that is another one by then is left as it is.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.events import Key, Mount

from localguard.console.clients.key import CLIENTS
from localguard.console.clients.ports import Mended, Outlook
from localguard.console.confirm import Confirm
from localguard.console.content import content, plain
from localguard.console.keys import Command
from localguard.console.panes.lines import told
from localguard.console.panes.reading import Reading
from localguard.console.panes.split import at_work
from localguard.console.services import Surroundings, Told
from localguard.console.sheet import hanging

Do = Callable[[Outlook], Awaitable[Mended]]


class MendPage(Reading):
    """One entry, and the change of each file. `done` is told what became of it."""

    WORD: ClassVar[str] = CLIENTS

    def __init__(
        self, around: Surroundings, outlook: Outlook, do: Do, done: Callable[[Told], None]
    ) -> None:
        super().__init__(around)
        self._outlook = outlook
        self._do = do
        self._done = done

    def commands(self) -> Sequence[Command]:
        """The one key that does it, once all was shown; and the way back."""
        return (
            Command("c", "connect", self._begin, self.readable, decides=True),
            Command("escape", "leave it as it is", lambda _: self.close()),
        )

    @on(Mount)
    def _show(self) -> None:
        self.read(self._question, told(self._outlook.lines))

    @property
    def _question(self) -> Content:
        seen = self._outlook.seen
        return Content.assemble(
            "Have ",
            content(seen.title, 40),
            " start ",
            content(seen.name, 40),
            " through localguard? This is what changes.",
        )

    def _begin(self, event: Key) -> None:
        if self.takes(event):
            box = Confirm(self.around, self._question, self._summary, "connect it")
            _ = self.app.push_screen(box, self._confirmed)

    def _summary(self, width: int) -> Iterator[Content]:
        yield from hanging(plain("  "), content(self._outlook.seen.path, 400), width)

    def _confirmed(self, typed: bool | None) -> None:
        if typed:
            at_work(self, self._write, "write")

    async def _write(self) -> None:
        self._done(Told(*await self._do(self._outlook)))
        self.close()
