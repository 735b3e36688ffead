"""What was closed lately, and what nobody answered in time."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from localguard.console.content import QUIET, content, plain
from localguard.console.hub import Closed
from localguard.console.sheet import hanging
from localguard.control.messages import ClosedView
from localguard.telling.requests import HOW

_STYLES: Final = {"allowed": "$success", "granted": "$success", "denied": "$error"}


class Recent(Widget):
    """The newest first, as many as there is room for."""

    DEFAULT_CSS = "Recent { height: 4; text-wrap: nowrap; }"

    def __init__(self) -> None:
        super().__init__(id="recent")
        self._items: Sequence[Closed] = ()

    def show(self, closed: Sequence[Closed]) -> None:
        """Take what is closed now."""
        if closed is not self._items:
            self._items = closed
            self.refresh()

    def render(self) -> RenderResult:
        """One line each."""
        newest = sorted(self._items, key=lambda one: one.view.at)[-self.size.height :]
        lines = [closed_line(one.view) for one in reversed(newest)]
        return plain("\n").join(lines) if lines else plain("nothing closed yet", QUIET)


def closed_line(view: ClosedView) -> Content:
    """When, what, how, by whom."""
    missed = (" missed ", "$warning reverse") if view.missed else ("", "")
    return Content.assemble(
        (f"{datetime.fromtimestamp(view.at).astimezone():%H:%M:%S}  ", QUIET),
        content(f"{view.server}/{view.item}", 60),
        "  ",
        (HOW[view.how], _STYLES.get(view.how, QUIET)),
        (" by " if view.by else "", QUIET),
        content(view.by, 80),
        " " if view.missed else "",
        missed,
    )


def missed_lines(closed: Sequence[Closed], width: int) -> Iterator[Content]:
    """Every request that nobody answered in time."""
    missed = sorted((one.view for one in closed if one.view.missed), key=lambda view: -view.at)
    if not missed:
        yield plain("None.", QUIET)
    for view in missed:
        yield from hanging(content(view.id, 24, "$accent") + plain("  "), closed_line(view), width)
