"""The console as a program: it puts the screens together and brings them the news.

It decides nothing, holds no power, and routes only. News of the guards comes to the screens at most
ten times a second. Nothing moves: there is no animation, no palette, and no focus that a request
could take; a terminal's bell is all that calls for attention.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar, Final

import anyio
from textual.app import App
from textual.events import AppFocus
from textual.screen import Screen

from localguard.console.dialog import Dialog
from localguard.console.hub import MONOTONIC, Hub, Picture
from localguard.console.latest import Latest
from localguard.console.page import Page
from localguard.console.queue.screen import Queue
from localguard.console.services import Services, Surroundings
from localguard.console.theme import NAMES, THEMES

Make = Callable[[Surroundings], Screen[None]]
PAUSE: Final = 0.1
"""Seconds between two deliveries of news."""
QUIET_FOR: Final = 5.0
"""Seconds between two rings of the bell."""


class Console(App[None], inherit_bindings=False):
    """The screens over a hub. `screens` are those beside the queue, by their words, in order."""

    TITLE: str | None = "localguard"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS: ClassVar[str | None] = None
    DEFAULT_MODE: ClassVar[str] = Queue.WORD

    def __init__(
        self,
        hub: Hub,
        services: Services,
        *,
        screens: Mapping[str, Make] | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = MONOTONIC,
        theme: str = "dark",
    ) -> None:
        super().__init__()
        makers = {Queue.WORD: Queue, **(screens or {})}
        self.latest = Latest(hub)
        self._known = _ids(self.latest.picture())
        self._rung = -QUIET_FOR
        self.around = Surroundings(self.latest, services, clock, monotonic, tuple(makers))
        self.animation_level = "none"
        for one in THEMES:
            self.register_theme(one)
        self.theme = NAMES.get(theme, theme)
        for word, make in makers.items():
            self.add_mode(word, partial(make, self.around))

    def on_mount(self) -> None:
        """Begin to listen, and to load what the first screen did without."""
        self.run_worker(self._listen(), exit_on_error=True)
        self.screen.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.around.services.begin()
        self._show_again()
        clients = self.around.services.clients()
        if clients is not None:
            self.run_worker(clients.follow(self._show_again), exit_on_error=True)

    def _show_again(self) -> None:
        """Show what is not the guards' and has changed."""
        self.deliver(self.latest.picture())

    async def _listen(self) -> None:
        while True:
            self.deliver(await self.latest.next())
            await anyio.sleep(PAUSE)

    def deliver(self, picture: Picture) -> None:
        """Give a picture to all that is shown now."""
        for screen in self.screen_stack:
            if isinstance(screen, Page | Dialog):
                screen.picture_changed(picture)
        self._ring(picture)

    def _ring(self, picture: Picture) -> None:
        """Ring the terminal's bell for what is new, and not again for a while."""
        ids, now = _ids(picture), self.around.monotonic()
        if not ids <= self._known and now - self._rung >= QUIET_FOR:
            self._rung = now
            self.bell()
        self._known = ids

    def on_app_focus(self, event: AppFocus) -> None:
        """Whoever comes back to the terminal has to read before a key decides."""
        del event
        for screen in self.screen_stack:
            if isinstance(screen, Page | Dialog):
                screen.refocused()


def _ids(picture: Picture) -> set[str]:
    return {held.view.id for held in picture.held}
