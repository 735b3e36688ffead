"""A question that is answered by typing digits which stand on the screen, and by nothing else.

Whoever types them has read the box. There is no field to paste into; a wrong digit empties what was
typed, and the third one leaves the box. Digits count only some time after they were drawn.
"""

import secrets
from collections.abc import Iterable, Sequence
from typing import Final

from textual.content import Content
from textual.events import Key, Resize
from textual.widget import Widget
from textual.widgets import Static

from localguard.console.arming import Arming
from localguard.console.content import EMPTY, QUIET, plain
from localguard.console.dialog import Dialog
from localguard.console.keys import Command
from localguard.console.services import Surroundings
from localguard.console.sheet import Lines, Sheet

DIGITS: Final = 4
_TRIES: Final = 3


def fresh_code() -> str:
    """Four digits that nobody can know before they are drawn."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


class Confirm(Dialog[bool]):
    """Its result is True once the code was typed. `lines` say what happens then, `deed` in short.

    `finish` is a key that must follow the code, for a code that could be typed by chance.
    """

    DEFAULT_CSS = """
    Confirm > #box { border: round $error; }
    Confirm Sheet { height: auto; max-height: 14; }
    Confirm #code { height: auto; margin: 1 0; }
    Confirm.-low Sheet { max-height: 3; }
    Confirm.-low #code { margin: 0; }
    """

    def __init__(
        self,
        around: Surroundings,
        heading: Content,
        lines: Lines,
        deed: str,
        code: str = "",
        *,
        finish: str | None = None,
    ) -> None:
        super().__init__(around)
        self._heading = heading
        self._lines = lines
        self._deed = deed
        self._finish = finish
        self.code = code or fresh_code()
        self.typed = ""
        self._wrong = 0
        self.arming = Arming()

    def heading(self) -> Content:
        """What is asked."""
        return self._heading

    def body(self) -> Iterable[Widget]:
        """What it is about, and the code."""
        yield Sheet()
        yield Static(EMPTY, id="code")

    def commands(self) -> Sequence[Command]:
        """None: digits are taken as they come."""
        return ()

    def before_keys(self) -> Content:
        """What typing does."""
        then = f", then {self._finish}," if self._finish else ""
        return plain(f"the digits{then} {self._deed}", "$foreground")

    def on_mount(self) -> None:
        """Draw everything, and only then begin to listen."""
        super().on_mount()
        sheet = self.query_one(Sheet)
        sheet.show(self._lines)
        sheet.focus()
        self._draw()
        self.lock_keys()

    def lock_keys(self) -> None:
        """Listen only some time after what is there now was drawn."""
        turn = self.arming.lock()
        self.call_after_refresh(lambda: self.arming.rendered(turn, self.around.monotonic()))

    def on_resize(self, event: Resize) -> None:
        """Everything is drawn anew."""
        del event
        self.lock_keys()

    def refocused(self) -> None:
        """Whoever comes back has to read first."""
        self.lock_keys()

    async def on_key(self, event: Key) -> None:
        """Take a digit; leave everything else to the dialog."""
        if event.character is not None and event.character in "0123456789":
            event.stop()
            if self.arming.takes("digit", event.time):
                self._type(event.character)
        elif event.key == self._finish:
            event.stop()
            self._finished(event)
        elif event.key == "backspace":
            event.stop()
            self.typed = self.typed[:-1]
            self._draw()
        else:
            await super().on_key(event)

    def _type(self, digit: str) -> None:
        self.typed += digit
        if self.typed == self.code:
            self._typed_all()
        elif not self.code.startswith(self.typed):
            self.typed = ""
            self._wrong += 1
            if self._wrong == _TRIES:
                self.leave()
        self._draw()

    def _typed_all(self) -> None:
        if self._finish is None:
            self.give(True)
        else:
            self.lock_keys()

    def _finished(self, event: Key) -> None:
        if self.typed == self.code and self.arming.takes(event.key, event.time):
            self.give(True)

    def _draw(self) -> None:
        done = len(self.typed)
        wrong = "   not these digits, from the first one" if self._wrong and not done else ""
        self.query_one("#code", Static).update(
            Content.assemble(
                ("type ", QUIET),
                (f" {' '.join(self.code)} ", "$warning reverse bold"),
                "  ",
                (" ".join(self.typed) + " _" * (len(self.code) - done), "bold"),
                (wrong, "$error"),
            )
        )
