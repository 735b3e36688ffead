"""The queue with its keys: what each of them decides, asks or shows.

One table of commands, which makes the footer and the help too. Enter and space never allow.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

from textual.content import Content
from textual.events import Key

from localguard.console.content import content, plain
from localguard.console.keys import Command
from localguard.console.queue.deciding import Deciding
from localguard.console.queue.reading import Reading
from localguard.console.queue.recent import missed_lines

EDITABLE: Final = 64 * 1024
"""Bytes of arguments that can be edited here; a text area is slow with more."""


class Queue(Deciding):
    """The first screen of the console."""

    def commands(self) -> Sequence[Command]:
        """The keys of the queue, the most needed first."""
        return (*self._deciding(), *self._reading(), *self._moving())

    def _deciding(self) -> Sequence[Command]:
        open_, going = self._is_open, self.sending
        stops = going() is not None
        signs = self.shown is not None and self.shown.view.step_up is not None
        return (
            Command("a", f"{'sign in, ' * signs}allow once", self.allow, open_, decides=True),
            Command("s", "scope…", self.scope, open_, more="a wider answer, with its rule"),
            Command("d", "deny", self.deny, open_, decides=True),
            Command("D", "deny+note", self.note, open_, more="deny, with a note to the model"),
            Command("e", "edit", self.edit, self._is_editable, more="other arguments"),
            Command(
                "u",
                "stop" if stops else "undo",
                self.undo,
                quiet=not stops,
                more="stop a call that is being sent, or take back the last rule",
            ),
            Command("A", "allow marked", self.together, lambda: bool(self.rows.marks)),
        )

    def _reading(self) -> Sequence[Command]:
        looks = self._looks
        return (
            Command(
                "r",
                "raw",
                partial(self._read, "r"),
                looks,
                more="the arguments as they came, and their bytes",
            ),
            Command(
                "v",
                "changes",
                partial(self._read, "v"),
                looks,
                more="how the arguments differ from the last call",
            ),
            Command(
                "t",
                "tool",
                partial(self._read, "t"),
                looks,
                more="what the server says of the tool, and how that changed",
            ),
            Command("slash", "filter", lambda _: self.open_filter()),
            Command("m", "missed", self._missed, quiet=not self._unseen()),
            Command(
                "o",
                "silent",
                self._silent,
                quiet=True,
                more="hold at once whatever would be asked; again to end that",
            ),
        )

    def _moving(self) -> Sequence[Command]:
        moves = self.rows.shown.__len__
        return (
            Command("down", "next", lambda _: self.step(1), also=("j",), quiet=True),
            Command("up", "previous", lambda _: self.step(-1), also=("k",), quiet=True),
            Command("home", "oldest", lambda _: self.look_at(0), also=("g",), quiet=True),
            Command("end", "newest", lambda _: self.look_at(moves()), also=("G",), quiet=True),
            Command("pagedown", "read on", lambda _: self.page_by(1), quiet=True),
            Command("pageup", "read back", lambda _: self.page_by(-1), quiet=True),
            Command(
                "space",
                "mark",
                lambda _: self.mark(),
                self._is_open,
                quiet=True,
                more="mark for A; it decides nothing",
            ),
            Command(
                "escape", "all", lambda _: self.drop_filter(), quiet=True, more="drop the filter"
            ),
        )

    def _looks(self) -> bool:
        return self.shown is not None

    def _is_open(self) -> bool:
        return self.shown is not None and self.shown.view.state != "sending"

    def _is_editable(self) -> bool:
        if self.shown is None:
            return False
        view = self.shown.view
        # A fresh sign-in vouches for the call as it stands, and for no other.
        as_it_stands = view.step_up is not None or not view.whole
        return view.state == "waiting" and not as_it_stands and view.size <= EDITABLE

    def _unseen(self) -> bool:
        closed = self.picture_now().closed
        return any(one.view.missed and one.view.id not in self.around.seen for one in closed)

    def _read(self, key: str, _: Key) -> None:
        """Show one of the longer texts about what is looked at."""
        from localguard.console.queue import texts  # noqa: PLC0415 -- slow to load

        if self.shown is None:
            return
        view = self.shown.view
        word, text = {
            "r": ("As it came", partial(texts.raw_lines, view)),
            "v": ("Changed arguments", partial(texts.change_of_arguments, view, self.earlier)),
            "t": ("Definition", partial(texts.definition_lines, view)),
        }[key]
        heading = Content.assemble(f"{word}  ", content(f"{view.server}/{view.item}", 80))
        self.over(Reading(self.around, heading, text, key))

    def _missed(self, _: Key) -> None:
        closed = self.picture_now().closed
        self.around.seen.update(one.view.id for one in closed if one.view.missed)
        heading = plain("Missed: nobody answered in time, nothing was executed")
        self.over(Reading(self.around, heading, partial(missed_lines, closed), "m"))

    def _silent(self, _: Key) -> None:
        on = not self.around.services.profile().silent
        self.run_worker(self._silence(on=on))

    async def _silence(self, *, on: bool) -> None:
        self.say(await self.around.services.switches().silent(on=on))
