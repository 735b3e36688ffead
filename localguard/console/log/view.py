"""The log and its keys: the same table makes the footer, the help and the dispatch.

No key here changes anything but what is seen; `c` alone leaves the program, to the clipboard.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from textual.events import Key

from localguard.console.content import plain
from localguard.console.keys import Command, dispatch
from localguard.console.log.parts import LogParts
from localguard.console.log.record import call_of
from localguard.telling.entries import as_json


class LogView(LogParts):
    """The log of an audit folder, with the keys to go through it."""

    async def on_key(self, event: Key) -> None:
        """Run the command of a key that no focused widget took."""
        await dispatch(self.commands(), event)

    def commands(self) -> Sequence[Command]:
        """All keys that mean something now, the most needed first."""
        if self.search.is_open:
            return (
                Command("enter", "apply", lambda _: self.search.apply()),
                Command("escape", "leave it as it was", lambda _: self._leave_search()),
            )
        return self._acts() if self.record.has_focus else (*self._acts(), *self._moves())

    def _acts(self) -> Sequence[Command]:
        table = self.table
        follow = "stop following" if table.following else "follow"
        back = "all records" if self._only and not self.opened else "back"
        return (
            Command("enter", "read", lambda _: self._open(), self._can_open, also=("right",)),
            Command("slash", "filter", lambda _: self._search()),
            Command("F", follow, lambda _: table.follow(not table.following)),
            Command("n", "next of call", lambda _: self._of_call(1), self._has_call),
            Command("N", "previous of call", lambda _: self._of_call(-1), self._has_call),
            Command("c", "copy JSON", lambda _: self._copy(), self._is_marked),
            Command("escape", back, lambda _: self._back(), self._can_go_back, also=("left",)),
        )

    def _moves(self) -> Sequence[Command]:
        table, every = self.table, len(self.table.shown)
        return (
            _move("up", "the row before", lambda: table.step(-1), "k"),
            _move("down", "the row after", lambda: table.step(1), "j"),
            _move("pageup", "a page up", lambda: table.page(-1), "ctrl+b"),
            _move("pagedown", "a page down", lambda: table.page(1), "ctrl+f"),
            _move("home", "the oldest record", lambda: table.step(-every), "g"),
            _move("end", "the newest record", lambda: table.step(every), "G"),
        )

    def _is_marked(self) -> bool:
        return self.table.marked is not None

    def _can_open(self) -> bool:
        return self._is_marked() and not self.record.has_focus

    def _can_go_back(self) -> bool:
        return self.opened or bool(self._only)

    def _has_call(self) -> bool:
        marked = self.table.marked
        return marked is not None and bool(call_of(self.index.entry(marked)))

    def _open(self) -> None:
        """Show the record, or go into it where it is shown already."""
        if self.opened or self.has_class("-single"):
            self.record.focus()
        self.add_class("-opened")
        self.tell()
        self.post_message(self.Turned())

    def _back(self) -> None:
        """From the record to the rows, from both to the rows alone, from a filter to everything."""
        if self.record.has_focus and not self.has_class("-single"):
            self.table.focus()
        elif self.opened:
            self.remove_class("-opened")
            self.table.focus()
        else:
            self.choose("", None)
        self.post_message(self.Turned())

    def _search(self) -> None:
        self.search.open(self._only)
        self.post_message(self.Turned())

    def _leave_search(self) -> None:
        self.search.close()
        self.table.focus()
        self.post_message(self.Turned())

    def _of_call(self, step: int) -> None:
        """Mark the next record of the same call that is shown, or the one before."""
        table, marked = self.table, self.table.marked
        if marked is None:
            return
        story = self.index.story(call_of(self.index.entry(marked)))
        found = [one for one in story if (one - marked) * step > 0 and table.has(one)]
        if found:
            table.go(min(found, key=lambda one: abs(one - marked)))
        else:
            word = "later" if step > 0 else "earlier"
            self.post_message(self.Said(plain(f"no {word} record of this call is shown")))

    def _copy(self) -> None:
        """Give the record as it stands in the log to the terminal's clipboard, in ASCII."""
        marked = self.table.marked
        if marked is not None:
            entry, raw = self.index.entry(marked), self.index.raw(marked)
            text = raw.decode("ascii", "replace")
            line = self.index.line(marked)
            sound = entry.flaw is None and text.isascii() and text.isprintable()
            self.app.copy_to_clipboard(text if sound else as_json(replace(entry, line=line)))
            self.post_message(self.Said(plain(f"copied the record, {len(raw):,} bytes of JSON")))


def _move(key: str, word: str, run: Callable[[], None], also: str) -> Command:
    return Command(key, word, lambda _: run(), quiet=True, also=(also,))
