"""Everything that a server lists, one by one: marks, how it stands to its pin, its whole text."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from textual.content import Content

from localguard.console.content import QUIET, content, plain
from localguard.console.hub import Picture
from localguard.console.keys import Command
from localguard.console.panes.lines import Line, told
from localguard.console.panes.split import Row, Split, columns
from localguard.console.servers.facts import Item, items
from localguard.console.servers.ports import KnownServer
from localguard.console.services import Surroundings
from localguard.policy.pins import CHANGED, NEW
from localguard.telling.counts import count
from localguard.telling.definitions import change_lines, definition_lines

_STYLES: Final = {NEW: "$warning", CHANGED: "$warning", "removed": "$error"}
_ORDER: Final = ("destructive", "write", "read", "open")
_NAME: Final = 40


class ToolsPage(Split):
    """The definitions of one server, those that nobody has reviewed first. Decides nothing."""

    WORD: ClassVar[str] = "servers"

    def __init__(self, around: Surroundings, server: KnownServer) -> None:
        super().__init__(around)
        self.above = True
        self._server = server
        self._items = {one.definition.item: one for one in items(server.latest)}
        self._drawn = False

    def own_commands(self) -> Sequence[Command]:
        """None but those to go to and fro."""
        return ()

    def changed(self, picture: Picture) -> None:
        """Draw once: what is shown here is what was read."""
        del picture
        if self._drawn:
            return
        self._drawn = True
        found = self._items.values()
        open_ones = sum(one.change is not None for one in found)
        self.head(
            Content.assemble(
                content(self._server.name, 40, "bold"),
                f"  {count(len(found), 'definition')}",
                (f", {open_ones} new, changed or removed" if open_ones else "", "$warning"),
                ("" if self._server.confirmed else ", NOT REVIEWED", "$warning"),
            )
        )
        self.fill([Row(_row(one, self._server), key) for key, one in self._items.items()])

    def describe(self, key: str | None) -> Sequence[Line]:
        """The whole definition, or how it differs from its pin and then the whole."""
        one = None if key is None else self._items.get(key)
        return told(["It lists nothing."] if one is None else _told(one))


def _told(one: Item) -> Iterator[str]:
    if one.change is not None:
        yield from change_lines(one.change)
        yield ""
    if one.word not in (NEW, "removed"):
        yield from definition_lines(one.definition)


def _row(one: Item, server: KnownServer) -> Content:
    word = one.word if one.change is not None or server.confirmed else "first sight"
    marks = [mark for mark in _ORDER if mark in one.definition.marks]
    style = "$error" if "destructive" in marks else QUIET
    return columns(
        (plain(word, _STYLES.get(word, QUIET)), 11),
        (content(one.definition.item, _NAME), _NAME),
        (plain(" ".join(marks), style), 0),
    )
