"""A screen to read before something is answered: the keys that loosen work at its end only.

They work once the end of the text was on the screen, and a while after it was drawn; what is too
long for a screen can be refused here and not confirmed. Knows no question.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.events import Key, Mount, Resize
from textual.widget import Widget
from textual.widgets import Static

from localguard.console.content import EMPTY, plain
from localguard.console.lock import Lock
from localguard.console.page import Page
from localguard.console.panes.lines import Line, cut, drawn
from localguard.console.services import Surroundings
from localguard.console.sheet import Sheet


class Reading(Page):
    """The base of such screens: they `read` something, and ask `takes` in the keys that decide."""

    DEFAULT_CSS = """
    Reading #question { height: auto; max-height: 2; padding: 0 1; text-style: bold; }
    Reading #text { height: 1fr; padding: 0 1; border-top: solid $panel; }
    """
    LACKING: ClassVar[str] = "read to its end first"

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        self.above = True
        self.key_lock = Lock(self, around.monotonic, self.refresh_keys)
        self._lines: Sequence[Line] | None = None
        self._seen = False

    def body(self) -> Iterable[Widget]:
        """The question, and what it is about."""
        yield Static(EMPTY, id="question", markup=False)
        yield Sheet(id="text")

    def before_keys(self) -> Content:
        """Why there is no yes yet, and whether keys count."""
        if self._lines is None:
            return EMPTY
        if cut(self._lines):
            return (
                self.key_lock.mark + plain(" ") + plain("too long to be confirmed here", "$warning")
            )
        if not self.readable():
            return self.key_lock.mark + plain(" ") + plain(self.LACKING, "$warning")
        return self.key_lock.mark

    def refocused(self) -> None:
        """Whoever comes back has to look first."""
        self.key_lock.close()

    def there(self) -> bool:
        """Whether anything is shown."""
        return self._lines is not None

    def readable(self) -> bool:
        """Whether all of it was on the screen."""
        return self._seen and self._lines is not None and not cut(self._lines)

    def unread(self) -> None:
        """Show something else soon: until then no key decides."""
        self._lines, self._seen = None, False
        self.key_lock.close()

    def read(self, question: Content, lines: Sequence[Line], *, again: bool = False) -> None:
        """Show this from its beginning; or `again`, with a few lines otherwise."""
        self._lines, self._seen = lines, again and self._seen
        self.query_one("#question", Static).update(question)
        self.query_one("#text", Sheet).show(drawn(lines), keep=again)
        self.call_after_refresh(self._note_end)
        self.key_lock.close()

    def keys_locked(self) -> bool:
        """Whether what is shown was drawn too short a while ago."""
        return self.key_lock.closed

    def takes(self, event: Key) -> bool:
        """Whether a key was pressed for what is shown."""
        return self.there() and self.key_lock.takes(event)

    @on(Mount)
    def _begin_reading(self) -> None:
        sheet = self.query_one("#text", Sheet)
        sheet.focus()
        self.watch(sheet, "scroll_y", self._note_end)

    @on(Resize)
    def _other_size(self) -> None:
        self.key_lock.close()

    def _note_end(self) -> None:
        sheet = self.query_one("#text", Sheet)
        height = sheet.scrollable_content_region.height
        if self._lines is not None and height > 0:
            self._seen = self._seen or round(sheet.scroll_y) + height >= len(sheet.shown)
        self.refresh_keys()
