"""A review, step by step: everything is shown before it is asked, and four digits end it.

What is confirmed is what was shown, and is confirmed only by the yes to it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from anyio import to_thread
from textual import on
from textual.content import Content
from textual.events import Key, Mount

from localguard.console.confirm import Confirm
from localguard.console.content import QUIET, content, plain
from localguard.console.keys import Command
from localguard.console.panes.lines import Line, told
from localguard.console.panes.reading import Reading
from localguard.console.panes.split import at_work
from localguard.console.servers.ports import Looked, Pins
from localguard.console.services import Surroundings, Told
from localguard.console.sheet import wrapped
from localguard.telling.counts import count
from localguard.telling.reviews import Review, Step


class ReviewPage(Reading):
    """The questions of one review. `done` is told what became of it."""

    WORD: ClassVar[str] = "servers"

    def __init__(
        self,
        around: Surroundings,
        pins: Pins,
        review: Review,
        looked: Looked,
        done: Callable[[Told], None],
    ) -> None:
        super().__init__(around)
        self._pins = pins
        self._review = review
        self._told = looked.told
        self._done = done
        self._answers: list[bool] = []

    def commands(self) -> Sequence[Command]:
        """Yes, once all was shown; no, and back."""
        return (
            Command("y", "yes", self._yes, self.readable, decides=True),
            Command("n", "no", self._no, self.there, decides=True),
            Command("b", "one back", self._one_back, lambda: bool(self._answers)),
            Command("escape", "leave it as it is", lambda _: self.close()),
        )

    @property
    def _step(self) -> Step:
        return self._review.steps[len(self._answers)]

    @on(Mount)
    def _ask(self) -> None:
        self.unread()
        at_work(self, self._load, "step")

    async def _load(self) -> None:
        step, number = self._step, len(self._answers) + 1
        lines = await to_thread.run_sync(lambda: told(self._review.lines(step)))
        where = plain(f"{number} of {len(self._review.steps)}  ", QUIET)
        before = self._introduction() if number == 1 else ()
        self.read(where + content(step.question, 160), [*before, *lines])

    def _introduction(self) -> Iterator[Line]:
        yield from told(self._review.introduction())
        if self._told:
            yield Line(f"  {self._told}", QUIET)
        yield Line("")

    def _yes(self, event: Key) -> None:
        if self.takes(event):
            self._answer(yes=True)

    def _no(self, event: Key) -> None:
        if self.takes(event):
            self._answer(yes=False)

    def _one_back(self, _: Key) -> None:
        self._answers.pop()
        self._ask()

    def _answer(self, *, yes: bool) -> None:
        ends = self._step.key and not yes
        self._answers.append(yes)
        if not ends and len(self._answers) < len(self._review.steps):
            self._ask()
        elif any(self._answers) and not ends:
            self._confirm()
        else:
            self.close()

    def _confirm(self) -> None:
        server = self._review.subject.server
        heading = plain("Confirm what ") + content(server, 40) + plain(" says of itself?")
        box = Confirm(self.around, heading, self._summary, "confirm it")
        _ = self.app.push_screen(box, self._confirmed)

    def _summary(self, width: int) -> Iterator[Content]:
        yes = self._answers.count(True)
        said = f"You said yes to {yes} of {count(len(self._answers), 'question')}."
        yield from wrapped(plain(said), width)
        for step, answer in zip(self._review.steps, self._answers, strict=False):
            name = "" if step.change is None else f" {step.change.definition.name}"
            sign = plain("yes ", "$success") if answer else plain("no  ", "$error")
            yield sign + content(step.question + name, max(width - 4, 8))

    def _confirmed(self, typed: bool | None) -> None:
        if typed:
            at_work(self, self._write, "write")
        else:
            self._answers.pop()
            self._ask()

    async def _write(self) -> None:
        self._end(await self._pins.confirm(self._review, tuple(self._answers)))

    def close(self) -> None:
        """Leave it as it is, and say so."""
        self._end(Told(False, "Nothing was confirmed, so nothing has changed."))

    def _end(self, what: Told) -> None:
        self._done(what)
        super().close()
