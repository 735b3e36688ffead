"""The lock of one screen as it is drawn: closed at each change, open some time after the drawing.

`arming` says when a key decides; this tells it when something was drawn, and the keys below when
they begin to count, so that a person sees why a key does nothing yet.
"""

from collections.abc import Callable
from typing import Any, Final

from textual.content import Content
from textual.events import Key
from textual.screen import Screen

from localguard.console.arming import Arming
from localguard.console.content import QUIET, plain

_WAIT: Final = plain("◌", QUIET)
_READY: Final = plain("●", "$success")
_AFTER: Final = 0.01
"""Seconds after which what changed with time is drawn."""


class Lock:
    """`draw` draws anew whatever tells whether keys count; it may be called at any time."""

    def __init__(
        self, screen: Screen[Any], monotonic: Callable[[], float], draw: Callable[[], None]
    ) -> None:
        self._screen = screen
        self._monotonic = monotonic
        self._draw = draw
        self._arming = Arming()

    @property
    def closed(self) -> bool:
        """Whether keys that decide do nothing yet."""
        return self._arming.left(self._monotonic()) != 0

    @property
    def mark(self) -> Content:
        """Whether they count now, as a sign: an empty circle, and a full one."""
        return _WAIT if self.closed else _READY

    def close(self) -> None:
        """Let keys decide only some time after what is there now was drawn."""
        turn = self._arming.lock()
        self._draw()
        self._screen.call_after_refresh(self._drawn, turn)

    def takes(self, event: Key, key: str = "") -> bool:
        """Whether a key press decides. Keys that count as one key are given their common name."""
        taken = self._arming.takes(key or event.key, event.time)
        if not taken:
            self._follow()
        return taken

    def decided(self, event: Key) -> None:
        """Note the key that has just decided, so that its repetitions do not."""
        self._arming.decided(event.key, event.time)

    def _drawn(self, turn: int) -> None:
        self._arming.rendered(turn, self._monotonic())
        self._follow()

    def _follow(self) -> None:
        """Draw now, and when keys begin to count."""
        self._draw()
        left = self._arming.left(self._monotonic())
        if left:
            self._screen.set_timer(left + _AFTER, self._draw)
