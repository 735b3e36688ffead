"""The screen of servers: each with its guards, their clients, and what waits to be reviewed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import ClassVar, Final

from textual import on
from textual.content import Content
from textual.events import Key, ScreenResume

from localguard.console.content import EMPTY, QUIET, content, plain
from localguard.console.hub import Picture
from localguard.console.keys import Command
from localguard.console.panes.lines import Line, told
from localguard.console.panes.split import Row, Split, columns
from localguard.console.servers.facts import (
    Group,
    client,
    grouped,
    needs_reconnect,
    state,
    told_of_guard,
    told_of_server,
)
from localguard.console.servers.ports import KnownServer, Pins
from localguard.console.servers.review import ReviewPage
from localguard.console.servers.tools import ToolsPage
from localguard.console.services import Surroundings, Told
from localguard.control.messages import GuardView
from localguard.telling.counts import count

_NAME: Final = 20
_CLIENT: Final = 24
_STATE: Final = 15
_PROFILE: Final = 14
_WORD: Final = 60
_APART: Final = "\0"
"""Between the kind of a line and its name: no name of a server holds it."""


class ServersPage(Split):
    """Servers and their guards. Nothing here loosens but a review, and that is asked."""

    WORD: ClassVar[str] = "servers"

    def __init__(self, around: Surroundings, pins: Pins) -> None:
        super().__init__(around)
        self._pins = pins
        self._known: Sequence[KnownServer] = ()
        self._groups: list[Group] = []
        self._seen: object = None

    def own_commands(self) -> Sequence[Command]:
        """To look, and to review."""
        return (
            Command("t", "tools", lambda _: self._tools(), self._has_pins),
            Command("v", "review", lambda _: self._review(start=False), self._has_pins),
            Command("S", "start and review", lambda _: self._review(start=True), self._has_server),
            Command("r", "read again", lambda _: self._read_pins(), quiet=True),
        )

    def changed(self, picture: Picture) -> None:
        """Draw the guards anew, and read the pins again where they may be others."""
        self._draw(picture)
        seen = [(one.server, one.tools, one.unreviewed, one.confirmed) for one in picture.guards]
        if seen != self._seen:
            self._seen = seen
            self._read_pins()

    def describe(self, key: str | None) -> Sequence[Line]:
        """The server, or the one guard, of the marked line."""
        group = self._group(key)
        if group is None:
            return told(("No server was seen yet.", "Fix: start a client that localguard guards."))
        guard = next((one for one in group.guards if _guard_key(one) == key), None)
        return told(told_of_server(group) if guard is None else told_of_guard(guard))

    @on(ScreenResume)
    def _again(self) -> None:
        self._read_pins()

    def _read_pins(self, _: Key | None = None) -> None:
        self.work(self._take_pins, "pins")

    async def _take_pins(self) -> None:
        self._known = await self._pins.known()
        self._draw(self.picture)

    def _draw(self, picture: Picture) -> None:
        self._groups = grouped(picture.guards, self._known)
        pending = sum(group.pending for group in self._groups)
        self.head(
            Content.assemble(
                f"{count(len(self._groups), 'server')}, {count(len(picture.guards), 'guard')}",
                (f", {pending} to review" if pending else "", "$warning"),
            )
        )
        self.fill([row for group in self._groups for row in _rows(group)])

    def _group(self, key: str | None) -> Group | None:
        if key is None:
            return None
        mine = (g for g in self._groups if key in (_server_key(g), *map(_guard_key, g.guards)))
        return next(mine, None)

    def _has_server(self) -> bool:
        return self._group(self.marked) is not None

    def _has_pins(self) -> bool:
        group = self._group(self.marked)
        return group is not None and group.known is not None and group.known.latest is not None

    def _tools(self) -> None:
        group = self._group(self.marked)
        if group is not None and group.known is not None:
            _ = self.app.push_screen(ToolsPage(self.around, group.known))

    def _review(self, *, start: bool) -> None:
        group = self._group(self.marked)
        if group is not None:
            self.work(lambda: self._look(group.name, start=start), "review")

    async def _look(self, server: str, *, start: bool) -> None:
        if start:
            self.say(content(f"{server} is started, to hear what it says of itself…", 200, QUIET))
        looked = await self._pins.look(server, start=start)
        if looked.review is None:
            self.say(Told(False, f"{server}: {looked.told}"))
        elif self.is_current:
            self.say(EMPTY)
            page = ReviewPage(self.around, self._pins, looked.review, looked, self._reviewed)
            _ = self.app.push_screen(page)

    def _reviewed(self, what: Told) -> None:
        self.say(what)
        self._read_pins()


def servers_page(pins: Pins) -> Callable[[Surroundings], ServersPage]:
    """How the console makes this screen."""
    return lambda around: ServersPage(around, pins)


def _rows(group: Group) -> Iterator[Row]:
    known = group.known
    if known is None:
        said, style = "not pinned yet", QUIET
    elif known.fault is not None:
        said, style = "PINS BROKEN", "$error"
    else:
        said, style = ("reviewed", QUIET) if known.confirmed else ("NOT REVIEWED", "$warning")
    waiting = f"! {group.pending} to review" if group.pending else ""
    yield Row(
        columns(
            (content(group.name, _NAME, "bold"), _NAME),
            (plain(said, style), 14),
            *(((plain(waiting, "$warning"), 0),) if waiting else ()),
            (plain(count(len(group.guards), "guard"), "" if group.guards else QUIET), 0),
        ),
        _server_key(group),
    )
    for guard in group.guards:
        yield Row(_guard(guard), _guard_key(guard))


def _guard(guard: GuardView) -> Content:
    word, style = state(guard)
    notes: Iterable[str] = (
        "RECONNECT in the client" if needs_reconnect(guard) else "",
        "refused an approver" if guard.refused is not None else "",
    )
    return columns(
        (plain("  ") + content(client(guard), _CLIENT), _CLIENT),
        (content(word, _WORD, style), _STATE),
        *((plain(one, "$warning"), 0) for one in notes if one),
        (content(guard.profile or "no profile", _PROFILE), 0),
        *(((plain("FIXED", "$accent"), 0),) if guard.fixed else ()),
        (plain(f"{count(guard.calls, 'call')}, {guard.asked} asked", QUIET), 0),
    )


def _server_key(group: Group) -> str:
    return f"server{_APART}{group.name}"


def _guard_key(guard: GuardView) -> str:
    return f"guard{_APART}{guard.id}"
