"""A fresh sign-in for one request: its receipt is worth something for that very call alone.

The request stays as it is while the person is at the browser. Where it goes or becomes another, so
does this, and nothing is decided. Where only its client stopped waiting, what the person wanted is
no longer what a yes does: that is said, and another key decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar, Final

from textual import on
from textual.content import Content
from textual.events import Key, Paste
from textual.widget import Widget
from textual.widgets import Static

from localguard.console.content import EMPTY, content, plain
from localguard.console.hub import Held, Picture
from localguard.console.identity.trip import Trip
from localguard.console.keys import Command
from localguard.console.queue.over import OverRequest, matter, still
from localguard.console.services import Surroundings
from localguard.console.sign_ins import Back, SignIns, Tell, Way

_WAITS: Final = "Nothing is sent until you have signed in; the call waits or is held until then."
_LATE: Final = (
    "Its client no longer waits. With this sign-in a yes is for the next identical call: a allows "
    "that one."
)


class Proving(OverRequest[Back]):
    """Its result is the proof; None where there is none, or it is for no answer any more."""

    AROUND: ClassVar[tuple[int, int]] = (13, 9)
    DEFAULT_CSS = """
    Proving .note { height: auto; margin-bottom: 1; }
    Proving.-low .note { margin-bottom: 0; }
    Proving.-low Trip { margin-bottom: 0; }
    Proving.-low Trip Entry { margin-top: 0; }
    """

    def __init__(self, around: Surroundings, held: Held, sign_ins: SignIns, deed: str) -> None:
        super().__init__(around, held)
        self._sign_ins = sign_ins
        self._deed = deed
        self._begun = held
        self._proof: Back | None = None
        ways: list[Way] = [way for way in sign_ins.ways() if way != "device"]
        self._trip = Trip(self._go, ways, self.refresh_keys)

    def heading(self) -> Content:
        """What the sign-in is for."""
        view = self._begun.view
        name = content(f"{view.server}/{view.item}", 60)
        return Content.assemble("Sign in anew to ", self._deed, ": ", name)

    def body(self) -> Iterable[Widget]:
        """The way, and what holds meanwhile."""
        yield Static(plain(_WAITS), classes="note", id="note")
        yield self._trip

    def commands(self) -> Sequence[Command]:
        """Those of the way; and once it came late, the yes to what it is good for now."""
        return (
            Command("a", "allow the next one", self._allow, self._is_late, decides=True),
            *self._trip.commands(),
        )

    def before_keys(self) -> Content:
        """Whether the key that decides counts, where there is one."""
        return super().before_keys() if self._is_late() else EMPTY

    def changed(self, picture: Picture) -> None:
        """Go with the request, and with every change of it but that its client has given up."""
        now = still(picture, self._begun)
        if now is None or not alike(now, self._begun):
            self.leave()
        elif now.view.state != self.held.view.state:
            self.held = now
            self._say(_LATE if self._proof is not None else _WAITS)

    def on_paste(self, event: Paste) -> None:
        """What is pasted is the address at which a browser elsewhere ended."""
        self._trip.on_paste(event)

    @on(Trip.Ended)
    def ended(self, message: Trip.Ended) -> None:
        """Go with the proof, where a yes still does what was asked for."""
        message.stop()
        if not message.back.done:
            return
        self._proof = message.back
        self.changed(self.around.hub.picture())
        if not self.is_current:
            return
        if self._is_late():
            self._say(_LATE)
        else:
            self.give(self._proof)

    async def _go(self, way: Way, tell: Tell) -> Back:
        return await self._sign_ins.prove(self._begun.view, way, tell)

    def _is_late(self) -> bool:
        return self._proof is not None and self.held.view.state != self._begun.view.state

    def _allow(self, event: Key) -> None:
        if self._proof is not None and self.decides(event):
            self.give(self._proof)

    def _say(self, text: str) -> None:
        self.query_one("#note", Static).update(plain(text, "$warning" if text is _LATE else ""))
        self.key_lock.close()


def alike(one: Held, other: Held) -> bool:
    """Whether two of one request are the same but for its client, which may have given up."""
    return _of_call(one) == _of_call(other)


def _of_call(held: Held) -> object:
    guard, view = matter(held)
    waits = replace(view, state="held") if view.state == "waiting" else view
    return guard, waits
