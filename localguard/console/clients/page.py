"""The screen of clients: each entry that is not as it was left, what to do, and the repair."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from textual import on
from textual.events import ScreenResume

from localguard.console.clients.key import CLIENTS
from localguard.console.clients.mending import MendPage
from localguard.console.clients.ports import Clients, Seen
from localguard.console.content import EMPTY, content, plain
from localguard.console.hub import Picture
from localguard.console.keys import Command
from localguard.console.panes.lines import Line, told
from localguard.console.panes.split import Row, Split, columns
from localguard.console.services import Surroundings, Told

_CLIENT: Final = 16
_KIND: Final = 15
_NAME: Final = 20
_APART: Final = "\0"
"""Between the parts of a key: no path and no name holds it."""


class ClientsPage(Split):
    """Stands over any screen. Nothing is written here: what would be is shown first."""

    WORD: ClassVar[str] = CLIENTS

    def __init__(self, around: Surroundings, clients: Clients) -> None:
        super().__init__(around)
        self.above = True
        self._clients = clients
        self._known: dict[str, Seen] = {}

    def own_commands(self) -> Sequence[Command]:
        """To register again, and to look."""
        return (
            Command(
                "c",
                "connect…",
                lambda _: self._mend(),
                self._mends,
                more="see what registering this entry again changes",
            ),
            Command("r", "look again", lambda _: self._look(), quiet=True),
        )

    def changed(self, picture: Picture) -> None:
        """Draw what was seen last."""
        del picture
        self._draw()

    def describe(self, key: str | None) -> Sequence[Line]:
        """The marked entry."""
        one = None if key is None else self._known.get(key)
        if one is not None:
            return told(_told(one))
        return told(("Looking…",) if self._clients.seen() is None else _NOTHING)

    @on(ScreenResume)
    def _again(self) -> None:
        self._look()

    def _look(self) -> None:
        self.work(self._take, "look")

    async def _take(self) -> None:
        await self._clients.look()
        self._draw()

    def _draw(self) -> None:
        seen = self._clients.seen() or ()
        self._known = {_key(one): one for one in seen}
        self.head(plain(f"not as you left them: {len(seen)}"))
        self.fill([_row(one, key) for key, one in self._known.items()])

    @property
    def _one(self) -> Seen | None:
        return self._known.get(self.marked or "")

    def _mends(self) -> bool:
        one = self._one
        return one is not None and one.mends

    def _mend(self) -> None:
        one = self._one
        if one is not None:
            self.work(lambda: self._show(one), "outlook")

    async def _show(self, one: Seen) -> None:
        outlook = await self._clients.outlook(one)
        if outlook.refused is not None:
            self.say(Told(False, outlook.refused))
        elif self.is_current:
            self.say(EMPTY)
            page = MendPage(self.around, outlook, self._clients.mend, self._mended)
            _ = self.app.push_screen(page)

    def _mended(self, what: Told) -> None:
        self.say(what)
        self._look()


def _key(one: Seen) -> str:
    return _APART.join((one.kind, one.client, one.path, one.name))


def _row(one: Seen, key: str) -> Row:
    shown = columns(
        (content(one.title, _CLIENT), _CLIENT),
        (plain(one.kind.upper(), "$warning bold"), _KIND),
        (content(one.name, _NAME), _NAME),
        (content(one.what, 200), 0),
    )
    return Row(shown, key)


def _told(one: Seen) -> Iterator[str]:
    yield one.what if one.what.endswith(".") else f"{one.what}."
    yield ""
    if one.name:
        yield f"  {one.name}, in"
    yield f"  {one.path}"
    yield ""
    if one.mends:
        yield "Fix: c shows what would be written, and asks;"
        yield f"     or {one.fix}"
    else:
        yield f"Fix: {one.fix}"


_NOTHING = (
    "Every entry that starts a guard is as you left it,",
    "and nothing of the clients that you have registered with goes around one.",
    "",
    "More clients and servers: localguard clients",
)
