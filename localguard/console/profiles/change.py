"""What would change, all of it, and only then the key that does it.

What loosens is done by four digits, what only tightens by a key that was pressed for it. What was
shown is what is done: files that are other ones by then are refused.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.events import Key, Mount

from localguard.console.confirm import Confirm
from localguard.console.content import content, plain
from localguard.console.hub import Picture
from localguard.console.keys import Command
from localguard.console.panes.lines import told
from localguard.console.panes.reading import Reading
from localguard.console.panes.split import at_work
from localguard.console.profiles.ports import Outlook
from localguard.console.profiles.told import summary, told_of_edit, told_of_switch
from localguard.console.services import Surroundings, Told
from localguard.console.sheet import hanging


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done at the end: `key` begins it; if `typed`, digits end it whatever changes."""

    key: str
    word: str
    question: str
    do: Callable[[Outlook], Awaitable[Told]]
    typed: bool


class ChangePage(Reading):
    """One profile, and what a switch to it or its acceptance would change."""

    WORD: ClassVar[str] = "profiles"

    def __init__(
        self,
        around: Surroundings,
        seen: Outlook,
        deed: Deed,
        done: Callable[[Told], None],
    ) -> None:
        super().__init__(around)
        self._outlook = seen
        self._deed = deed
        self._done = done
        self._shown: list[str] = []

    def commands(self) -> Sequence[Command]:
        """The one key that does it, once all was shown; and the way back."""
        return (
            Command(self._deed.key, self._deed.word, self._begin, self.readable, decides=True),
            Command("escape", "leave it as it is", lambda _: self.close()),
        )

    def changed(self, picture: Picture) -> None:
        """Who follows and what is withdrawn may be others by now."""
        lines = list(self._told(picture))
        if lines != self._shown:
            again, self._shown = bool(self._shown), lines
            self.read(content(self._deed.question, 160), told(lines), again=again)

    @on(Mount)
    def _first_look(self) -> None:
        self.changed(self.around.hub.picture())

    def _told(self, picture: Picture) -> Iterator[str]:
        raise NotImplementedError

    def _few(self, picture: Picture) -> Sequence[str]:
        raise NotImplementedError

    def _begin(self, event: Key) -> None:
        if not self.takes(event):
            return
        if self._outlook.loosens or self._deed.typed:
            heading = content(self._deed.question, 160)
            box = Confirm(self.around, heading, self._summary, self._deed.word)
            _ = self.app.push_screen(box, self._confirmed)
        else:
            at_work(self, self._write, "write")

    def _summary(self, width: int) -> Iterator[Content]:
        for line in self._few(self.around.hub.picture()):
            yield from hanging(plain("  "), content(line), width)

    def _confirmed(self, typed: bool | None) -> None:
        if typed:
            at_work(self, self._write, "write")

    async def _write(self) -> None:
        self._done(await self._deed.do(self._outlook))
        self.close()


class SwitchPage(ChangePage):
    """A switch to another profile."""

    def _told(self, picture: Picture) -> Iterator[str]:
        return told_of_switch(self._outlook, picture)

    def _few(self, picture: Picture) -> Sequence[str]:
        return summary(self._outlook, picture)


class AcceptPage(ChangePage):
    """The acceptance of what was edited."""

    def _told(self, picture: Picture) -> Iterator[str]:
        del picture
        return told_of_edit(self._outlook)

    def _few(self, picture: Picture) -> Sequence[str]:
        del picture
        return summary(self._outlook, None)
