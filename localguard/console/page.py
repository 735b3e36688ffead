"""What every screen of the console has: the header above, a line of what became of it, the keys.

A screen puts its own widgets between them, has one table of commands, and is given each new
picture. It never takes focus or scrolls by itself.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.events import Key, Resize, ScreenResume
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from localguard.console.clients.key import clients_key
from localguard.console.confirm import lockdown_ends
from localguard.console.content import EMPTY, content
from localguard.console.dialog import Dialog
from localguard.console.header import Header
from localguard.console.help import Help
from localguard.console.hub import Picture
from localguard.console.identity.key import identity_key
from localguard.console.keys import Command, KeyBar, dispatch
from localguard.console.leave import Leave
from localguard.console.services import Surroundings, Told
from localguard.console.theme import following

Result = TypeVar("Result")


class Page(Screen[None]):
    """A screen that one of the keys 1 to 5 leads to.

    Subclasses implement `body` and `commands`, and `changed` for a new picture.
    """

    AUTO_FOCUS: ClassVar[str | None] = None
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = [(0, "-narrow"), (80, "-wide")]  # noqa: RUF012 -- Textual's way
    VERTICAL_BREAKPOINTS: list[tuple[int, str]] | None = [(0, "-short"), (20, "-tall")]  # noqa: RUF012 -- Textual's way
    WORD: ClassVar[str] = ""
    """What the screen is called: one of the `pages` of the surroundings."""

    DEFAULT_CSS = """
    Page { layout: vertical; background: $background; color: $foreground; }
    Page > #body { height: 1fr; }
    Page > #said { height: auto; max-height: 2; padding: 0 1; display: none; }
    Page > #said.-some { display: block; }
    """

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self.around = around
        self.picture = Picture()
        self.above = False
        """Whether this stands over another screen, which escape leads back to."""
        self._done_with = False

    def compose(self) -> ComposeResult:
        """The frame; `body` fills it."""
        yield Header(self.around, self.WORD)
        yield Container(*self.body(), id="body")
        yield Static(EMPTY, id="said")
        yield KeyBar(id="keys")

    def body(self) -> Iterable[Widget]:
        """The widgets of this screen."""
        raise NotImplementedError

    def commands(self) -> Sequence[Command]:
        """All keys of this screen, the most needed first."""
        raise NotImplementedError

    def changed(self, picture: Picture) -> None:
        """Take in a new picture; `self.picture` is still the one before."""

    def picture_changed(self, picture: Picture) -> None:
        """Called by the console: at most ten times a second, and when the screen is shown again."""
        if not self.is_mounted:
            return
        self.query_one(Header).show(picture)
        self.changed(picture)
        self.picture = picture
        self.refresh_keys()

    def say(self, text: Content | Told) -> None:
        """Put one line above the keys, until the next one."""
        line = _line(text)
        said = self.query_one("#said", Static)
        said.update(line)
        said.set_class(bool(line), "-some")

    @property
    def said(self) -> str:
        """The line above the keys."""
        return str(self.query_one("#said", Static).content)

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

    def every_command(self) -> Sequence[Command]:
        """The screen's own keys and those that work everywhere."""
        return (*self.commands(), *self._everywhere())

    async def on_key(self, event: Key) -> None:
        """Run the command of a key that no focused widget took."""
        await dispatch(self.every_command(), event)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Show what changed while another screen was shown."""
        del event
        if self._done_with:
            self.close()
        else:
            self.picture_changed(self.around.hub.picture())

    def refocused(self) -> None:
        """Called when a person comes back to the terminal."""

    def on_resize(self, event: Resize) -> None:
        """Fit the header to the new size."""
        del event
        self.query_one(Header).show(self.picture)

    def _everywhere(self) -> Sequence[Command]:
        locked = self.around.services.profile().lockdown
        return (
            *(
                Command(str(number), word, self._to(word), quiet=True)
                for number, word in enumerate(self.around.pages, 1)
            ),
            Command(
                "L", "end lockdown" if locked else "lockdown", self._lockdown, quiet=not locked
            ),
            identity_key(self, self.around, here=self.WORD),
            clients_key(self, self.around, here=self.WORD),
            Command("ctrl+t", "another theme", lambda _: self._theme(), quiet=True),
            Command("q", "detach", lambda _: self._leave(), also=("ctrl+c", "ctrl+q")),
            Command("question_mark", "keys", lambda _: self._help()),
        )

    def over(
        self, dialog: Dialog[Result], then: Callable[[Result | None], None] | None = None
    ) -> None:
        """Show a dialog over this screen; `then` is given its result."""
        shown = self.app.push_screen(dialog, then)
        del shown  # nothing waits for it: the dialog is drawn when this handler is done

    def close(self) -> None:
        """Go back to the screen below, at once or when this one would be shown again."""
        self._done_with = True
        if self.app.screen is self:
            _ = self.dismiss(None)

    def _to(self, word: str) -> Callable[[Key], None]:
        def go(_: Key) -> None:
            # What belongs to one screen waits there while another is looked at.
            if self.above and (word == self.WORD or self.WORD not in self.around.pages):
                self.close()
            if word != self.app.current_mode:
                shown = self.app.switch_mode(word)
                del shown  # the screen is shown when this handler is done

        return go

    def _help(self) -> None:
        self.over(Help(self.around, self.every_command()))

    def _theme(self) -> None:
        self.app.theme = following(self.app.theme)

    def _leave(self) -> None:
        waiting = len(self.picture.held)
        if waiting:
            self.over(Leave(self.around, waiting), self._gone)
        else:
            self.app.exit()

    def _gone(self, sure: bool | None) -> None:
        if sure:
            self.app.exit()

    def _lockdown(self, event: Key) -> None:
        del event
        if self.around.services.profile().lockdown:
            self.over(lockdown_ends(self.around), self._unlocked)
        else:
            self.run_worker(self._lock_down(on=True))

    def _unlocked(self, sure: bool | None) -> None:
        if sure:
            self.run_worker(self._lock_down(on=False))

    async def _lock_down(self, *, on: bool) -> None:
        self.say(await self.around.services.switches().lockdown(on=on))


def _line(text: Content | Told) -> Content:
    if isinstance(text, Told):
        return content(text.text, 400, "" if text.done else "$warning")
    return text
