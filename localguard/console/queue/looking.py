"""The queue as far as it is looked at: the list, the pane, and when keys begin to count.

What arrives is appended; only the person moves what is looked at, the focus and the scrolling.
Whenever the pane shows something else, or may not have been seen, the keys are locked until some
time after it was drawn.
"""

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.containers import Container, Vertical
from textual.content import Content
from textual.events import Key, Resize, ScreenResume
from textual.widget import Widget
from textual.widgets import Input, Static

from localguard.console.content import EMPTY, content, plain
from localguard.console.entry import Entry
from localguard.console.hub import Held, Picture
from localguard.console.lock import Lock
from localguard.console.page import Page
from localguard.console.queue.cautions import cautions
from localguard.console.queue.detail import Subject
from localguard.console.queue.listing import Listing
from localguard.console.queue.needle import understood
from localguard.console.queue.over import matter
from localguard.console.queue.pane import Pane
from localguard.console.queue.recent import Recent
from localguard.console.queue.rows import Rows
from localguard.console.services import Earlier, Profile, Surroundings
from localguard.errors import UsageFault

_ROWS: list[tuple[int, str]] | None = [(0, "-short"), (20, "-low"), (30, "-tall")]
_KEPT = 256
"""Requests of which what came before them is kept."""


class Looking(Page):
    """The screen without its keys. `shown` is the request in the pane, exactly as it is drawn."""

    WORD: ClassVar[str] = "queue"
    DEFAULT_CSS = """
    Looking #top { layout: horizontal; height: 1fr; }
    Looking #left { width: 38%; min-width: 30; max-width: 64; }
    Looking #listing { height: 1fr; }
    Looking #pane { width: 1fr; padding: 0 1; border-left: solid $primary 35%; }
    Looking .caption { height: 1; padding: 0 1; color: $text-muted; }
    Looking.-low #below { height: 3; }
    Looking #below { height: 5; border-top: solid $primary 35%; padding: 0 1;
        border-title-color: $text-muted; }
    Looking #recent { height: 4; }
    Looking #filter { display: none; }
    Looking #filter.-open { display: block; }
    Looking.-narrow #top { layout: vertical; }
    Looking.-narrow #left { width: 100%; max-width: 100%; }
    Looking.-narrow #left { height: 30%; min-height: 2; max-height: 8; }
    Looking.-narrow #pane { border-left: none; border-top: solid $primary 35%; height: 1fr; }
    Looking.-short #below, Looking.-short .caption { display: none; }
    Looking.-short #pane { padding: 0; }
    Looking.-short.-narrow #pane { border-top: none; }
    """

    VERTICAL_BREAKPOINTS = _ROWS

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        self.rows = Rows()
        self.key_lock = Lock(self, around.monotonic, self.refresh_keys)
        self.shown: Held | None = None
        self._earlier: dict[str, Earlier] = {}
        self._profile = Profile(None, known=False)

    def body(self) -> Iterable[Widget]:
        """The list beside the pane, and what was closed below."""
        left = Vertical(
            Static(plain("waiting, the oldest first"), classes="caption"),
            Listing(self.around, self.rows),
            id="left",
        )
        yield Container(left, Pane(self.around), id="top")
        below = Container(Recent(), id="below")
        below.border_title = " recent "
        yield below
        yield Entry(placeholder="server:pg  risk:destructive  -client:cursor  word", id="filter")

    def on_mount(self) -> None:
        """Look at the oldest of what was there before the console; count down by the second."""
        self.rows.take(self.around.hub.picture().held)
        self.rows.look_at(0)
        self.query_one(Listing).focus()
        self.set_interval(1.0, self._tick)

    def changed(self, picture: Picture) -> None:
        """Draw what has changed, and nothing else."""
        self.rows.take(picture.held)
        self.query_one(Listing).draw()
        self.query_one(Recent).show(picture.closed)
        self._show()

    def refocused(self) -> None:
        """Whoever comes back has to read first."""
        self.key_lock.close()

    async def on_key(self, event: Key) -> None:
        """While the filter is typed, all keys but escape are its own."""
        if event.key == "escape" or self.focused is not self.query_one("#filter"):
            await super().on_key(event)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """What lay below something else has to be seen again."""
        super().on_screen_resume(event)
        self.key_lock.close()

    def on_resize(self, event: Resize) -> None:
        """Everything is drawn anew, elsewhere."""
        super().on_resize(event)
        self.query_one(Listing).draw()
        self.key_lock.close()

    def keys_locked(self) -> bool:
        """Whether keys that decide do nothing yet."""
        return self.shown is not None and self.key_lock.closed

    def before_keys(self) -> Content:
        """Whether they count now."""
        return EMPTY if self.shown is None else self.key_lock.mark

    def look_at(self, at: int) -> None:
        """Look at a line of the list, for a person."""
        self.rows.look_at(at)
        self._moved()

    def step(self, by: int) -> None:
        """Look further up or down, for a person."""
        self.rows.step(by)
        self._moved()

    def page_by(self, by: int) -> None:
        """Move the text of the pane, for a person."""
        self.query_one(Pane).page_by(by)

    def mark(self) -> None:
        """Mark what is looked at, or take the mark away."""
        self.rows.mark()
        self.query_one(Listing).draw()
        self.refresh_keys()

    @property
    def earlier(self) -> Earlier:
        """What came before the request that is shown, as far as it is known."""
        known = None if self.shown is None else self._earlier.get(self.shown.view.id)
        return known or Earlier()

    @on(Listing.Clicked)
    def point(self, message: Listing.Clicked) -> None:
        """A line was pointed at."""
        self.look_at(message.at)

    @on(Input.Submitted, "#filter")
    def search(self, event: Input.Submitted) -> None:
        """Show only what the filter asks for."""
        try:
            passes = understood(event.value)
        except UsageFault as fault:
            self.say(content(fault.explain(), 300, "$warning"))
            return
        self.say(EMPTY)
        self.rows.filter(passes if event.value.strip() else None)
        self.close_filter()
        self._moved()

    def open_filter(self) -> None:
        """Ask what to look for."""
        entry = self.query_one("#filter", Entry)
        entry.add_class("-open")
        entry.focus()

    def close_filter(self) -> None:
        """Go back to the list, with the filter as it is."""
        entry = self.query_one("#filter", Entry)
        entry.set_class(bool(entry.value.strip()), "-open")
        self.query_one(Listing).focus()

    def drop_filter(self) -> None:
        """Show everything again."""
        self.query_one("#filter", Entry).value = ""
        self.rows.filter(None)
        self.close_filter()
        self._moved()

    def _moved(self) -> None:
        listing = self.query_one(Listing)
        listing.draw()
        listing.reveal()
        self._show()
        self.refresh_keys()

    def _show(self) -> None:
        """Draw what is looked at, where it is another one or looks different than before."""
        now, before = self.rows.current, self.shown
        profile, self._profile = self._profile, self.around.services.profile()
        self.shown = now
        pane = self.query_one(Pane)
        if now is None:
            pane.show_none(len(self.picture_now().held))
        elif before is None or matter(before) != matter(now) or profile != self._profile:
            same = before is not None and before.view.id == now.view.id
            pane.show(self._subject(now), keep=same)
            self.key_lock.close()
            self._look_up(now)
        elif before is not now:
            # Calls that join, and time, lock nothing: else a flood of them would keep keys locked.
            pane.again(now)

    def picture_now(self) -> Picture:
        """What is known now."""
        return self.around.hub.picture()

    def _subject(self, held: Held) -> Subject:
        view = held.view
        guards = self.picture_now().guards
        guard = next((one for one in guards if one.id == held.guard), None)
        known = self._earlier.get(view.id)
        home = self.around.services.places.home
        found = cautions(view, known, home)
        return Subject(held, guard, known or Earlier(), found, self._profile)

    def _look_up(self, held: Held) -> None:
        if held.view.id not in self._earlier:
            self.run_worker(self._find_earlier(held), group="earlier", exclusive=True)

    async def _find_earlier(self, held: Held) -> None:
        """What came before is drawn when it is known, and then has to be read too."""
        found = await self.around.services.past().earlier(held.view)
        if len(self._earlier) >= _KEPT:
            self._earlier.clear()
        self._earlier[held.view.id] = found
        shown = self.shown
        if shown is not None and shown.view.id == held.view.id:
            self.query_one(Pane).show(self._subject(shown), keep=True)
            self.key_lock.close()

    def _tick(self) -> None:
        self.query_one(Listing).tick()
        self.query_one(Pane).tick()
