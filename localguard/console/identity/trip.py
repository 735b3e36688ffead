"""One way to a browser and back, as a person sees it: where to go, how it stands, how it ended.

Nothing begins but by a key that the person has just pressed, and leaving ends it: what listened for
the browser is closed. A dialog puts this into its box, and is told of the end by `Trip.Ended`.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Paste
from textual.message import Message
from textual.widgets import Input
from textual.worker import WorkType

from localguard.console.content import EMPTY, QUIET, content, plain
from localguard.console.entry import Entry
from localguard.console.keys import Command
from localguard.console.sheet import Sheet, folded, hanging, wrapped
from localguard.console.sign_ins import Back, Tell, Visit, Way

Go = Callable[[Way, Tell], Awaitable[Back]]
_ADDRESS: Final = 8000
"""Characters of an address that are shown: all that a browser would take."""
_KEYS: Final[Mapping[Way, tuple[str, str]]] = {
    "browser": ("b", "browser here"),
    "elsewhere": ("e", "browser elsewhere"),
    "device": ("c", "code on another device"),
}


class Trip(Vertical):
    """`go` makes the way, `ways` are those there are, the best first."""

    DEFAULT_CSS = """
    Trip { height: auto; margin-bottom: 1; }
    Trip Entry { display: none; margin-top: 1; }
    Trip Entry.-open { display: block; }
    """

    class Ended(Message):
        """The person came back, or it failed."""

        def __init__(self, back: Back) -> None:
            super().__init__()
            self.back = back

    def __init__(self, go: Go, ways: Sequence[Way], draw: Callable[[], None]) -> None:
        super().__init__()
        self.way: Way | None = None
        self.back: Back | None = None
        self._go = go
        self._ways = ways
        self._draw = draw
        self._visit: Visit | None = None
        self._run = 0

    def compose(self) -> ComposeResult:
        """What there is to read, and a field for an address."""
        yield Sheet()
        yield Entry(placeholder="http://127.0.0.1:…/callback?code=…")

    def on_mount(self) -> None:
        """Set out: the key that led here was the person's."""
        if self._ways:
            self.set_out(self._ways[0])
        else:
            self._arrive(self._run, Back(False, "there is no way to a browser from here"))

    def set_out(self, way: Way) -> None:
        """Begin, or begin anew, by one of the ways."""
        self._run += 1
        self.way, self.back, self._visit = way, None, None
        work: WorkType[None] = self._travel
        self.run_worker(work, group="trip", exclusive=True)
        self._show()

    def commands(self) -> Sequence[Command]:
        """The other ways, all of them where it has failed; and to copy the address."""
        return (
            Command("y", "copy the address", lambda _: self._copy(), self._has_address),
            *(self._command(way) for way in self._ways),
        )

    def paste(self, text: str) -> bool:
        """Take the address at which a browser elsewhere ended; whether it was awaited."""
        visit, address = self._visit, text.strip()
        if self.back is not None or visit is None or visit.paste is None or not address:
            return False
        visit.paste(address)
        return True

    def on_paste(self, event: Paste) -> None:
        """What is pasted anywhere in the box is the address."""
        if self.paste(event.text):
            event.stop()

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        if self.paste(event.value):
            event.input.value = ""

    def _command(self, way: Way) -> Command:
        key, word = _KEYS[way]
        return Command(key, word, lambda _: self.set_out(way), lambda: self._may_go(way))

    def _may_go(self, way: Way) -> bool:
        failed = self.back is not None and not self.back.done
        return failed or (self.back is None and way != self.way)

    def _has_address(self) -> bool:
        return self.back is None and bool(self._address())

    def _address(self) -> str:
        """The address, if it is one: whatever is copied may be pasted into a shell."""
        url = (self._visit.url or "") if self._visit is not None else ""
        return url if url.isascii() and url.isprintable() and " " not in url else ""

    def _copy(self) -> None:
        self.app.copy_to_clipboard(self._address())

    async def _travel(self) -> None:
        run, way = self._run, self.way
        if way is not None:
            self._arrive(run, await self._go(way, lambda visit: self._told(run, visit)))

    def _told(self, run: int, visit: Visit) -> None:
        if run == self._run and self.back is None and self.is_mounted:
            self._visit = visit
            self._show()

    def _arrive(self, run: int, back: Back) -> None:
        if run == self._run and self.is_mounted:
            self.back = back
            self._show()
            self.post_message(self.Ended(back))

    def _show(self) -> None:
        takes = self.back is None and self._visit is not None and self._visit.paste is not None
        self.query_one(Entry).set_class(takes, "-open")
        self.query_one(Sheet).show(self.lines)
        self._draw()

    def lines(self, width: int) -> Iterator[Content]:
        """How it stands."""
        if self.back is not None:
            yield from ended_lines(self.back, width)
        elif self._visit is None:
            yield from wrapped(plain("Asking the provider…", QUIET), width)
        else:
            yield from visit_lines(self._visit, width)


def visit_lines(visit: Visit, width: int) -> Iterator[Content]:
    """Where to go, with the whole address, to be copied."""
    if visit.said:
        for line in visit.said.splitlines():
            yield from folded(content(line, 400), width)
        yield EMPTY
    if visit.url is None:
        return
    yield from wrapped(plain(_where_to(visit), "" if visit.opened else "bold"), width)
    yield from folded(content(visit.url, _ADDRESS, QUIET if visit.opened else "$accent"), width)
    if visit.paste is not None:
        yield EMPTY
        yield from wrapped(plain(_PASTE, "bold"), width)


def ended_lines(back: Back, width: int) -> Iterator[Content]:
    """How it ended."""
    mark = plain("✓ ", "$success") if back.done else plain("✗ ", "$error bold")
    yield from hanging(mark, content(back.text, 600), width)


_PASTE: Final = (
    "Then paste the address at which it ends here. It begins with http://127.0.0.1 or "
    "http://localhost, and the browser may say that it cannot be reached."
)


def _where_to(visit: Visit) -> str:
    if visit.opened:
        return "Sign in on the page that your browser shows. If it shows none, open this address:"
    if visit.paste is not None:
        return "Open this address in a browser, wherever one is:"
    return "Open this address in a browser on this computer:"
