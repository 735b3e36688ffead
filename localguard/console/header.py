"""The lines above every screen: which profile is in force, who is signed in, what waits.

The profile stands there in words and in its colour at all times, and so does whatever keeps calls
from passing: lockdown, silence, faults of guards.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from textual.app import RenderResult
from textual.color import Color
from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from localguard.console.banners import banners, hints_of
from localguard.console.clients.line import clients_line
from localguard.console.content import EMPTY, QUIET, content, plain
from localguard.console.hub import Picture
from localguard.console.identity.line import named_person
from localguard.console.pace import OFTEN, Pace
from localguard.console.profiles.colors import shade
from localguard.console.services import Profile, Surroundings
from localguard.telling.counts import count
from localguard.telling.people import SignInView

_BAD: Final = "$error bold"
_ODD: Final = "$warning"
_APART: Final = "   "
_TICK: Final = 1.0
"""Seconds between two looks at the clock and the profile."""


class Header(Widget):
    """One line of state, one of screens where there is room, and the banners."""

    DEFAULT_CSS = """
    Header { height: auto; padding: 0 1; background: $panel; text-wrap: nowrap; }
    """

    def __init__(self, around: Surroundings, word: str) -> None:
        super().__init__()
        self._around = around
        self._word = word
        self._pace = Pace()
        self._picture = Picture()
        self._drawn = EMPTY

    def on_mount(self) -> None:
        """Time passes, and the profile is switched elsewhere, without news of any guard."""
        self.set_interval(_TICK, self._tick)

    def _tick(self) -> None:
        if self.screen.is_current:
            self.show(self._picture)

    def show(self, picture: Picture) -> None:
        """Say what the picture says."""
        around, self._picture = self._around, picture
        asked = self._pace.take(picture.guards, around.monotonic(), around.clock())
        size, profile = self.app.size, around.services.profile()
        signed, now, tall = around.services.signed_in(), around.clock(), size.height >= 20
        parts = self._parts(picture, profile, signed, asked)
        lines = [_first_line(parts, self._time(), size.width - 2)]
        if tall:
            lines.append(self._screens())
        clients = around.services.clients()
        hints = [
            *banners(picture, profile, signed, now),
            *hints_of(picture, asked, now),
            *clients_line(None if clients is None else clients.seen(), size.width - 2),
        ]
        # Three banners over two lines each, or one over one: the queue needs the rest.
        room = (size.width - 2) * (2 if tall else 1)
        shown = _first(hints, 3 if tall else 1)
        lines.extend(line.truncate(room, ellipsis=True) for line in shown)
        drawn = plain("\n").join(lines)
        if not drawn.is_same(self._drawn):
            self._drawn = drawn
            self.refresh(layout=True)

    def render(self) -> RenderResult:
        """The lines as they were put together last."""
        return self._drawn

    def _parts(
        self, picture: Picture, profile: Profile, signed: SignInView | None, asked: int
    ) -> Iterator[Content]:
        held = sum(one.view.state == "held" for one in picture.held)
        seen = self._around.seen
        missed = sum(one.view.missed and one.view.id not in seen for one in picture.closed)
        yield named(profile)
        yield _number("pending", len(picture.held) - held, _ODD)
        yield _number("held", held, _ODD) if held else EMPTY
        yield _number("missed", missed, _ODD) if missed else EMPTY
        yield _identity(picture) if signed is None else named_person(signed)
        yield plain(count(len(picture.guards), "guard"), "" if picture.guards else _ODD)
        yield plain(f"{asked}/h asked", _ODD if asked > OFTEN else QUIET)

    def _time(self) -> str:
        return f"{datetime.fromtimestamp(self._around.clock()).astimezone():%H:%M}"

    def _screens(self) -> Content:
        parts = []
        for number, word in enumerate(self._around.pages, 1):
            here = word == self._word
            style = "$foreground bold underline" if here else QUIET
            parts.append(Content.assemble((f"{number} ", "$accent"), (word, style)))
        return plain(_APART).join(parts)


def _first_line(parts: Iterable[Content], time: str, width: int) -> Content:
    """As many parts as there is room for, those that say most first, and the time at the end."""
    line = plain("localguard", QUIET) if width >= 68 else EMPTY
    for part in filter(None, parts):
        longer = line + plain(_APART) + part if line else part
        if longer.cell_length <= width:
            line = longer
    room = width - line.cell_length - len(time)
    return Content.assemble(line, " " * room, (time, QUIET)) if room > 1 else line


def named(profile: Profile) -> Content:
    """The profile's name and the word of its colour, in that colour."""
    if not profile.known:
        return plain("profile …", QUIET)
    if profile.name is None:
        return plain("NO PROFILE", _BAD)
    name, color = content(profile.name.upper(), 24), profile.color
    if color is None:
        return Content.assemble("profile ", name.stylize("bold"))
    badge = Content.assemble(" ", name, " ").stylize(_painted(color))
    return Content.assemble("profile ", badge, " ", content(color, 16, QUIET))


def _painted(color: str) -> Style:
    """The shade of a profile's colour; a word that names none paints nothing."""
    ground = shade(color)
    if not ground:
        return Style(bold=True)
    painted = Color.parse(ground)
    return Style(background=painted, foreground=painted.get_contrast_text(1.0), bold=True)


def _number(word: str, number: int, style: str) -> Content:
    return plain(f"{word} {number}", f"{style} bold" if number else QUIET)


def _identity(picture: Picture) -> Content:
    """Whom guards speak of, where the profile in force asks for nobody."""
    found = list(dict.fromkeys(guard.identity for guard in picture.guards if guard.identity))
    if not found:
        return EMPTY
    more = f" +{len(found) - 1}" if len(found) > 1 else ""
    return content(found[0], 32) + plain(more)


def _first(lines: Sequence[Content], most: int) -> Sequence[Content]:
    if len(lines) <= most:
        return lines
    rest = plain(f"  (+{len(lines) - most} more)", QUIET)
    return [*lines[: most - 1], lines[most - 1] + rest]
