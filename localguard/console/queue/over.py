"""A dialog over one request: it goes when the request does, and then decides nothing.

It has a lock of its own: keys that decide count only some time after it was drawn.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from textual.content import Content
from textual.events import Key, Resize
from textual.screen import ScreenResultType

from localguard.console.confirm import Confirm
from localguard.console.dialog import Dialog
from localguard.console.hub import Held, Picture
from localguard.console.lock import Lock
from localguard.console.services import Surroundings
from localguard.console.sheet import Lines
from localguard.control.messages import RequestView


def still(picture: Picture, held: Held) -> Held | None:
    """The same request as it is now; None where it was closed or is about another call."""
    for one in picture.held:
        same = (one.guard, one.view.id, one.view.digest)
        if same == (held.guard, held.view.id, held.view.digest):
            return one
    return None


def matter(held: Held) -> tuple[str, RequestView]:
    """All that an answer is about: how many identical calls wait, and how long, is not."""
    return held.guard, replace(held.view, revision=0, count=0, left=0.0, until=0.0)


def unchanged(picture: Picture, held: Held) -> bool:
    """Whether an answer would be about the same as it was shown."""
    now = still(picture, held)
    return now is not None and matter(now) == matter(held)


class OverRequest(Dialog[ScreenResultType]):
    """Its result is None where it was left, or where the request went or waits otherwise."""

    def __init__(self, around: Surroundings, held: Held) -> None:
        super().__init__(around)
        self.held = held
        self.key_lock = Lock(self, around.monotonic, self.refresh_keys)

    def on_mount(self) -> None:
        """Begin the wait for keys that decide."""
        super().on_mount()
        self.key_lock.close()

    def changed(self, picture: Picture) -> None:
        """Go with the request, or take it as it is now."""
        now = still(picture, self.held)
        if now is None or now.view.state != self.held.view.state:
            self.leave()
        elif not unchanged(picture, self.held):
            self.held = now
            self.key_lock.close()

    def on_resize(self, event: Resize) -> None:
        """Everything is drawn anew."""
        super().on_resize(event)
        self.key_lock.close()

    def refocused(self) -> None:
        """Whoever comes back has to read first."""
        self.key_lock.close()

    def keys_locked(self) -> bool:
        """Whether keys that decide do nothing yet."""
        return self.key_lock.closed

    def before_keys(self) -> Content:
        """Whether they count now."""
        return self.key_lock.mark

    def decides(self, event: Key) -> bool:
        """Whether this key press decides."""
        return self.key_lock.takes(event)


class Question(NamedTuple):
    """What a code is asked for. See `Confirm`."""

    heading: Content
    lines: Lines
    deed: str
    code: str = ""
    finish: str | None = None


class Code(Confirm):
    """A code for requests: with any of them closed or changed it goes and decides nothing."""

    def __init__(
        self, around: Surroundings, question: Question, about: Callable[[Picture], bool]
    ) -> None:
        super().__init__(
            around,
            question.heading,
            question.lines,
            question.deed,
            question.code,
            finish=question.finish,
        )
        self._about = about

    def changed(self, picture: Picture) -> None:
        """Go where something is no longer as it was shown."""
        if not self._about(picture):
            self.leave()
