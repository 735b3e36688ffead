"""Where a person types a filter, in the grammar of `localguard logs`, and reads its faults.

What is wrong is said below the text while it is typed; only what was understood is handed on.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from localguard.audit.filters import Filter, parse
from localguard.console.content import EMPTY, QUIET, content, plain
from localguard.errors import UsageFault

_HINT: Final = plain("server:db  decision:deny,ask  -client:cursor  since:2h  word", QUIET)
# What steers a terminal or is not seen cannot be pasted: the text is drawn as it is.
_TYPED: Final = (
    r"[^\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    r"\U000e0000-\U0010ffff]*"
)
_LONGEST: Final = 1000


class Search(Widget):
    """One line to type in, and one below it."""

    DEFAULT_CSS = """
    Search { height: auto; display: none; background: $surface; }
    Search Input, Search Input:focus { border: none; height: 1; padding: 0 1; background: $panel; }
    Search Static { height: auto; max-height: 2; padding: 0 1; }
    """

    class Wanted(Message):
        """A filter that was understood; None shows everything."""

        def __init__(self, text: str, only: Filter | None) -> None:
            super().__init__()
            self.text = text
            self.only = only

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now
        self._typed = Input(restrict=_TYPED, max_length=_LONGEST, select_on_focus=False)
        self._fault = Static(EMPTY)

    def compose(self) -> ComposeResult:
        """The text and what is wrong with it."""
        yield self._typed
        yield self._fault

    @property
    def is_open(self) -> bool:
        """Whether a person types here."""
        return bool(self.display)

    def open(self, text: str) -> None:
        """Let a person go on with a text."""
        typed = self._typed
        typed.value = text
        typed.cursor_position = len(text)
        # At once, so that what is typed ahead comes here.
        self.display = True
        self.screen.set_focus(typed)
        self._check(text)

    def close(self) -> None:
        """Take away the line; what was typed and not applied is forgotten."""
        self.display = False

    def apply(self) -> None:
        """Hand on what was typed, if it is understood."""
        text = self._typed.value.strip()
        found = self._check(text, "$error")
        if found is not None:
            self.close()
            self.post_message(self.Wanted(text, found if text else None))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._check(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.apply()

    def _check(self, text: str, style: str = "$warning") -> Filter | None:
        """Understand a text, or say in a style what is wrong with it."""
        try:
            found = parse(text, self._now())
        except UsageFault as fault:
            self._fault.update(content(fault.explain(), 400, style))
            return None
        self._fault.update(_HINT if not text else EMPTY)
        return found
