"""A wider answer than once: how long it holds, what else it covers, and the exact rule it writes.

Nothing is chosen for the person: it opens at once and these very arguments, and remembers no choice
of last time. What would be written is shown byte for byte before any key decides.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from textual.content import Content
from textual.events import Key
from textual.widget import Widget

from localguard.console.hub import Held
from localguard.console.keys import Command
from localguard.console.queue.answering import Scoped
from localguard.console.queue.over import OverRequest
from localguard.console.queue.picked import (
    Offered,
    Picked,
    fitting,
    matches,
    offered,
    opened,
    scopes,
)
from localguard.console.queue.scope_lines import heading, lines
from localguard.console.services import Choice, Preview, Surroundings
from localguard.console.sheet import Sheet


class ScopePanel(OverRequest[Scoped]):
    """Its result is what was decided; None where it was left."""

    def __init__(self, around: Surroundings, held: Held) -> None:
        super().__init__(around, held)
        self.picked = opened(held.view)
        self.preview: Preview | None = None
        self._asked = 0

    @property
    def offered(self) -> Offered:
        """What can be fixed now."""
        return offered(self.held.view, self.picked.scope)

    def heading(self) -> Content:
        """What is answered."""
        return heading(self.held.view)

    def body(self) -> Iterable[Widget]:
        """One sheet with what is picked and what it means."""
        yield Sheet()

    def commands(self) -> Sequence[Command]:
        """Pick, and decide."""
        always, lasts = self.picked.scope == "always", self.picked.scope != "once"
        some = lasts and self.picked.match == "some"
        yes, no = self.picked.allow, not self.picked.allow
        return (
            Command("a", "allow so", self._allow, lambda: yes and self._may(), decides=True),
            Command("d", "deny so", self._deny, lambda: no and self._may(), decides=True),
            Command("n", "no instead" if yes else "yes instead", self._turn),
            Command("right", "how long", self._longer, also=("left",)),
            Command("m", "what else", self._wider, lambda: lasts),
            Command(
                "f",
                "30 days" if self.picked.forever else "forever",
                self._for_good,
                lambda: always and yes,
            ),
            Command("down", "argument", self._move, lambda: some, also=("up",)),
            Command("space", "fix it or not", self._fix, lambda: some),
        )

    def on_mount(self) -> None:
        """Show the narrowest answer there is."""
        super().on_mount()
        self._show()
        self.query_one(Sheet).focus()

    def _may(self) -> bool:
        """Whether all that an answer would do is known and shown."""
        if self.picked.scope == "always":
            return self.preview is not None and self.preview.refused is None
        fixed = any(way is not None for way in self.picked.ways)
        return self.picked.scope == "once" or self.picked.match != "some" or fixed

    def _allow(self, event: Key) -> None:
        self._decide(event)

    def _deny(self, event: Key) -> None:
        self._decide(event)

    def _decide(self, event: Key) -> None:
        if self.decides(event):
            self.give(Scoped(self.picked.choice(self.offered), self.preview))

    def _turn(self, _: Key) -> None:
        self._pick(replace(self.picked, allow=not self.picked.allow))

    def _longer(self, event: Key) -> None:
        known = scopes(self.held.view, allow=self.picked.allow)
        step = 1 if event.key == "right" else -1
        at = known.index(self.picked.scope) + step
        self._pick(replace(self.picked, scope=known[at % len(known)]))

    def _wider(self, _: Key) -> None:
        known = matches(self.held.view, allow=self.picked.allow)
        at = known.index(self.picked.match) + 1
        self._pick(replace(self.picked, match=known[at % len(known)]))

    def _for_good(self, _: Key) -> None:
        self._pick(replace(self.picked, forever=not self.picked.forever))

    def _move(self, event: Key) -> None:
        number = len(self.offered)
        step = 1 if event.key == "down" else -1
        self._pick(replace(self.picked, at=(self.picked.at + step) % number if number else 0))

    def _fix(self, _: Key) -> None:
        if not self.offered:
            return
        at = self.picked.at
        ways = list(self.picked.ways)
        way = ways[at]
        following = 0 if way is None else way + 1
        ways[at] = following if following < len(self.offered[at]) else None
        self._pick(replace(self.picked, ways=tuple(ways)))

    def _pick(self, picked: Picked) -> None:
        self.picked = fitting(picked, self.held.view, self.picked)
        self._show()

    def _show(self) -> None:
        """Show what is picked; what an "always" would write is asked for, and shown when known."""
        self.preview = None
        self._asked += 1
        self._draw()
        if self.picked.scope == "always":
            choice = self.picked.choice(self.offered)
            self.run_worker(self._ask(self._asked, choice), exclusive=True)

    async def _ask(self, asked: int, choice: Choice) -> None:
        preview = await self.around.services.remembering().preview(self.held.view, choice)
        if asked == self._asked:
            self.preview = preview
            self._draw()

    def _draw(self) -> None:
        def make(width: int) -> Iterator[Content]:
            return lines(self.held.view, self.picked, self.offered, self.preview, width)

        self.query_one(Sheet).show(make, keep=True)
        self.key_lock.close()
