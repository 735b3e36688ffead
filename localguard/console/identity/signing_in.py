"""Signing in from the console: a box that goes when it is done, and closes what listened."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.events import Paste
from textual.widget import Widget

from localguard.console.dialog import Dialog
from localguard.console.identity.trip import Go, Trip
from localguard.console.keys import Command
from localguard.console.services import Surroundings
from localguard.console.sign_ins import Back, Way


class SigningIn(Dialog[Back]):
    """Its result is how it ended, where that is well; a failure stays to be read."""

    DEFAULT_CSS = """
    SigningIn.-low Trip { margin-bottom: 0; }
    SigningIn.-low Trip Entry { margin-top: 0; }
    """
    AROUND: ClassVar[tuple[int, int]] = (10, 7)

    def __init__(self, around: Surroundings, heading: Content, go: Go, ways: Sequence[Way]) -> None:
        super().__init__(around)
        self._heading = heading
        self._trip = Trip(go, ways, self.refresh_keys)

    def heading(self) -> Content:
        """Who is to be signed in, and where."""
        return self._heading

    def body(self) -> Iterable[Widget]:
        """The way."""
        yield self._trip

    def commands(self) -> Sequence[Command]:
        """Those of the way."""
        return self._trip.commands()

    def on_paste(self, event: Paste) -> None:
        """What is pasted is the address at which a browser elsewhere ended."""
        self._trip.on_paste(event)

    @on(Trip.Ended)
    def ended(self, message: Trip.Ended) -> None:
        """Go where it is done."""
        message.stop()
        if message.back.done:
            self.give(message.back)
