"""The console put together: the guards, the profile in force, and what shows the first screen.

A person waits for it, so all that it can do without (`console_parts`) is loaded after it was drawn,
or when it is first needed.
"""

import gc
from collections.abc import Callable
from functools import cache, partial

import anyio
from textual.screen import Screen

from localguard.cli.late_clients import LateClients
from localguard.config.paths import Places
from localguard.console.app import Console, Make
from localguard.console.clients.ports import Clients
from localguard.console.guards import Guards
from localguard.console.services import (
    Past,
    Profile,
    Remembering,
    Services,
    Surroundings,
    Switches,
)
from localguard.console.sign_ins import SignIns
from localguard.telling.people import SignInView

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
        self._profile: Callable[[], Profile] = lambda: Profile(None, known=False)
        self._signed_in: Callable[[], SignInView | None] = lambda: None
        self._sign_ins: Callable[[], SignIns] | None = None

    def begin(self) -> None:
        """Load what reads it, and look for garbage from now on: all that is there now stays."""
        gc.freeze()
        gc.enable()
        self._look()

    def profile(self) -> Profile:
        """As it is now."""
        return self._profile()

    def signed_in(self) -> SignInView | None:
        """Who is signed in for it, as far as it asks."""
        return self._signed_in()

    def sign_ins(self) -> SignIns:
        """The way to sign in."""
        return (self._sign_ins or self._look())()

    def _look(self) -> Callable[[], SignIns]:
        from localguard.cli.console_parts import in_force

        self._profile, self._signed_in, self._sign_ins = found = in_force(self._where)
        return found.sign_ins


def _services(where: Places) -> Services:
    in_force = InForce(where)
    late = LateClients(partial(_clients, where))

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

    return Services(
        where,
        in_force.profile,
        remembering,
        switches,
        past,
        in_force.begin,
        signed_in=in_force.signed_in,
        sign_ins=in_force.sign_ins,
        clients=lambda: late,
    )


def _clients(where: Places) -> Clients:
    from localguard.cli.console_parts import clients

    return clients(where)


def _screens(where: Places) -> dict[str, Make]:
    return {word: partial(_screen, word, where) for word in _SCREENS}


def _screen(word: str, where: Places, around: Surroundings) -> Screen[None]:
    from localguard.cli.console_parts import SCREENS

    return SCREENS[word](around, where)
