"""A pilot that knows when an app rests, and need not guess it.

Textual's own waits until the whole process has used next to no processor time for 20 ms: long
where it rests at once, and too short where the machine is busy. An app rests when nothing is
left for its event loop but to wait: for a time, for a thread, or for the next key.
"""

import unicodedata
from contextlib import suppress
from typing import Any, Final

from anyio.lowlevel import checkpoint
from textual.app import App
from textual.events import Key
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.pilot import Pilot

_TURNS: Final = 100_000
"""Turns of the loop after which an app that never rests is given up; a screen needs hundreds."""


class ExactPilot(Pilot[None]):
    """Drives an app as `Pilot` does, and waits no longer than there is something to be done."""

    async def pause(self, delay: float | None = None) -> None:
        """Wait a number of seconds, if one is given, and then until the app rests and is drawn."""
        if delay is not None:
            await super().pause(delay)
        for _ in range(3):  # what is called after a drawing may want another one
            await _rest(self.app)
            await self.app.animator.wait_until_complete()
            self.app.screen._on_timer_update()
        await _rest(self.app)

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, each when the app rests."""
        for key in keys:
            self.app.post_message(_pressed(key))
            await self.pause()

    async def resize_terminal(self, width: int, height: int) -> None:
        """Give the terminal another size, which the app would take with its next frame."""
        await super().resize_terminal(width, height)
        self.app._check_resize()
        await self.pause()


async def _rest(app: App[Any]) -> None:
    """Return when the event loop of an app has nothing left to do now. Raises TimeoutError."""
    loop: Any = app._loop
    for _ in range(_TURNS):
        await checkpoint()
        if not loop._ready:
            return
    raise TimeoutError("the app never rests")


def _pressed(key: str) -> Key:
    """The event for a key or a character, as Textual's own pilot names it."""
    name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
    character = key if len(key) == 1 else None
    with suppress(KeyError):
        character = unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(name, name)))
    return Key(name, character)
