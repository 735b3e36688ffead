"""The key of every screen that leads to the sign-ins."""

from typing import Any

from textual.screen import Screen

from localguard.console.keys import Command
from localguard.console.services import Surroundings
from localguard.console.sign_ins import IDENTITY


def identity_key(screen: Screen[Any], around: Surroundings, *, here: str) -> Command:
    """Offered in the footer where somebody is to sign in, and else in the help."""
    sign_ins, signed = around.services.sign_ins, around.services.signed_in()
    lacking = signed is not None and not signed.signed_in

    def go() -> None:
        from localguard.console.identity.page import IdentityPage  # noqa: PLC0415 -- slow to load

        if sign_ins is not None:
            shown = screen.app.push_screen(IdentityPage(around, sign_ins()))
            del shown  # the screen is shown when this handler is done

    return Command(
        "I",
        "sign in" if lacking else "sign-ins",
        lambda _: go(),
        lambda: sign_ins is not None and here != IDENTITY,
        quiet=not lacking,
        more="who is signed in, where and for how long; sign in and out",
    )
