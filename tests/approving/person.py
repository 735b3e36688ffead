"""A person before the console: looks, waits until keys count, and decides with them."""

import re
import sys
from functools import partial
from typing import Final

from tests.approving.terminal import Terminal, stands

CONSOLE: Final = (sys.executable, "-m", "localguard")
ARMED: Final = "●"
REPEAT: Final = 2.2
"""Seconds after which a key counts as pressed anew, and not as held down."""
UNSEEN: Final = "↓ looks"
_CODE: Final = re.compile(r"type +(\d) (\d) (\d) (\d) [\d ]*(_[_ ]*)")


class Person(Terminal):
    """Presses keys as a person does: only for what stands on the screen."""

    def open(self, *texts: str) -> str:
        """Start the console, and wait until it shows its queue and these texts; the screen."""
        self.type(CONSOLE)
        return self.until("pending", *texts)

    def look(self, *texts: str) -> str:
        """Look at the first request, and wait until keys count for it; the screen."""
        wanted = (ARMED, *texts)
        screen = self.until_good(
            lambda screen: stands(screen, UNSEEN) or stands(screen, *wanted), texts
        )
        if stands(screen, UNSEEN):
            self.press("Home")
        return self.until(*wanted)

    def decide(self, key: str, *texts: str, ready: str = ARMED) -> str:
        """Press a key that decides until these texts say what became of it; the screen.

        `ready` stands on the screen once the key counts.
        """
        return self.press_until(key, lambda screen: stands(screen, *texts), ready, REPEAT)

    def confirm(self, *texts: str) -> str:
        """Type the digits that are drawn on the screen, and wait for these texts; the screen."""
        self.until("● the digits")
        while (missing := _missing(self.screen())) is not None:
            self.press_until(missing[0], partial(_is_further, missing))
        return self.until(*texts)

    def deny(self, note: str) -> None:
        """Deny what is looked at, with a note to the model."""
        self.press("D")
        self.until("The model is told this")
        self.paste(note)
        self.until(note)
        self.press("Enter")
        self.until_gone("The model is told this")

    def edit(self, arguments: str, *texts: str) -> str:
        """Write other arguments for what is looked at, until this is their difference; the screen.

        They are not allowed yet.
        """
        self.press("e")
        self.until("show the difference")
        self.press("F7", "BSpace")
        self.until_gone('": ')
        self.paste(arguments)
        self.until('": ')
        self.press("C-s")
        return self.until("allow once so", *texts)

    def go(self, number: int, *texts: str) -> str:
        """Go to one of the five screens; the screen, once these texts stand there."""
        self.press(str(number))
        return self.until(*texts)

    def back(self, *gone: str) -> None:
        """Leave what is over the screen, until these texts are gone."""
        self.press("Escape")
        self.until_gone(*gone)


def _is_further(missing: str, screen: str) -> bool:
    return _missing(screen) != missing


def _missing(screen: str) -> str | None:
    """The digits that are still to be typed; None where none are asked for."""
    found = _CODE.search(screen)
    return None if found is None else "".join(found.groups()[:4])[-found[5].count("_") :]
