"""The key of every screen that leads to the entries of clients."""

from typing import Any, Final

from textual.screen import Screen

from localguard.console.keys import Command
from localguard.console.services import Surroundings

CLIENTS: Final = "clients"
"""What the screen of them is called; it stands over the others."""


def clients_key(screen: Screen[Any], around: Surroundings, *, here: str) -> Command:
    """Offered in the footer where something was seen, and else in the help."""
    clients = around.services.clients()
    seen = () if clients is None else clients.seen()

    def go() -> None:
        from localguard.console.clients.page import ClientsPage  # noqa: PLC0415 -- slow to load

        if clients is not None:
            shown = screen.app.push_screen(ClientsPage(around, clients))
            del shown  # the screen is shown when this handler is done

    return Command(
        "W",
        "clients",
        lambda _: go(),
        lambda: clients is not None and here != CLIENTS,
        quiet=not seen,
        more="entries of desktop clients that go around a guard, and their repair",
    )
