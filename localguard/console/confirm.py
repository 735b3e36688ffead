"""A question that is answered by typing digits which stand on the screen, and by nothing else.

Whoever types them has read the box. There is no field to paste into; a wrong digit empties what was
typed, and the third one leaves the box. Digits count only some time after they were drawn.
"""

import secrets
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from textual.content import Content
from textual.events import Key, Resize
from textual.widget import Widget
from textual.widgets import Static

from localguard.console.content import EMPTY, QUIET, plain
from localguard.console.dialog import Dialog
from localguard.console.keys import Command
from localguard.console.lock import Lock
from localguard.console.services import Surroundings
from localguard.console.sheet import Lines, Sheet

DIGITS: Final = 4
_TRIES: Final = 3
_CODE: Final = "$warning reverse bold"


def fresh_code() -> str:
    """Four digits that nobody can know before they are drawn."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def undoes(around: Surroundings) -> "Confirm":
    """What is asked before the last change of what is remembered is taken back."""
    text = plain(
        "What is remembered becomes what it was before its last change: an answer that was added "
        "goes, one that was taken back comes again."
    )
    heading = plain("Undo the last change?")
    return Confirm(around, heading, lambda width: text.wrap(max(width, 8)), "undo it")


def lockdown_ends(around: Surroundings) -> "Confirm":
    """What is asked before lockdown ends."""
    text = plain("Calls are judged by the profile again. Nothing that was denied comes back.")
    return Confirm(
        around,
        plain("End lockdown?"),
        lambda width: text.wrap(max(width, 8)),
        "end lockdown",
    )


class Confirm(Dialog[bool]):
    """Its result is True once the code was typed. `lines` say what happens then, `deed` in short.

    `finish` is a key that must follow the code, for a code that could be typed by chance.
    """

    AROUND: ClassVar[tuple[int, int]] = (9, 6)
    DEFAULT_CSS = """
    Confirm > #box { border: round $error; }
    Confirm #code { height: auto; margin: 1 0; }
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
        self._early = False
        self.key_lock = Lock(self, around.monotonic, self._draw)

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
        """Whether digits count now, and what typing them does."""
        then = f", then {self._finish}," if self._finish else ""
        return (
            self.key_lock.mark + plain(" ") + plain(f"the digits{then} {self._deed}", "$foreground")
        )

    def on_mount(self) -> None:
        """Draw everything, and only then begin to listen."""
        super().on_mount()
        sheet = self.query_one(Sheet)
        sheet.show(self._lines)
        sheet.focus()
        self.key_lock.close()

    def on_resize(self, event: Resize) -> None:
        """Everything is drawn anew."""
        super().on_resize(event)
        self.key_lock.close()

    def refocused(self) -> None:
        """Whoever comes back has to read first."""
        self.key_lock.close()

    async def on_key(self, event: Key) -> None:
        """Take a digit; leave everything else to the dialog."""
        if event.character is not None and event.character in "0123456789":
            event.stop()
            self._early = not self.key_lock.takes(event, "digit")
            if not self._early:
                self._type(event.character)
            self._draw()
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

    def _typed_all(self) -> None:
        if self._finish is None:
            self.give(True)
        else:
            self.key_lock.close()

    def _finished(self, event: Key) -> None:
        if self.typed == self.code and self.key_lock.takes(event):
            self.give(True)

    def _draw(self) -> None:
        typed = " ".join([*self.typed, *"_" * (len(self.code) - len(self.typed))])
        line = Content.assemble(
            ("type  ", QUIET),
            (f" {' '.join(self.code)} ", f"{QUIET} reverse" if self.key_lock.closed else _CODE),
            "   ",
            (typed, "bold"),
            "   ",
            self._trouble(),
        )
        for shown in self.query("#code").results(Static):
            shown.update(line)
        self.refresh_keys()

    def _trouble(self) -> Content:
        """Why what was typed last does not stand there."""
        if self._early:
            return plain("too soon: read first, then type", "$warning")
        if self._wrong and not self.typed:
            return plain("not these digits, from the first one", "$error")
        return EMPTY
