"""The console put together: the guards, the profile in force, and what shows the first screen.

A person waits for it, so all that it can do without (`console_parts`) is loaded after it was drawn,
or when it is first needed.
"""

import gc
from collections.abc import Callable
from functools import cache, partial

import anyio
from textual.screen import Screen

from localguard.config.paths import Places
from localguard.console.app import Console, Make
from localguard.console.guards import Guards
from localguard.console.services import (
    Past,
    Profile,
    Remembering,
    Services,
    Surroundings,
    Switches,
)

_SCREENS = ("log", "rules", "servers", "profiles")
"""Beside the queue, in the order of their keys."""


def show(where: Places, theme: str) -> None:
    """Show the console until the person leaves it."""
    anyio.run(_show, where, theme)


async def _show(where: Places, theme: str) -> None:
    guards = Guards(where.run)
    app = console_over(guards, where, theme=theme)
    async with anyio.create_task_group() as group:
        group.start_soon(guards.run)
        await app.run_async()
        group.cancel_scope.cancel()


def console_over(guards: Guards, where: Places, *, theme: str = "dark") -> Console:
    """The console over these guards and the files at these places."""
    return Console(guards, _services(where), screens=_screens(where), theme=theme)


class InForce:
    """The profile in force: not known until `begin`, and followed from then on."""

    def __init__(self, where: Places) -> None:
        self._where = where
        self._look: Callable[[], Profile] = lambda: Profile(None, known=False)

    def begin(self) -> None:
        """Load what reads it, and look for garbage from now on: all that is there now stays."""
        gc.freeze()
        gc.enable()
        from localguard.cli.console_parts import in_force

        self._look = in_force(self._where)

    def profile(self) -> Profile:
        """As it is now."""
        return self._look()


def _services(where: Places) -> Services:
    in_force = InForce(where)

    @cache
    def remembering() -> Remembering:
        from localguard.cli.console_parts import remembering as made

        return made(where)

    @cache
    def switches() -> Switches:
        from localguard.cli.console_parts import switches as made

        return made(where)

    @cache
    def past() -> Past:
        from localguard.cli.console_parts import past as made

        return made(where)

    return Services(where, in_force.profile, remembering, switches, past, in_force.begin)


def _screens(where: Places) -> dict[str, Make]:
    return {word: partial(_screen, word, where) for word in _SCREENS}


def _screen(word: str, where: Places, around: Surroundings) -> Screen[None]:
    from localguard.cli.console_parts import SCREENS

    return SCREENS[word](around, where)
