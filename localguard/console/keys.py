"""The keys of a screen as one table: what each does, and when it works.

The table makes the footer, the help and the dispatch, so that none of them can say other than the
others. A key event reaches its command whole, since its own time counts for what is decided.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import Final

from textual.content import Content
from textual.events import Key
from textual.visual import VisualType
from textual.widget import Widget

from localguard.console.content import EMPTY, QUIET, plain

_KEY: Final = "$accent bold"
_SHOWN: Final = {
    "question_mark": "?",
    "slash": "/",
    "space": "space",
    "escape": "esc",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "pgup",
    "pagedown": "pgdn",
}
_ARROWS: Final[Mapping[tuple[str, ...], str]] = {("right", "left"): "←→", ("down", "up"): "↑↓"}
"""Keys that do the same to and fro."""


def always() -> bool:
    """For what works at all times."""
    return True


@dataclass(frozen=True, slots=True)
class Command:
    """A key, as Textual calls it, what it does in a word or two, and whether it does so now.

    A `quiet` command stands in the help and not in the footer. One that `decides` is drawn quietly
    while the screen is locked. `also` are other keys for the same,
    and `more` is what the help says where a word is too little.
    """

    key: str
    word: str
    run: Callable[[Key], Awaitable[None] | None]
    works: Callable[[], bool] = always
    quiet: bool = False
    decides: bool = False
    also: tuple[str, ...] = ()
    more: str = ""

    @property
    def told(self) -> str:
        """What it does, for the help."""
        return self.more or self.word

    @property
    def shown(self) -> str:
        """The key for a person."""
        return _ARROWS.get((self.key, *self.also)) or _named(self.key)

    @property
    def every_key(self) -> str:
        """The key, and the others for the same."""
        arrows = (self.key, *self.also) in _ARROWS
        return self.shown if arrows else " ".join(map(_named, (self.key, *self.also)))


def _named(key: str) -> str:
    return _SHOWN.get(key, key).replace("ctrl+", "^")


async def dispatch(commands: Iterable[Command], event: Key) -> bool:
    """Run the command of a key, if it works now; whether the key is one of the table's."""
    for command in commands:
        if event.key == command.key or event.key in command.also:
            event.stop()
            event.prevent_default()
            if command.works():
                done = command.run(event)
                if isawaitable(done):
                    await done
            return True
    return False


class KeyBar(Widget):
    """What works now, as much of it as there is room for; the last command always is shown."""

    DEFAULT_CSS = """
    KeyBar { height: 1; padding: 0 1; background: $panel; color: $text-muted; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._commands: Sequence[Command] = ()
        self._before = EMPTY
        self._locked = False
        self._seen: object = None

    def show(
        self, commands: Iterable[Command], before: Content = EMPTY, *, locked: bool = False
    ) -> None:
        """Say what works now, and before it what a person should know of the keys."""
        working = tuple(one for one in commands if not one.quiet and one.works())
        seen = (tuple((one.key, one.word) for one in working), before.plain, locked)
        if seen != self._seen:
            self._commands, self._before, self._seen = working, before, seen
            self._locked = locked
            self.refresh()

    def render(self) -> VisualType:
        """One line."""
        width = self.size.width - 2
        labels = [_label(one, quiet=self._locked and one.decides) for one in self._commands]
        *others, last = labels or [EMPTY]
        before = self._before.truncate(max(width - last.cell_length - 2, 1), ellipsis=True)
        room = width - last.cell_length - before.cell_length
        shown = [before] if before else []
        for label in others:
            room -= label.cell_length + 2
            if room < 0:
                break
            shown.append(label)
        return plain("  ").join([*shown, last])


def _label(command: Command, *, quiet: bool) -> Content:
    key = f"{QUIET} dim" if quiet else _KEY
    return Content.assemble((command.shown, key), (f" {command.word}", QUIET))
