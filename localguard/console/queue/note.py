"""A no with a note, which the model is given as the reason."""

from collections.abc import Iterable, Sequence

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from localguard.console.content import QUIET, content, plain
from localguard.console.entry import Entry
from localguard.console.keys import Command
from localguard.console.queue.over import OverRequest

_LONGEST = 500


class Note(OverRequest[str]):
    """Its result is the note, which may be empty; enter sends it, and that denies."""

    DEFAULT_CSS = "Note Entry { margin-bottom: 1; }"

    def heading(self) -> Content:
        """What is denied."""
        view = self.held.view
        return plain("Deny ") + content(f"{view.server}/{view.item}", 80)

    def body(self) -> Iterable[Widget]:
        """One line to type into."""
        yield Static(plain("The model is told this as the reason:", QUIET))
        yield Entry(max_length=_LONGEST)

    def commands(self) -> Sequence[Command]:
        """None: enter belongs to the field."""
        return ()

    def before_keys(self) -> Content:
        """What enter does."""
        return plain("enter denies with this note", "$foreground")

    def on_mount(self) -> None:
        """Type at once: the person has just asked for it."""
        super().on_mount()
        self.query_one(Entry).focus()

    @on(Input.Submitted)
    def send(self, event: Input.Submitted) -> None:
        """Deny with what was typed."""
        self.give(event.value.strip())
