"""A question or a text over a screen. Escape always leaves it, and that decides nothing."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.events import Key, Resize
from textual.screen import ModalScreen, ScreenResultType
from textual.widget import Widget
from textual.widgets import Static

from localguard.console.content import EMPTY, plain
from localguard.console.hub import Picture
from localguard.console.keys import Command, KeyBar, dispatch
from localguard.console.services import Surroundings
from localguard.console.sheet import Sheet

_HIGH: Final = 16
_ROWS: list[tuple[int, str]] | None = [(0, "-low"), (_HIGH, "-high")]


class Dialog(ModalScreen[ScreenResultType | None]):
    """A box. Subclasses implement `body` and `commands`, and take a new picture in `changed`.

    Its result is None where it was left.
    """

    AUTO_FOCUS: ClassVar[str | None] = None
    HEADING: ClassVar[str] = ""
    AROUND: ClassVar[tuple[int, int]] = (6, 5)
    """Rows of the box that are not the sheet's: usually, and in a low terminal."""

    VERTICAL_BREAKPOINTS = _ROWS
    DEFAULT_CSS = """
    Dialog.-low .title { margin-bottom: 0; }
    Dialog { align: center middle; background: $background 60%; }
    Dialog > #box {
        width: 92%; max-width: 100; height: auto; max-height: 100%;
        border: round $primary; background: $surface; padding: 0 1;
    }
    Dialog Sheet { height: auto; }
    Dialog KeyBar { background: $surface; padding: 0; }
    Dialog .title { text-style: bold; height: auto; max-height: 2; margin-bottom: 1; }
    """

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self.around = around

    def compose(self) -> ComposeResult:
        """The box; `body` fills it."""
        title = Static(self.heading(), classes="title")
        yield Container(title, *self.body(), KeyBar(id="keys"), id="box")

    def heading(self) -> Content:
        """The first line."""
        return plain(self.HEADING)

    def body(self) -> Iterable[Widget]:
        """The widgets of this dialog."""
        raise NotImplementedError

    def commands(self) -> Sequence[Command]:
        """All keys of this dialog but escape."""
        raise NotImplementedError

    def every_command(self) -> Sequence[Command]:
        """The dialog's keys, and escape."""
        return (*self.commands(), Command("escape", "back", lambda _: self.leave()))

    def leave(self) -> None:
        """Go, and decide nothing."""
        self.give(None)

    def give(self, result: ScreenResultType | None) -> None:
        """Go with a result, once."""
        if self.is_current:
            gone = self.dismiss(result)
            del gone  # nothing may wait for it here: it waits for this very handler

    def picture_changed(self, picture: Picture) -> None:
        """Called by the console at most ten times a second."""
        if self.is_mounted:
            self.changed(picture)

    def changed(self, picture: Picture) -> None:
        """Take in a new picture."""

    def refocused(self) -> None:
        """Called when a person comes back to the terminal."""

    def on_mount(self) -> None:
        """Say which keys work."""
        self.fit()
        self.refresh_keys()

    def on_resize(self, event: Resize) -> None:
        """Fit the box to the new size."""
        del event
        self.fit()

    def fit(self) -> None:
        """Let no sheet grow so tall that the keys below it are pushed out of the terminal."""
        rows = self.app.size.height
        for sheet in self.query(Sheet):
            height = sheet.styles.height
            if height is not None and height.is_auto:
                sheet.styles.max_height = max(rows - self.AROUND[rows < _HIGH], 2)

    def refresh_keys(self) -> None:
        """Say anew which keys work."""
        for bar in self.query(KeyBar):
            bar.show(self.every_command(), self.before_keys(), locked=self.keys_locked())

    def keys_locked(self) -> bool:
        """Whether keys that decide do nothing yet."""
        return False

    def before_keys(self) -> Content:
        """What stands before the keys."""
        return EMPTY

    async def on_key(self, event: Key) -> None:
        """Run the command of a key that no focused widget took."""
        await dispatch(self.every_command(), event)
