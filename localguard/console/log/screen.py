"""The log as a screen of the console."""

from collections.abc import Iterable, Mapping, Sequence

from textual import on
from textual.widget import Widget

from localguard.audit.recalled import recalled
from localguard.console.keys import Command
from localguard.console.log.index import Index
from localguard.console.log.view import LogView
from localguard.console.page import Page
from localguard.telling.why import Again, judged_again


class LogScreen(Page):
    """What was called, decided and answered, as it was and as it happens."""

    WORD = "log"

    def body(self) -> Iterable[Widget]:
        """The log alone."""
        places = self.around.services.places

        def judge(records: Sequence[Mapping[str, object]]) -> Again:
            return judged_again(places, records, recalled)

        yield LogView(Index(places.audit), self.around.clock, judge)

    def commands(self) -> Sequence[Command]:
        """The keys of the log."""
        return [command for view in self.query(LogView) for command in view.commands()]

    @on(LogView.Said)
    def _said(self, event: LogView.Said) -> None:
        self.say(event.line)

    @on(LogView.Turned)
    def _turned(self) -> None:
        self.refresh_keys()
